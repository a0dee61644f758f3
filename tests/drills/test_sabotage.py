"""Drills of stages can fail: the real worker with one line of it changed does not pass them."""

from __future__ import annotations

import pytest

from decision_engine.pipeline import compile_program
from infra.drills import DRILLS, open_place, run_drills, shop_registry
from infra.targets import TARGETS

pytestmark = pytest.mark.node

FIRST = "service ??= createService("
BREAKS = {
    "consent is not heeded": (24, "trail.known.denied = allowed.denied;", "trail.known.denied = [];"),
    "storage is not asked for": (24, "trail.known.mayStore = allowed.mayStore;", "trail.known.mayStore = true;"),
    "a cookie in the log": (25, FIRST, f'console.log(request.headers.get("cookie")); {FIRST}'),
    "a query in the log": (25, FIRST, f"console.log(request.url); {FIRST}"),
    "the KV is not read": (9, "kv: env.EDGEWISE_KV ?? null", "kv: { get: async () => null }"),
}
"""What is broken: the drill that must find it, a text of the worker, and what stands there instead."""


@pytest.mark.parametrize("kind", BREAKS)
def test_a_drill_finds_what_is_broken(kind: str) -> None:
    number, text, other = BREAKS[kind]
    registry = shop_registry()
    worker = TARGETS["cloudflare"](compile_program(registry, edge_only=True)).files["worker.js"].decode()
    assert worker.count(text) == 1
    (drill,) = (drill for drill in DRILLS if drill.id == number)
    with open_place(registry, changed={"worker.js": worker.replace(text, other).encode()}) as place:
        (found,) = run_drills(place, [drill], 400)
    assert found.passed is False and found.problems
