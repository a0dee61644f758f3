"""Requests as the bytes of HTTP/1.1, and what of them a host should make: the Python host tells what is expected."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TypeAlias
from urllib.parse import quote_from_bytes

from decision_engine.compact_json import Json, compact
from decision_engine.consent_tables import STORAGE
from decision_engine.hosts.python import HttpRequest, HttpResponse, Known
from decision_engine.hosts.python.consent.receipts import Receipt
from decision_engine.hosts.python.consent.requests import Seen, gate_request
from functions.edge.cloudflare import CF_HEADER
from infra.drills.checking import Check, Fault
from infra.drills.client import Reply, Request
from infra.drills.drill import Trial
from infra.drills.place import Place

DECIDE = "/.edgewise/decide"
FLAGS = "/ofrep/v1/evaluate/flags"
Lines: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Names and values of headers, as sent."""

UNITED_STATES: Mapping[str, str] = {"country": "US", "regionCode": "WY"}
"""A place where what nobody refused is allowed."""

STRICT: Mapping[str, str] = {"country": "DE", "regionCode": "BE"}
"""A place where nothing is allowed that nobody agreed to."""

_USUAL: Lines = ((b"host", b"shop.example"),)
_GEO = {"regionCode": "region_code", "postalCode": "postal_code"}
_IDS = [f"drawn-{number}" for number in range(400)]


def get(target: str = DECIDE, lines: Lines = (), *, method: str = "GET") -> Request:
    """A request without a body."""
    return Request(_head(method, target, lines) + b"\r\n", is_head=method == "HEAD")


def post(body: bytes, target: str = DECIDE, lines: Lines = ()) -> Request:
    """A request with a body."""
    framing = ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)))
    return Request(_head("POST", target, [*lines, *framing]) + b"\r\n" + body)


def at(geo: Mapping[str, str], lines: Lines = ()) -> Lines:
    """Headers with what Cloudflare says of the visitor's place."""
    return [*lines, (CF_HEADER.encode(), compact(dict(geo)).encode())]


def document_query(document: Json) -> str:
    """The target of a GET that brings its document."""
    return raw_query(compact(document).encode())


def raw_query(text: bytes) -> str:
    """The target of a GET that brings these bytes as its document."""
    return f"{DECIDE}?d={quote_from_bytes(text, safe='')}"


def page_views(place: Place, target: str = DECIDE) -> Iterator[Request]:
    """Page views of visitors whom the cookie names; without an identity, of nobody."""
    cookie = place.cookie
    for number in count():
        lines = [] if cookie is None else [(b"cookie", f"{cookie}=visitor-{number:08}".encode())]
        yield get(target, lines)


def shop_pages(place: Place, count: int) -> list[Trial]:
    """Ordinary pages of the shop, for as many visitors; their answers are not looked at."""
    views = zip(page_views(place, "/"), range(count), strict=False)
    return [Trial(request, lambda _: None) for request, _ in views]


def as_python(
    place: Place,
    method: str,
    target: str,
    lines: Lines = (),
    body: bytes = b"",
    *,
    geo: Mapping[str, str] | None = None,
    features: Mapping[str, object] | None = None,
    receipt: Receipt | None = None,
    whole: bool = True,
) -> Check:
    """The check that the worker answers as the Python host does, which sees the headers as workerd joins them and the
    gate's outcome as Python decides it.

    The Python host is asked at the time, and with the id for a new visitor, that the worker's answer tells; where a new
    id is drawn and not told, the answer must be the one for some id. `features` is what a profile tells of the visitor,
    `receipt` what he agreed to. With `whole`, the answer must name all decisions.
    """
    headers = joined([*_USUAL, *lines])
    known: set[tuple[int, bytes]] = set()

    def check(reply: Reply) -> Fault | None:
        seen = reply.status, reply.body.rpartition(b',"at":')[0]
        if seen in known and seen[1] and reply.header("set-cookie") is None:
            return None
        request = HttpRequest(
            method=method,
            target=target,
            at=_at(reply),
            new_id=lambda: "",
            headers=headers,
            body=body,
            geo={_GEO.get(name, name): value for name, value in (geo or {}).items()},
        )
        visitor = _known(place, request, features, receipt)
        if visitor is not None and not visitor.may_store and reply.header("set-cookie") is not None:
            return Fault("wrong", "a cookie was set without consent to storage")
        answer = _answered(place, replace(request, known=visitor), reply)
        if (answer.status, answer.body) != (reply.status, reply.body):
            text = f"expected {answer.status} {answer.body[:200]!r}, found {reply.status} {reply.body[:200]!r}"
            return Fault("wrong", f"not as the Python host answers: {text}")
        if whole and reply.status == 200:
            fault = place.checker.body_fault(reply.body)
            if fault is not None:
                return fault
        known.add(seen)
        return None

    return check


def _answered(place: Place, request: HttpRequest, reply: Reply) -> HttpResponse:
    """The Python host's answer with the id that the reply sets, or else with one that leads to the reply, if any."""
    cookies = [cookie for cookie in reply.headers("set-cookie") if cookie.startswith(f"{place.cookie}=")]
    drawn = [cookie.partition("=")[2].partition(";")[0] for cookie in cookies]
    asked, number = False, 0

    def new_id() -> str:
        nonlocal asked
        asked = True
        return drawn[0] if drawn else _IDS[number]

    answer = place.host.respond(replace(request, new_id=new_id))
    while answer.body != reply.body and asked and not drawn and number < len(_IDS) - 1:
        number += 1
        answer = place.host.respond(replace(request, new_id=new_id))
    return answer


def _known(
    place: Place, request: HttpRequest, features: Mapping[str, object] | None, receipt: Receipt | None
) -> Known | None:
    """What the gate lets be known of the visitor; None without a gate and a profile."""
    gate = place.stage("gate")
    if gate is None:
        return None if features is None else Known(features=features)
    seen: Seen = {
        "geo": request.geo,
        "cookie": request.headers.get("cookie"),
        "gpc": request.headers.get("sec-gpc"),
    }
    outcome = gate_request(gate, seen, request.at, receipt=receipt)
    return Known(outcome.denied, STORAGE not in outcome.denied, features)


def joined(lines: Lines) -> dict[str, str]:
    """Headers as workerd hands them to a worker: lower-case names, repeated ones joined by `, `, cookies too."""
    found: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode("latin-1").lower(), raw_value.strip(b" \t").decode("utf-8", "replace")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def refused_by_platform(reply: Reply) -> Fault | None:
    """The check of a request that is no HTTP: workerd refuses it, and the worker never sees it."""
    if reply.status in (0, 400, 413, 414, 431):
        return None
    return Fault("wrong", f"expected a refusal of the platform, found status {reply.status}")


def alternative(*checks: Check) -> Check:
    """The check that passes when one of these does; its fault is the first one's."""

    def check(reply: Reply) -> Fault | None:
        faults = [one(reply) for one in checks]
        return None if None in faults else faults[0]

    return check


def _head(method: str, target: str, lines: Lines) -> bytes:
    written = b"".join(name + b": " + value + b"\r\n" for name, value in [*_USUAL, *lines])
    return f"{method} {target} HTTP/1.1\r\n".encode() + written


def _at(reply: Reply) -> int:
    """The time that the answer names; where it names none, about the same time."""
    _, found, at = reply.body.rpartition(b'"at":')
    return int(at[:-1]) if found and at[:-1].isdigit() else time.time_ns() // 1_000_000
