"""Registries as data: writes the files of a case, and reads what checking them gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from decision_engine.operators import SIGNATURES
from feature_registry import Diagnostic, Registry, inspect

Files = Mapping[str, Any]
"""File name -> its content: a text, a list of lines, JSON to be written, or {"hex": bytes}."""

SHOP: dict[str, Any] = {
    "features": {
        "country": {"type": "category", "from": "geo.country"},
        "page_values": {
            "type": "number",
            "from": "session.page_values",
            "default": 0,
            "range": [0, 10000],
            "max_age": "30m",
        },
        "loyalty": {"type": "category", "from": "profile.loyalty", "values": ["none", "silver", "gold"], "tier": 2},
        "last_order": {"type": "timestamp", "from": "profile.last_order"},
        "likes": {"type": "tags", "from": "profile.likes", "values": ["shoes", "bags"]},
        "app": {"type": "version", "from": "device.app"},
        "page": {"type": "text", "from": "session.page"},
        "is_new": {"type": "bool", "from": "session.is_new"},
        "days_away": {"type": "number", "derive": {"round": {"days_since": "last_order"}}, "range": [0, 3650]},
        "worth": {
            "type": "number",
            "derive": {"divide": [{"feature": "page_values"}, {"max": [{"feature": "days_away"}, 1]}]},
        },
        "is_close": {
            "type": "bool",
            "derive": {"any": [{"feature": "worth", "more": 3}, {"feature": "is_new", "is": True}]},
        },
        "band": {
            "type": "category",
            "values": ["low", "high"],
            "derive": {"band": {"feature": "worth"}, "limits": [5]},
        },
    },
    "cohorts": {
        "dach": {"feature": "country", "in": ["DE", "AT", "CH"], "description": "German-speaking countries"},
        "buyer": {
            "all": [
                {"model": "intent", "at_least": 0.62},
                {"not": {"cohort": "dach"}},
                {"any": [{"feature": "page_values", "between": [1, 100]}, {"feature": "likes", "has_any": ["bags"]}]},
                {"feature": "app", "at_least": "1.4.0", "if_missing": True},
                {"feature": "page", "starts_with": "/sale"},
                {"feature": "is_close", "is": True},
                {"feature": "band", "in": ["low"]},
                {"feature": "last_order", "newer_than": "30d"},
                {"feature": "loyalty", "is_missing": False},
                {"share": 0.25, "of": "visitor_id"},
                {"schedule": {"zone": "Europe/Berlin", "days": ["sat", "mon"], "from": "22:00", "to": "02:00"}},
            ]
        },
    },
    "models": {"intent": {"format": "lightgbm", "file": "models/intent.txt", "inputs": {"PageValues": "page_values"}}},
    "layers": {"home": {"unit": "visitor_id", "holdout": 0.05}},
    "experiments": {
        "hero_test": {
            "unit": "visitor_id",
            "layer": "home",
            "share": [0, 0.5],
            "cohort": "dach",
            "variations": {"control": 50, "bold": 50},
            "starts": "2026-11-20T00:00:00+01:00",
        }
    },
    "payloads": {
        "hero_a": {"value": {"title": "Hello"}},
        "hero_b": {"value": {"title": "HELLO"}},
        "offer-2": {
            "value": {"title": "two"},
            "group": "offers",
            "attributes": {"margin": 0.3},
            "if": {"cohort": "dach"},
        },
        "offer-1": {"value": {"title": "one"}, "group": "offers", "attributes": {"margin": 0.2}},
    },
    "decisions": {
        "home_hero": {
            "rules": [
                {"if": {"cohort": "buyer"}, "show": "hero_b"},
                {
                    "if": {"feature": "is_new", "is": True},
                    "experiment": "hero_test",
                    "show": {"control": "hero_a", "bold": "hero_b"},
                },
                {"rank": "offers", "by": {"multiply": [{"item": "margin"}, {"feature": "page_values"}, 2]}, "top": 1},
            ],
            "otherwise": "hero_a",
            "schema": {"type": "object", "required": ["title"]},
            "needs": {"latency": "20ms", "offline": True},
        }
    },
    "policies": {"identity": {"units": ["visitor_id"], "set_cookie": True}},
    "environments": {"lab": {"ring": "lab", "platforms": ["cloudflare"]}},
}
"""A registry without problems that uses every kind of object and of condition."""

MODEL = "tree\n"


def write(root: Path, files: Files) -> Path:
    """Write the files into `root` and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(content))
    return root


def shop(root: Path, **changes: Any) -> Path:
    """Write the shop, with whole kinds replaced, and its model file."""
    return write(root, {"shop.json": {**SHOP, **changes}, "models/intent.txt": MODEL})


def check(root: Path) -> tuple[Registry | None, tuple[Diagnostic, ...]]:
    """Inspect a registry with the operators of the engine."""
    return inspect(root, SIGNATURES)


def _bytes(content: Any) -> bytes:
    match content:
        case str():
            return content.encode()
        case {"hex": digits}:
            return bytes.fromhex(digits)
        case list():
            return "\n".join(content).encode()
        case _:
            return json.dumps(content, ensure_ascii=False, indent=2).encode()
