"""The example shop as material of benchmarks: its program, and its sessions as requests and vectors."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Collection
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

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
def rules_alone() -> Program:
    """The example's program without its model, and without what hangs on it: the cohorts that ask for it, the rules and
    conditions that ask for those, and the terms of a score that it gives."""
    documents: dict[str, dict[str, Any]] = {}
    for path in sorted((SHOP / "registry").glob("*.json")):
        for kind, objects in json.loads(path.read_text(encoding="utf-8")).items():
            if kind != "$schema":
                documents.setdefault(kind, {}).update(objects)
    models = documents.pop("models")
    modelled = {name for name, cohort in documents["cohorts"].items() if _is_about(models, cohort)}
    for name in modelled:
        del documents["cohorts"][name]
    documents["decisions"] = _without({*models, *modelled}, documents["decisions"])
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        path = Path(name, "registry.json")
        path.write_text(json.dumps(documents), encoding="utf-8")
        return compile_program(load(path, SIGNATURES), edge_only=True)


@cache
def requests() -> tuple[tuple[dict[str, object], int], ...]:
    """The first sessions as (request, time in ms UTC), at the time of the benchmark."""
    mapping = load_map(SHOP / "map.json")
    now = time.time_ns() // 1_000_000
    sessions = requests_from(SHOP / "data" / "online_shoppers_intention.csv", mapping, now)
    return tuple((request, now) for request, _ in islice(sessions, SESSIONS))


def _without(names: Collection[str], value: Any) -> Any:
    """A document without the items that are about one of the names."""
    if isinstance(value, list):
        return [_without(names, item) for item in value if not _is_about(names, item)]
    if isinstance(value, dict):
        return {key: _without(names, member) for key, member in value.items()}
    return value


def _is_about(names: Collection[str], item: Any) -> bool:
    """Whether a rule, a condition or a term stands and falls with one of the names."""
    if not isinstance(item, dict):
        return False
    if item.get("model") in names or item.get("cohort") in names:
        return True
    if "if" in item:
        return _is_about(names, item["if"])
    return any(_is_about(names, part) for key in ("all", "multiply") for part in item.get(key, []))
