"""Fills a request object with what the HTTP request shows: geo, device, headers, cookies, query, the visitor's id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from .cookies import is_printable, read_cookies, set_cookie
from .encode import Request, denied, group, is_unit
from .messages import HttpRequest
from .tables import Tables

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

    def fill(self, request: Request, http: HttpRequest, query: Mapping[str, str]) -> Request:
        """A copy of the request with each group filled in; its own entries win."""
        cookies = read_cookies(http.headers.get("cookie", "")) if self._reads_cookies else {}
        return self._merge(request, http, query, cookies)

    def fill_with_visitor(self, request: Request, http: HttpRequest, query: Mapping[str, str]) -> Filled:
        """As `fill`, and the unit of the identity from its cookie, or a new id where that is allowed."""
        cookies = read_cookies(http.headers.get("cookie", "")) if self._reads_cookies or self._identity else {}
        filled = self._merge(request, http, query, cookies)
        identity, units = self._identity, group(request, "units")
        if identity is None or identity["unit"] in units:
            return Filled(filled, None)
        known = cookies.get(identity["cookie"])
        if is_unit(known):
            filled["units"] = {**units, identity["unit"]: known}
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
            "device": {**_device_hints(http.headers), **http.device},
            "headers": self._observed_headers(http.headers),
            "cookies": cookies,
            "query": query,
        }
        filled = dict(request)
        for name, entries in observed.items():
            if entries:
                filled[name] = {**entries, **group(request, name)}
        return filled

    def _observed_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        found = {name: headers[name] for name in self._headers if name in headers}
        return {name: value for name, value in found.items() if len(value) <= MAX_HEADER and is_printable(value)}


def _device_hints(headers: Mapping[str, str]) -> dict[str, object]:
    hints: dict[str, object] = {}
    mobile, platform = headers.get("sec-ch-ua-mobile"), headers.get("sec-ch-ua-platform")
    if mobile in {"?1", "?0"}:
        hints["mobile"] = mobile == "?1"
    if platform is not None and len(platform) <= MAX_HEADER and (quoted := _QUOTED.fullmatch(platform)):
        hints["platform"] = quoted[1]
    return hints
