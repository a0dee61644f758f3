"""Requests and answers of HTTP as plain values, the same for every adapter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

JSON = "application/json; charset=utf-8"
NO_STORE = "private, no-store"


@dataclass(frozen=True, slots=True)
class Known:
    """What stages before the host found out about a visitor, so that it is trusted.

    `denied` are purposes, beside those that the request's own object denies. Without `may_store` the visitor's cookie
    is neither read nor set: the unit lives for one request. `features` are raw values by feature name, which win over
    all that the request says of those features; `timestamps` are theirs, by path or group.
    """

    denied: tuple[str, ...] = ()
    may_store: bool = True
    features: Mapping[str, object] | None = None
    timestamps: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What an adapter hands over.

    `target` is path and query as sent, in ASCII. Header names are lower case; repeated headers are joined by `, `,
    cookies by `; `. `geo` and `device` are what the platform observed. `at` is ms UTC. `new_id` draws the id of a new
    visitor. The body may be cut after 65,537 bytes. `known` is what is known of the visitor besides; None where nobody
    asked. `cdn` names the one that stands in front, whose own headers of devices then count (`visitor.CDNS`).
    """

    method: str
    target: str
    at: int
    new_id: Callable[[], str]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    geo: Mapping[str, object] = field(default_factory=dict)
    device: Mapping[str, object] = field(default_factory=dict)
    known: Known | None = None
    cdn: str | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def json_response(status: int, text: str, **headers: str) -> HttpResponse:
    """An answer of JSON text."""
    return HttpResponse(status, {"content-type": JSON, "cache-control": NO_STORE, **headers}, text.encode())


def json_text(value: object) -> str:
    """JSON as `JSON.stringify` writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
