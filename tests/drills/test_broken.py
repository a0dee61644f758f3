"""Drills can fail: a worker that is broken in one way or another does not pass them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from decision_engine.operators import SIGNATURES
from feature_registry import load
from infra.drills import DRILLS, Found, Place, open_place, run_drills
from infra.drills.shop import SHOP

pytestmark = pytest.mark.node

MALFORMED = next(drill for drill in DRILLS if drill.id == 14)
PROTOTYPES = next(drill for drill in DRILLS if drill.id == 17)
ADDRESSES = next(drill for drill in DRILLS if drill.id == 23)

ANSWERS = {
    "a 500": 'new Response("broken", { status: 500 })',
    "an exception": "(() => { throw new Error('broken'); })()",
    "no JSON": 'new Response("<html>")',
    "cut JSON": "new Response(text.slice(0, -3))",
    "duplicate keys": 'new Response(text.replace("{", "{\\"registry\\":1,"))',
    "a decision less": 'new Response(text.replace("\\"coupon\\":", "\\"cupon\\":"))',
    "an outcome of nobody": 'new Response(text.replace("hero_classic", "hero_unknown"))',
    "a payload of nobody": 'new Response(text.replace("\\"payload\\":79", "\\"payload\\":12"))',
    "another registry": 'new Response(text.replace("sha256:", "sha256:0"))',
    "NaN": 'new Response(text.replace("\\"payload\\":79", "\\"payload\\":NaN"))',
}


@contextmanager
def broken(answer: str) -> Iterator[Place]:
    """A worker that gives `answer`; `text` is what the real one would have said to nobody."""
    registry = load(SHOP, SIGNATURES)
    with open_place(registry) as real:
        text = real.host.neutral(0)
        digest = real.tables["registry"]
    assert digest in text
    worker = f"const text = {json.dumps(text)};\nexport default {{ fetch(request, env) {{ return {answer}; }} }};\n"
    with open_place(registry, changed={"worker.js": worker.encode()}) as place:
        yield place


def run(place: Place, drill: object = MALFORMED, requests: int = 60) -> Found:
    (found,) = run_drills(place, [drill], requests)  # type: ignore[list-item]  # a drill of the table
    return found


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_worker_that_answers_wrongly_fails(kind: str) -> None:
    with broken(ANSWERS[kind]) as place:
        found = run(place)
    assert found.passed is False
    assert found.problems
    assert bool(found.status_5xx) == (kind in ("a 500", "an exception"))


def test_a_worker_that_keeps_what_a_prototype_brought_fails() -> None:
    """It answers as if nothing were wrong, but never for the request at hand."""
    with broken("new Response(text)") as place:
        assert run(place, PROTOTYPES).passed is False


def test_a_worker_that_asks_elsewhere_fails() -> None:
    answer = 'fetch("http://169.254.169.254/").then(() => new Response(text))'
    with broken(answer) as place:
        found = run(place, ADDRESSES)
    assert found.passed is False
    assert any("not of its configuration" in problem for problem in found.problems)


def test_a_worker_that_is_slow_fails() -> None:
    odd = 'request.headers.get("cookie")?.startsWith("shop_visitor=visitor-0") ? 0 : 40'
    answer = f"new Promise((done) => setTimeout(() => done(new Response(text)), {odd}))"
    with broken(answer) as place:
        found = run(place, requests=1_000)
    assert any("p99 grew" in problem for problem in found.problems)
