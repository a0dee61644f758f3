"""A registry whose decisions show what is seen of a visitor, and random requests for it."""

import json
from pathlib import Path
from random import Random
from typing import Any

from decision_engine.ir import Program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import load
from tests.hosts.visitor.shared import load as load_cases

NOW = 1_795_280_400_000
DAY = 86_400_000
TYPES = ["desktop", "mobile", "tablet", "tv", "bot", "other"]
PARTS = ["night", "morning", "afternoon", "evening"]
FEATURES: dict[str, Any] = {
    "device": {"type": "category", "from": "device.type", "values": TYPES},
    "language": {"type": "category", "from": "language.best", "values": ["en", "de", "fr"], "default": "en"},
    "variety": {"type": "category", "from": "language.best", "values": ["de-AT", "en-GB", "fr"]},
    "liked": {"type": "text", "from": "language.best"},
    "hour": {"type": "number", "from": "local.hour", "purposes": ["personalisation"]},
    "minute": {"type": "number", "from": "local.minute", "range": [0, 1200]},
    "weekday": {"type": "number", "from": "local.weekday", "default": 9, "max_age": "1h"},
    "part": {"type": "category", "from": "local.part_of_day", "values": PARTS},
}
ZONE = {"zone": {"type": "category", "from": "geo.timezone"}}


def program_of(folder: Path, extra: dict[str, Any] | None = None) -> Program:
    """The program; `extra` are features besides."""
    told: dict[str, list[Any]] = {
        "device": [{"feature": "device", "is": kind} for kind in TYPES],
        "language": [{"feature": "language", "is": one} for one in ("en", "de", "fr")],
        "variety": [{"feature": "variety", "is": one} for one in ("de-AT", "en-GB", "fr")],
        "liked": [{"feature": "liked", "is": one} for one in ("de", "de-AT", "zh-Hant", "ja")],
        "hour": [{"feature": "hour", "between": [hour, hour]} for hour in range(24)],
        "minute": [{"feature": "minute", "at_most": 25 * step} for step in range(48)],
        "weekday": [{"feature": "weekday", "between": [day, day]} for day in range(10)],
        "part": [{"feature": "part", "is": part} for part in PARTS],
    }
    if extra:
        told["zone"] = [{"feature": "zone", "is": one} for one in ("Europe/Vienna", "UTC")]
    document = {
        "features": FEATURES | (extra or {}),
        "payloads": {f"p{number}": {"value": number} for number in range(49)},
        "decisions": {
            name: {
                "rules": [{"if": test, "show": f"p{place + 1}"} for place, test in enumerate(tests)],
                "otherwise": "p0",
            }
            for name, tests in told.items()
        },
    }
    path = folder / "registry.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return compile_program(load(path, SIGNATURES))


_AGENTS = [agent for _, agent in load_cases("agents.json")]
_HINTS = [case["headers"] for case in load_cases("device.json")]
_LANGUAGES = [case["header"] for case in load_cases("language.json")]
_ZONES = [
    "Europe/Vienna", "America/New_York", "Asia/Kathmandu", "UTC", "Europe/Atlantis", "Pacific/Kiritimati", "", None, 5,
    {},
]  # fmt: skip
_GIVEN: dict[str, list[Any]] = {
    "device": [{"type": "tv"}, {"type": None}, {"type": "fridge"}, {"mobile": True}, [], None, "mobile"],
    "language": [{"best": "fr"}, {"best": "de-AT"}, {"best": None}, {"best": ["de"]}, {}, "de", None],
    "local": [{"hour": 3}, {"hour": None, "weekday": 2}, {"minute": 30.5}, {"part_of_day": "night"}, [], None],
    "geo": [{"timezone": zone} for zone in _ZONES] + [{"country": "AT"}, None, [], "Europe/Vienna"],
    "features": [{"hour": 5}, {"device": "bot", "language": None}, {"variety": "fr"}],
    "timestamps": [{"local": NOW - 2 * DAY}, {"local": NOW}, {"local.weekday": 0}, {"language": 5}],
    "consent": [{"denied": ["personalisation"]}, {"denied": ["storage"]}],
    "other": [1, {"timezone": "UTC"}],
}


def random_request(source: Random, number: int) -> dict[str, Any]:
    """A request as the runner takes it, with its object as `given`."""
    headers = dict(source.choice(_HINTS)) if source.random() < 0.5 else {}
    if source.random() < 0.7:
        headers["user-agent"] = source.choice(_AGENTS)
    if source.random() < 0.8:
        headers["accept-language"] = source.choice(_LANGUAGES)
    names = [name for name in _GIVEN if source.random() < 0.2] if source.random() < 0.7 else []
    return {
        "method": "GET",
        "headers": headers,
        "geo": source.choice([None, {"timezone": source.choice(_ZONES)}, {"timezone": source.choice(_ZONES)}, {}]),
        "device": source.choice([None, None, None, {"type": "mobile"}, {"type": None}, {"mobile": True}]),
        "cdn": source.choice([None, None, "cloudfront", "akamai", "cloudflare"]),
        "given": {name: source.choice(_GIVEN[name]) for name in names},
        "at": NOW + number * 5_000_011,
        "new_id": f"id-{number}",
    }
