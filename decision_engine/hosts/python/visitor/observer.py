"""Puts what a request shows of its visitor into the groups `device`, `language` and `local`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..messages import HttpRequest
from ..tables import Tables
from .device import observe_type
from .language import read_languages
from .local import LocalTimes

Groups: TypeAlias = dict[str, object]


class VisitorObserver:
    """Looks only at what the tables' features read."""

    def __init__(self, tables: Tables) -> None:
        paths = [tuple(feature["path"]) for feature in tables["features"]]
        visitor = tables.get("visitor")
        self._reads_type = ("device", "type") in paths
        self._reads_language = ("language", "best") in paths
        reads_local = visitor is not None and any(path[0] == "local" for path in paths)
        self._zones = LocalTimes(visitor["zones"]) if visitor is not None and reads_local else None

    def fill(self, groups: Groups, http: HttpRequest) -> None:
        """Fill in what the groups of a request lack; `geo` has been filled before, since it names the zone."""
        if self._reads_type:
            _put(groups, "device", {"type": observe_type(http.headers, http.cdn)})
        if self._reads_language and (header := http.headers.get("accept-language")) is not None:
            _put(groups, "language", {"best": read_languages(header)})
        if self._zones is not None:
            _put(groups, "local", self._zones.read(_members(groups, "geo").get("timezone"), http.at))


def _put(groups: Groups, name: str, observed: Mapping[str, object]) -> None:
    members = _members(groups, name)
    missing = {key: value for key, value in observed.items() if key not in members and value is not None}
    if missing:
        groups[name] = {**members, **missing}


def _members(groups: Groups, name: str) -> Mapping[str, object]:
    found = groups.get(name)
    return found if type(found) is dict else {}
