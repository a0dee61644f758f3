"""Drill of what leaves the edge: marks in every field of requests turn up in no record, log, key or address."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

from decision_engine.compact_json import Json, compact
from infra.drills import corpora
from infra.drills.client import exchange
from infra.drills.drill import Phase, Trial
from infra.drills.place import Place
from infra.drills.requests import DECIDE, FLAGS, STRICT, Lines, at, get, page_views, post

_FLUSH_SECONDS = 1.3
_FLUSHING = 40
_HEADERS = (
    "user-agent", "referer", "accept-language", "x-forwarded-for", "authorization", "x-request-id", "tracestate",
    "traceparent", "baggage", "origin", "from", "via", "forwarded", "cf-connecting-ip", "true-client-ip", "sec-gpc",
    "sec-ch-ua-platform", "sec-ch-ua-model", "if-none-match", "x-edgewise-profile", "x-real-ip",
)  # fmt: skip
_GROUPS = ("units", "session", "profile", "geo", "device", "headers", "cookies", "query", "features", "timestamps")
_PLACED = ("city", "postalCode", "region", "regionCode", "timezone", "country", "continent", "latitude", "longitude")
_FAILING: Mapping[str, Mapping[str, object]] = {
    "kv": {"mode": "garbage"},
    "cloud": {"mode": "down"},
    "sink": {"mode": "error"},
}


def needs_records(place: Place) -> str | None:
    """Why sinks cannot be drilled."""
    return None if place.stage("records") is not None else "the registry has no policy `records`"


def marked(place: Place) -> Iterator[Phase]:
    """50 marks in every field, while all is well and while all that stands around fails."""
    trials = [trial for mark in corpora.canaries() for trial in _marked(place, mark)]
    for name, how in (("all well", {}), ("all failing", _FAILING)):
        yield Phase(
            name,
            trials,
            enter=_telling(place, how),
            leave=lambda: _found(place),
            added_ms=150.0,
        )


def _marked(place: Place, mark: str) -> Iterator[Trial]:
    decided, anything = place.checker.decided(), lambda _: None
    for geo in (place.free, STRICT):
        for name in _cookie_names(place):
            yield Trial(get(lines=at(geo, _cookie(f"{name}={mark}"))), decided)
        for name in _HEADERS:
            lines: Lines = [(name.encode(), mark.encode()), *_cookie(f"{place.cookie}={mark}-{name}")]
            yield Trial(get(lines=at(geo, lines)), decided)
        yield Trial(get(f"{DECIDE}?q={mark}&{mark}=1&utm_campaign={mark}", at(geo)), decided)
        yield Trial(get(f"{DECIDE}/{mark}?{mark}", at(geo)), anything)
        document: dict[str, Json] = {group: {"x": mark, mark: mark} for group in _GROUPS}
        document |= {"units": {place.unit or "x": mark}, "consent": {"denied": [mark]}, mark: mark}
        yield Trial(post(compact(document).encode(), lines=at(geo)), decided)
        yield Trial(post(f'{{"decisions":["{mark}"]}}'.encode(), lines=at(geo)), anything)
        yield Trial(post(f'{{"{mark}":'.encode(), lines=at(geo)), anything)
        yield Trial(get(f"{DECIDE}?d={quote(compact(document))}", at(geo)), decided)
        context = {"targetingKey": mark, mark: mark, "email": f"{mark}@example.org"}
        yield Trial(post(compact({"context": context}).encode(), FLAGS, at(geo)), anything)
        yield Trial(post(compact({"context": context}).encode(), f"{FLAGS}/{mark}", at(geo)), anything)
    for name in _PLACED:
        yield Trial(get(lines=at({**place.free, name: mark}, _cookie(f"{place.cookie}=v"))), decided)


def _found(place: Place) -> Iterable[str]:
    """Where a mark turned up. A question to the cloud holds features, as it must: of it only address and headers are
    looked at."""
    views = page_views(place)
    requests = [next(views) for _ in range(_FLUSHING)]
    time.sleep(_FLUSH_SECONDS)
    exchange(place.port, requests, 4)
    time.sleep(_FLUSH_SECONDS / 2)
    kept = json.loads(place.neighbours.kept())
    marks = corpora.canaries()
    recorded = 0
    for who, method, url, headers, body in kept:
        if who == "origin":
            continue  # the shop itself gets the visitor's requests
        recorded += who == "sink"
        sent = json.dumps([method, url, headers, body if who == "sink" else ""])
        yield from (f"`{mark}` went to the {who}: {sent[:200]}" for mark in marks if mark in sent)
    log = place.process.log()
    yield from (f"`{mark}` stands in the worker's log" for mark in marks if mark in log)
    if not recorded:
        yield "no record was sent: nothing was looked at"


def _telling(place: Place, how: Mapping[str, Mapping[str, object]]) -> Callable[[], None]:
    def tell() -> None:
        place.restart()
        if how:
            place.neighbours.tell(**how)

    return tell


def _cookie_names(place: Place) -> list[str]:
    """The cookies that anything at the edge reads, and one that nobody knows."""
    gate, profile = place.stage("gate"), place.stage("profile")
    names = [place.cookie, "unknown"]
    names += [] if gate is None else list(gate["cookies"].values())
    names += [] if profile is None else [profile["cookie"], (profile["sticky"] or {}).get("cookie")]
    return [name for name in names if name]


def _cookie(text: str) -> Lines:
    return [(b"cookie", text.encode())]
