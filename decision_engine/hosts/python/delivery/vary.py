"""The headers of visitors that outcomes may depend on, for `vary`: caches in front of the edge must tell them apart."""

from __future__ import annotations

from collections.abc import Mapping

from ..tables import Tables

_MOBILE = "sec-ch-ua-mobile"
_PLATFORM = "sec-ch-ua-platform"
_SEEN_BY: Mapping[str, tuple[str, ...]] = {
    "device.mobile": (_MOBILE,),
    "device.platform": (_PLATFORM,),
    "device.type": ("user-agent", "sec-ch-ua-form-factors", _MOBILE, _PLATFORM),
    "language.best": ("accept-language",),
}
"""What is seen of visitors, by its path, and the headers that it is seen by. Their place no header of theirs shows."""


def read_vary(tables: Tables) -> list[str]:
    """The headers (lower case, each once), from what the features and the service around them read."""
    names: dict[str, None] = {}
    for feature in tables["features"]:
        path = feature["path"]
        if path and path[0] == "headers":
            names[path[1]] = None
        if path and path[0] == "cookies":
            names["cookie"] = None
        names.update(dict.fromkeys(_SEEN_BY.get(".".join(path), ())))
    service: Mapping[str, object] = tables.get("service") or {}
    gate, profile, identity = service.get("gate"), service.get("profile"), tables["identity"]
    names_visitor = bool(tables["units"]) and identity is not None
    if names_visitor or gate is not None or profile is not None:
        names["cookie"] = None
    if gate is not None or (names_visitor and identity is not None and identity["set_cookie"]):
        names["sec-gpc"] = None
    if isinstance(profile, Mapping) and isinstance(profile.get("header"), str):
        names[profile["header"]] = None
    return list(names)
