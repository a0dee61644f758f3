"""The visitor's place by the headers that a CDN adds, under the names of docs/reference/host.md.

Only an adapter knows which CDN stands in front, so it names it: elsewhere these headers are whatever the visitor sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..cookies import is_printable
from ..percent import decode

LONGEST = 256
LONGEST_LIST = 1024

_DECIMAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_LONGEST_NUMBER = 32
_COORDINATES = ("latitude", "longitude")

_HEADERS: dict[str, dict[str, str]] = {
    "cloudfront": {
        "country": "cloudfront-viewer-country",
        "region": "cloudfront-viewer-country-region-name",
        "region_code": "cloudfront-viewer-country-region",
        "city": "cloudfront-viewer-city",
        "timezone": "cloudfront-viewer-time-zone",
        "postal_code": "cloudfront-viewer-postal-code",
        "latitude": "cloudfront-viewer-latitude",
        "longitude": "cloudfront-viewer-longitude",
    },
    "cloudflare": {
        "country": "cf-ipcountry",
        "region": "cf-region",
        "region_code": "cf-region-code",
        "city": "cf-ipcity",
        "continent": "cf-ipcontinent",
        "timezone": "cf-timezone",
        "postal_code": "cf-postal-code",
        "latitude": "cf-iplatitude",
        "longitude": "cf-iplongitude",
    },
    "vercel": {
        "country": "x-vercel-ip-country",
        "region_code": "x-vercel-ip-country-region",
        "city": "x-vercel-ip-city",
        "continent": "x-vercel-ip-continent",
        "timezone": "x-vercel-ip-timezone",
        "postal_code": "x-vercel-ip-postal-code",
        "latitude": "x-vercel-ip-latitude",
        "longitude": "x-vercel-ip-longitude",
    },
}
"""Of each, the header of each key; what is not ASCII is escaped in any of them."""

_EDGESCAPE = {
    "country_code": "country",
    "region_code": "region_code",
    "city": "city",
    "continent": "continent",
    "zip": "postal_code",
    "lat": "latitude",
    "long": "longitude",
}
"""What EdgeScape calls the keys; its time zones are abbreviations, which name no zone for sure."""

CDNS = (*_HEADERS, "app-engine", "akamai")
"""Those whose headers are known."""


def place_of(cdn: str, headers: Mapping[str, str]) -> dict[str, object]:
    """The group `geo` from the headers of one of `CDNS`; empty for another."""
    match cdn:
        case "akamai":
            return _edgescape_place(headers.get("x-akamai-edgescape"))
        case "app-engine":
            return _app_engine_place(headers)
        case _:
            found = {key: _text(headers.get(name)) for key, name in _HEADERS.get(cdn, {}).items()}
            return _place(found)


def _app_engine_place(headers: Mapping[str, str]) -> dict[str, object]:
    """`ZZ` and `?` stand for what App Engine does not know, and so do coordinates of nothing but zeros."""
    country, region, city = (_text(headers.get(f"x-appengine-{name}")) for name in ("country", "region", "city"))
    point = _text(headers.get("x-appengine-citylatlong")) or ""
    latitude, comma, longitude = point.partition(",")
    is_known = comma != "" and point != "0.000000,0.000000"
    return _place(
        {
            "country": None if country == "ZZ" else country,
            "region_code": None if region == "?" else region,
            "city": None if city == "?" else city,
            "latitude": latitude if is_known else None,
            "longitude": longitude if is_known else None,
        }
    )


def _edgescape_place(value: str | None) -> dict[str, object]:
    """Pairs with `=` between commas; of several postal codes the first, which no range continues."""
    if value is None or len(value) > LONGEST_LIST or not is_printable(value):
        return {}
    found: dict[str, str | None] = {}
    for pair in value.split(","):
        name, _, text = pair.partition("=")
        key = _EDGESCAPE.get(name)
        if key is not None and text:
            found[key] = text.partition("+")[0].partition("-")[0] if key == "postal_code" else text
    return {} if found.get("country") == "reserved" else _place(found)


def _place(found: Mapping[str, str | None]) -> dict[str, object]:
    place: dict[str, object] = {}
    for key, text in found.items():
        value = _decimal(text) if key in _COORDINATES else text
        if value is not None:
            place[key] = value
    return place


def _decimal(text: str | None) -> float | None:
    """Digits with one point among them and `-` in front, as coordinates are written."""
    if text is None or len(text) > _LONGEST_NUMBER or _DECIMAL.fullmatch(text) is None:
        return None
    return float(text)


def _text(value: str | None) -> str | None:
    if not value or len(value) > LONGEST or not is_printable(value):
        return None
    decoded = decode(value)
    return value if decoded is None else decoded
