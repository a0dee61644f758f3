"""Drills of what comes in: malformed and oversized requests, hash flooding, names of prototypes, JSON bombs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote

from decision_engine.compact_json import Json, compact
from decision_engine.hosts.python import RequestError, parse_object
from infra.drills import corpora
from infra.drills.checking import Check, Fault
from infra.drills.client import Reply
from infra.drills.drill import Phase, Trial
from infra.drills.place import Place
from infra.drills.requests import (
    DECIDE,
    FLAGS,
    Lines,
    alternative,
    as_python,
    at,
    document_query,
    get,
    post,
    raw_query,
    refused_by_platform,
)

SEED = 20261121
CORPUS = 5_000
BODY, COOKIES = 65_536, 8_192
FLOOD_MS = 5.0
"""How much longer a flood of colliding keys may take than an ordinary request."""


def malformed(place: Place) -> Iterator[Phase]:
    """Malformed cookies and headers: treated as absent, so that the Python host's answer is the one expected. Lines
    that are no HTTP may be refused by the platform, which then answers by itself."""
    cookies, headers = _read_names(place)
    # A known unit stands in the document: what is malformed can then change an answer by itself alone.
    target = DECIDE if place.unit is None else document_query({"units": {place.unit: "drill-14"}})
    trials = []
    for drawn in corpora.malformed_headers(SEED, CORPUS, cookies, headers):
        seen = as_python(place, "GET", target, drawn.lines, geo=place.free)
        check = alternative(refused_by_platform, place.checker.decided()) if drawn.breaks else seen
        request = get(target, at(place.free, drawn.lines))
        trials.append(Trial(replace(request, ends=drawn.breaks), check))
    yield Phase("malformed headers", trials)


def oversized(place: Place) -> Iterator[Phase]:
    """Just below, at and above each limit: cookies are cut, a body or document that is too large is a 413 of the API;
    beyond what a platform takes, it refuses by itself."""
    yield Phase("sizes around the limits", [*_bodies(place), *_cookies(place), *_targets(place), *_headers(place)])


def floods(place: Place) -> Iterator[Phase]:
    """Keys that collide under known hashes, as members, cookies and names of a query: at most 256 are looked at. One
    request at a time, so that its own cost is what is seen."""
    visitor = f"{place.cookie or 'visitor'}=drill-16"
    trials = []
    for kind in range(5):
        for count in (250, 256, 257, 5_000):
            names = corpora.colliding_keys(kind, count)
            document: Json = {**dict.fromkeys(names, 1), "units": {place.unit or "visitor": "drill-16"}}
            trials.append(_posted(place, compact(document).encode()))
            trials.append(_viewed(place, cookie="; ".join([visitor, *(f"{name}=1" for name in names)])))
            query = f"{DECIDE}?{'&'.join(f'{name}=1' for name in names)}"
            trials.append(_viewed(place, query, cookie=visitor, is_large=True))
    small = [trial for trial in trials if len(trial.request.raw) < 120_000]
    yield Phase("colliding names", small, added_ms=FLOOD_MS, connections=1)


def prototypes(place: Place) -> Iterator[Phase]:
    """60 payloads by four ways in: the body, the query, OFREP's context, and cookies with headers. Afterwards an
    ordinary request must be answered as ever: nothing of it may have stuck."""
    trials = []
    for payload in corpora.prototypes():
        text = payload.decode()
        context = f'{{"context":{{"targetingKey":"u1",{text[1:-1]}}}}}'.encode()
        cookie = f"__proto__={quote(text)}; constructor=1; {place.cookie or 'visitor'}=drill-17"
        lines = [(b"cookie", cookie.encode()), (b"__proto__", payload)]
        query = raw_query(payload)
        trials += [
            Trial(
                post(payload, lines=at(place.free, lines)),
                as_python(place, "POST", DECIDE, lines, payload, geo=place.free),
            ),
            Trial(get(query, at(place.free, lines)), as_python(place, "GET", query, lines, geo=place.free)),
            Trial(post(context, FLAGS), _python_alone(place, context)),
            Trial(get(lines=at(place.free, lines)), as_python(place, "GET", DECIDE, lines, geo=place.free)),
        ]
    plain = document_query({} if place.unit is None else {"units": {place.unit: "drill-17"}})
    trials = [each for trial in trials for each in (trial, Trial(get(plain), as_python(place, "GET", plain)))]
    yield Phase("names of prototypes", trials)


def strict_json(place: Place) -> Iterator[Phase]:
    """5,000 texts and the bombs: the same code, or the same outcomes, from the worker and from the Python host."""
    trials = [_document(place, text) for text in corpora.documents(SEED, CORPUS)]
    yield Phase("odd documents", trials, share=0.8)
    yield Phase("bombs", [_document(place, text) for text in corpora.bombs()], share=0.2, added_ms=50.0)


def python_reads_in_bounds(_: Place) -> Iterable[str]:
    """The Python host reads each bomb within a quarter of a second, and raises nothing but its own error."""
    for text in corpora.bombs():
        started = time.perf_counter()
        try:
            parse_object(text)
        except RequestError:
            pass
        except Exception as fault:
            yield f"the Python host raised {type(fault).__name__} on {text[:60]!r}"
        taken = time.perf_counter() - started
        if taken > 0.25:
            yield f"the Python host took {taken:.2f} s to read {text[:60]!r}"


def _document(place: Place, text: bytes) -> Trial:
    lines = [(b"cookie", f"{place.cookie or 'visitor'}=drill-19".encode())]
    check = as_python(place, "POST", DECIDE, lines, text, geo=place.free, whole=b"decisions" not in text)
    return Trial(post(text, lines=at(place.free, lines)), check)


def _bodies(place: Place) -> Iterator[Trial]:
    for size in (BODY - 1, BODY, BODY + 1, 2 * BODY):
        body = b'{"a":"' + b"x" * (size - 8) + b'"}'
        yield Trial(post(body), place.checker.decided() if size <= BODY else place.checker.refused(413, "too-large"))
        context = b'{"context":{"targetingKey":"u1","a":"' + b"x" * (size - 40) + b'"}}'
        yield Trial(post(context, FLAGS), _flags(200 if len(context) <= BODY else 413))


def _cookies(place: Place) -> Iterator[Trial]:
    """The name of the visitor before, across and behind the end of what is read."""
    known = f"; {place.cookie or 'visitor'}=known"
    for size in (COOKIES - 1, COOKIES, COOKIES + 1, 2 * COOKIES, 4 * COOKIES):
        for tail in (0, 1, 2, 5, 40):
            yield _viewed(place, cookie="a=" + "b" * (size - 22 - len(known) + tail) + known)
    for count in (255, 256, 257, 1_000):
        yield _viewed(place, cookie=";".join(f"n{number}=1" for number in range(count)) + known)


def _targets(place: Place) -> Iterator[Trial]:
    visitor = f"{place.cookie or 'visitor'}=drill-15"
    for size in (1_000, 4_096, 8_192, 16_384, 32_768, BODY - 1, BODY, BODY + 1, 100_000, 200_000):
        document: Json = {"units": {place.unit or "visitor": "drill-15"}, "a": "x" * size}
        yield _viewed(place, document_query(document), cookie=visitor, is_large=True)
        yield _viewed(place, f"{DECIDE}?x={'y' * size}", cookie=visitor, is_large=True)
    for count in (255, 256, 257, 2_000):
        names = "&".join(f"n{number}=1" for number in range(count))
        yield _viewed(place, f"{DECIDE}?{names}", cookie=visitor)


def _headers(place: Place) -> Iterator[Trial]:
    visitor = f"{place.cookie or 'visitor'}=drill-15"
    _, names = _read_names(place)
    for name in (*names, "user-agent", "x-padding"):
        for size in (4_095, 4_096, 4_097, 8_192, 16_384, 60_000, 130_000):
            yield _viewed(place, cookie=visitor, others=[(name.encode(), b"x" * size)], is_large=True)
    for count in (50, 100, 500, 2_000):
        many = [(b"x-many-%d" % number, b"1") for number in range(count)]
        yield _viewed(place, cookie=visitor, others=many, is_large=True)


def _posted(place: Place, document: bytes) -> Trial:
    """A document that names its visitor."""
    return Trial(post(document, lines=at(place.free)), as_python(place, "POST", DECIDE, body=document, geo=place.free))


def _viewed(place: Place, target: str = DECIDE, *, cookie: str, others: Lines = (), is_large: bool = False) -> Trial:
    """A page view with a cookie; one that `is_large` may be refused by the platform."""
    lines = [(b"cookie", cookie.encode()), *others]
    check = as_python(place, "GET", target, lines, geo=place.free)
    return Trial(get(target, at(place.free, lines)), alternative(check, refused_by_platform) if is_large else check)


def _python_alone(place: Place, context: bytes) -> Check:
    return as_python(place, "POST", FLAGS, body=context, whole=False)


def _flags(status: int) -> Check:
    def check(reply: Reply) -> Fault | None:
        if reply.status != status:
            return Fault("wrong", f"expected status {status}, found {reply.status} {reply.body[:100]!r}")
        try:
            document = json.loads(reply.body)
        except ValueError:
            return Fault("malformed", "the answer is no JSON")
        wanted = "flags" if status == 200 else "errorCode"
        return None if wanted in document else Fault("malformed", f"the answer has no `{wanted}`")

    return check


def _read_names(place: Place) -> tuple[list[str], list[str]]:
    """The names of cookies and headers that something at this place reads."""
    paths = [feature["path"] for feature in place.tables["features"]]
    found: dict[str, list[str]] = {
        group: [path[1] for path in paths if len(path) > 1 and path[0] == group] for group in ("cookies", "headers")
    }
    gate = place.stage("gate")
    signals: Iterable[str | None] = () if gate is None else gate["cookies"].values()
    profile = place.stage("profile")
    tokens = [] if profile is None else [value for key, value in profile.items() if key == "cookie" and value]
    cookies = [name for name in (place.cookie, *found["cookies"], *signals, *tokens) if name]
    return cookies or ["visitor"], found["headers"]
