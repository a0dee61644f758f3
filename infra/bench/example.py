"""The example shop as material of benchmarks: its program, and its sessions as requests and vectors."""

from __future__ import annotations

import time
from functools import cache
from itertools import islice
from pathlib import Path

from decision_engine.ir import Program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import Registry, load
from infra.replay import load_map, requests_from

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples" / "online_shop"
SESSIONS = 2_000
"""How many sessions a benchmark cycles through: enough that no branch is learned by heart."""


@cache
def registry() -> Registry:
    """The registry of the example."""
    return load(SHOP / "registry", SIGNATURES)


@cache
def program() -> Program:
    """The example's program as the edge runs it."""
    return compile_program(registry(), edge_only=True)


@cache
def requests() -> tuple[tuple[dict[str, object], int], ...]:
    """The first sessions as (request, time in ms UTC), at the time of the benchmark."""
    mapping = load_map(SHOP / "map.json")
    now = time.time_ns() // 1_000_000
    sessions = requests_from(SHOP / "data" / "online_shoppers_intention.csv", mapping, now)
    return tuple((request, now) for request, _ in islice(sessions, SESSIONS))
