"""Drill of the cloud: down, slow, garbage, throttled; the local outcome stands, within the request's time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from decision_engine.compact_json import Json, compact
from decision_engine.hosts.python.hybrid import CONTRACT
from infra.drills.checking import Check, Fault
from infra.drills.client import Reply, exchange
from infra.drills.drill import Phase, Trial
from infra.drills.place import Place
from infra.drills.requests import DECIDE, Lines, as_python, at, get

MOST_ASKED = 80
"""Questions to a cloud that always fails, in a phase: more would mean that no breaker opened."""

_SLACK_MS = 30.0
_VISITORS = 400
_BLAMELESS = "another registry"
_FAULTS: Mapping[str, Mapping[str, object]] = {
    "down": {"mode": "down"},
    "an error": {"mode": "error"},
    "throttled": {"mode": "throttled"},
    "garbage": {"mode": "garbage"},
    "half an answer": {"mode": "partial"},
    "a byte at a time": {"mode": "drip"},
    "never answering": {"mode": "hang"},
    "megabytes": {"mode": "huge"},
    "a redirect": {"mode": "redirect", "location": "http://169.254.169.254/"},
    "1 s late": {"mode": "ok", "delay": 1_000},
    "200 ms late": {"mode": "ok", "delay": 200},
}


def needs_cloud(place: Place) -> str | None:
    """Why the cloud cannot be drilled."""
    return None if place.stage("hybrid") is not None else "the registry has no policy `hybrid`"


def failing_cloud(place: Place) -> Iterator[Phase]:
    """Each way to fail from a fresh worker on, so that its breaker is closed at first."""
    within = float(place.stage("hybrid")["within"])
    local = [_view(place, number, _local(place, number)) for number in range(_VISITORS)]
    for name, how in {**_FAULTS, **dict(_wrong_answers(place))}.items():
        # An answer for another registry is no fault of the cloud: one of the two is about to be replaced.
        most = None if name == _BLAMELESS else MOST_ASKED
        yield Phase(
            name,
            local,
            enter=_telling(place, how),
            leave=partial(_breaker_opened, place, most),
            added_ms=within + _SLACK_MS,
            share=0.06,
        )
    late = Phase(
        "50 ms late",
        [_view(place, number, place.checker.decided()) for number in range(_VISITORS)],
        enter=_telling(place, {"mode": "ok", "delay": 50}),
        added_ms=within + _SLACK_MS,
        share=0.1,
    )
    yield late
    yield _answering(place)


def _wrong_answers(place: Place) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Answers of the right shape that must count for nothing."""
    digest = place.tables["registry"]
    name = place.checker.names[-1]
    documents: Mapping[str, Json] = {
        _BLAMELESS: {"contract": CONTRACT, "registry": f"{digest}0", "decisions": {}},
        "another contract": {"contract": CONTRACT + 1, "registry": digest, "decisions": {}},
        "an unknown decision": {"contract": CONTRACT, "registry": digest, "decisions": {"nobody": {"outcome": "x"}}},
        "an unknown outcome": {"contract": CONTRACT, "registry": digest, "decisions": {name: {"items": ["nobody"]}}},
    }
    for title, document in documents.items():
        yield title, {"mode": "ok", "body": compact(document)}


def _answering(place: Place) -> Phase:
    """A cloud that is well and orders candidates anew: its outcome must come through, so that what fails above is seen
    to have asked at all."""
    reordered = [0]

    def check(reply: Reply) -> Fault | None:
        fault = place.checker.decided()(reply)
        reordered[0] += b'"mode":"cloud"' in reply.body
        return fault

    def enter() -> None:
        reordered[0] = 0
        _telling(place, {})()
        exchange(place.port, [_view(place, 0, check).request], 1)
        asked = _last_question(place)
        decisions = {name: _answer_to(question) for name, question in asked.items()}
        body = compact({"contract": CONTRACT, "registry": place.tables["registry"], "decisions": decisions})
        place.neighbours.tell(cloud={"mode": "ok", "body": body})

    def leave() -> Iterable[str]:
        return [] if reordered[0] else ["no outcome of the cloud came through"]

    trials = [_view(place, number, check) for number in range(_VISITORS)]
    return Phase("well", trials, enter=enter, leave=leave, added_ms=80.0 + _SLACK_MS, share=0.1)


def _last_question(place: Place) -> dict[str, dict[str, Json]]:
    kept = json.loads(place.neighbours.kept())
    questions = [json.loads(body) for who, _, url, _, body in kept if who == "cloud" and url.endswith("/rerank")]
    found: dict[str, dict[str, Json]] = questions[-1]["decisions"] if questions else {}
    return found


def _answer_to(question: Mapping[str, Json]) -> Json:
    items = question.get("items")
    return {"items": items[::-1]} if isinstance(items, list) else {"outcome": question["outcome"]}


def _breaker_opened(place: Place, most: int | None) -> Iterable[str]:
    counts = place.neighbours.counts()
    if counts["outside"]:
        yield "the worker followed a redirect"
    if counts["cloud"] == 0:
        yield "the cloud was never asked"
    if most is not None and counts["cloud"] > most:
        yield f"a cloud that fails was asked {counts['cloud']} times"


def _telling(place: Place, how: Mapping[str, object]) -> Callable[[], None]:
    def tell() -> None:
        place.restart()
        place.neighbours.tell(cloud=how)

    return tell


def _view(place: Place, number: int, check: Check) -> Trial:
    return Trial(get(lines=at(place.free, _lines(place, number))), check)


def _local(place: Place, number: int) -> Check:
    return as_python(place, "GET", DECIDE, _lines(place, number), geo=place.free)


def _lines(place: Place, number: int) -> Lines:
    """A visitor at a desk: what the device is decides whether the example's ranking is reached."""
    cookie = [] if place.cookie is None else [(b"cookie", f"{place.cookie}=asking-{number}".encode())]
    return [*cookie, (b"sec-ch-ua-mobile", b"?0"), (b"sec-ch-ua-platform", b'"Windows"')]
