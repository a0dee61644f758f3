"""Fills a request object with what the HTTP request shows: geo, device, language, local time, headers, cookies,
query, the visitor's id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from .cookies import is_printable, read_cookies, set_cookie
from .encode import Request, denied, group, is_unit
from .messages import HttpRequest, Known
from .tables import Tables
from .visitor import VisitorObserver

MAX_HEADER = 4096

_QUOTED = re.compile(r'"([ !#-\[\]-~]*)"')


class Filled(NamedTuple):
    """A request object with all that was observed, and the value of `set-cookie` for a new visitor."""

    request: Request
    set_cookie: str | None


class Observer:
    """Looks only at what the tables' features read."""

    def __init__(self, tables: Tables) -> None:
        paths = [feature["path"] for feature in tables["features"]]
        self._headers = sorted({path[1] for path in paths if len(path) == 2 and path[0] == "headers"})
        self._reads_cookies = any(path[0] == "cookies" for path in paths)
        self._identity = tables["identity"]
        self._visitor = VisitorObserver(tables)

    def fill(self, request: Request, http: HttpRequest, query: Mapping[str, str]) -> Request:
        """A copy of the request with each group filled in; its own entries win."""
        cookies = read_cookies(http.headers.get("cookie", "")) if self._reads_cookies else {}
        return self._merge(request, http, query, cookies)

    def fill_with_visitor(
        self, request: Request, http: HttpRequest, query: Mapping[str, str], known: Known | None = None
    ) -> Filled:
        """As `fill`, and the unit of the identity from its cookie, or a new id where that is allowed.

        A visitor who is known not to allow storage has a new id for this one request.
        """
        cookies = read_cookies(http.headers.get("cookie", "")) if self._reads_cookies or self._identity else {}
        filled = self._merge(request, http, query, cookies)
        identity, units = self._identity, group(request, "units")
        if identity is None or identity["unit"] in units:
            return Filled(filled, None)
        if known is not None and not known.may_store:
            filled["units"] = {**units, identity["unit"]: http.new_id()}
            return Filled(filled, None)
        visitor = cookies.get(identity["cookie"])
        if is_unit(visitor):
            filled["units"] = {**units, identity["unit"]: visitor}
        elif identity["set_cookie"] and http.headers.get("sec-gpc") != "1" and "storage" not in denied(request):
            drawn = http.new_id()
            filled["units"] = {**units, identity["unit"]: drawn}
            return Filled(filled, set_cookie(identity, drawn))
        return Filled(filled, None)

    def _merge(
        self, request: Request, http: HttpRequest, query: Mapping[str, str], cookies: Mapping[str, str]
    ) -> Request:
        observed: dict[str, Mapping[str, object]] = {
            "geo": http.geo,
            "device": {**_device_hints(http.headers), **_told(http.device)},
            "headers": self._observed_headers(http.headers),
            "cookies": cookies,
            "query": query,
        }
        filled = dict(request)
        for name, entries in observed.items():
            if entries:
                filled[name] = {**entries, **group(request, name)}
        self._visitor.fill(filled, http)
        return filled

    def _observed_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        found = {name: headers[name] for name in self._headers if name in headers}
        return {name: value for name, value in found.items() if len(value) <= MAX_HEADER and is_printable(value)}


def _told(observed: Mapping[str, object]) -> dict[str, object]:
    """What a platform tells of a device: where it has null, the hints may still tell."""
    return {name: value for name, value in observed.items() if value is not None}


def _device_hints(headers: Mapping[str, str]) -> dict[str, object]:
    hints: dict[str, object] = {}
    mobile, platform = headers.get("sec-ch-ua-mobile"), headers.get("sec-ch-ua-platform")
    if mobile in {"?1", "?0"}:
        hints["mobile"] = mobile == "?1"
    if platform is not None and len(platform) <= MAX_HEADER and (quoted := _QUOTED.fullmatch(platform)):
        hints["platform"] = quoted[1]
    return hints
