"""A registry with decisions that are unsure, its artefact's host in Python, and its tables for JavaScript."""

import json
import random
import shutil
import time
from pathlib import Path
from typing import Any

from decision_engine.hosts.python import Host
from decision_engine.hosts.python.hybrid import Ask, Hybrid, Start
from decision_engine.hosts.python.tables import Tables
from decision_engine.hybrid_tables import hybrid_table
from decision_engine.models import Models, load_models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.targets.python.emit import emit_python
from feature_registry import Registry, load
from infra.engines.engine import host_tables
from infra.engines.python import load_module

MODELS = Path(__file__).resolve().parents[2] / "conformance" / "models"
CATEGORIES = ["a", "b", "\u00e9", "d"]

SHOP: dict[str, Any] = {
    "features": {
        "x": {"type": "number", "from": "session.x"},
        "y": {"type": "number", "from": "session.y"},
        "c": {"type": "text", "from": "session.c"},
        "taste": {"type": "number", "from": "session.taste", "default": 1},
        "secret": {"type": "text", "from": "session.secret", "purposes": ["personalisation"]},
        "returns": {"type": "number", "from": "crm.returns", "tier": 3, "default": 0},
    },
    "models": {
        "m": {
            "format": "lightgbm",
            "file": "models/binary.txt",
            "inputs": {"x": "x", "y": "y", "c": {"feature": "c", "categories": CATEGORIES}},
            "output": "probability",
        }
    },
    "decisions": {
        "hero": {
            "rules": [
                {
                    "if": {"any": [{"model": "m", "at_least": 0.1}, {"feature": "secret", "is": "never"}]},
                    "show": "hero_buyer",
                    "unsure": {"model": "m", "between": [0.1, 0.9], "ask": "cloud", "within": "70ms"},
                }
            ],
            "otherwise": "hero_default",
        },
        "offers": {
            "rules": [
                {
                    "rank": "offers",
                    "by": {"multiply": [{"feature": "taste"}, {"item": "margin"}]},
                    "top": 2,
                    "unsure": {"ask": "cloud"},
                }
            ],
            "otherwise": "none",
        },
        "footer": {"rules": [{"if": {"feature": "taste", "at_least": 5}, "show": "none"}], "otherwise": "hero_default"},
    },
    "payloads": {
        "hero_buyer": {"value": {"title": "Buy"}},
        "hero_default": {"value": {"title": "Hi"}},
        "none": {"value": {"title": ""}},
        "shoes": {"value": {"title": "Shoes"}, "group": "offers", "attributes": {"margin": 3}},
        "hats": {"value": {"title": "Hats"}, "group": "offers", "attributes": {"margin": 2}},
        "bags": {"value": {"title": "Bags"}, "group": "offers", "attributes": {"margin": 1}},
    },
    "policies": {
        "consent": {"purposes": ["personalisation"]},
        "hybrid": {
            "latency": "90ms",
            "within": "80ms",
            "units": ["visitor_id"],
            "breaker": {"failures": 3, "pause": "200ms", "longest_pause": "400ms", "trials": 1},
        },
    },
}


def shop(folder: Path, **changes: Any) -> tuple[Registry, Models]:
    """The registry, loaded from a folder that it is written to."""
    (folder / "models").mkdir(parents=True)
    shutil.copy(MODELS / "binary.txt", folder / "models")
    (folder / "shop.json").write_text(json.dumps({**SHOP, **changes}), encoding="utf-8")
    registry = load(folder, SIGNATURES)
    return registry, load_models(registry)


def python_host(registry: Registry, models: Models) -> tuple[Host, Tables]:
    """The Python host around the emitted program, and its tables."""
    program = compile_program(registry, models, edge_only=True)
    tables = host_tables(program)
    return Host(tables, load_module(emit_python(program)), target="python"), tables


def hybrid_of(registry: Registry, host: Host, tables: Tables, ask: Ask, start: Start) -> Hybrid:
    """Escalation in real time."""
    table = hybrid_table(registry)
    assert table is not None
    return Hybrid(
        table,
        tables,
        ask,
        names=host.decisions,
        read=lambda decided: host.read(decided.request or {}, decided.at),
        random=random.Random(4).random,
        now=lambda: time.monotonic() * 1000,
        start=start,
    )
