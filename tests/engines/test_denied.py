"""Non-interference: what consent denies changes no outcome, whatever it is, derived features included."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from feature_registry import Registry, load
from infra.engines import ENGINES, Request, open_engine

NOW = 1763712000000
NEEDS_NODE = [pytest.param(one, marks=pytest.mark.node) if one == "javascript" else one for one in ENGINES]
SECRET = {"purposes": ["personalisation"], "data_class": "pseudonymous"}
DENIED_FEATURES = ("spend", "gold", "seen", "ratio", "lively", "level")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    number, at_least = {"type": "number"}, {"feature": "ratio", "at_least": 1}
    features: dict[str, Any] = {
        "pages": {**number, "from": "session.pages", "default": 1},
        "spend": {**number, "from": "profile.spend", "default": 3, **SECRET},
        "gold": {"type": "bool", "from": "profile.gold", **SECRET},
        "seen": {"type": "timestamp", "from": "profile.seen", **SECRET},
        "ratio": {**number, "derive": {"divide": [{"feature": "spend"}, {"feature": "pages"}]}, "default": 2, **SECRET},
        "lively": {
            **{"type": "bool", "default": True, **SECRET},
            "derive": {"any": [{"feature": "gold", "is": True}, {"feature": "pages", "more": 3}]},
        },
        "level": {
            **{"type": "category", "values": ["new", "old"], "default": "old", **SECRET},
            "derive": {"band": {"days_since": "seen"}, "limits": [30]},
        },
    }
    known = {
        "spend": {"feature": "spend", "at_least": 1},
        "gold": {"feature": "gold", "is_missing": False},
        "ratio": {"any": [at_least, {"not": at_least}]},
        "lively": {"feature": "lively", "is_missing": False},
        "level": {"feature": "level", "in": ["new", "old"]},
        "all": {"any": [{"feature": name, "is_missing": False} for name in DENIED_FEATURES]},
    }
    decisions = {
        name: {"rules": [{"if": test, "show": "known"}], "otherwise": "unknown"} for name, test in known.items()
    }
    rank = {"rank": "offers", "by": {"multiply": [{"item": "margin"}, {"feature": "ratio"}]}, "top": 1}
    decisions["rank"] = {"rules": [rank], "otherwise": "unknown"}
    payloads: dict[str, Any] = {"known": {"value": 1}, "unknown": {"value": 0}}
    payloads |= {
        f"offer-{margin}": {"value": 2, "group": "offers", "attributes": {"margin": margin}} for margin in (1, 2)
    }
    path = tmp_path_factory.mktemp("denied") / "registry.json"
    path.write_text(json.dumps({"features": features, "decisions": decisions, "payloads": payloads}), encoding="utf-8")
    return load(path, SIGNATURES)


def requests(count: int) -> list[tuple[Request, int]]:
    """The same request with anything in the place of what is denied."""
    chance = random.Random(3)
    batch: list[tuple[Request, int]] = []
    for _ in range(count):
        profile = {
            "spend": chance.choice([0, -4, 7.5, 1e300, "x", None, 9007199254740991]),
            "gold": chance.choice([True, False, None, "true"]),
            "seen": chance.choice([NOW, NOW - 10**10, 0, "2025-01-01T00:00:00Z", "never"]),
        }
        given = {name: chance.choice([True, 5, "new", None]) for name in chance.sample(DENIED_FEATURES, 2)}
        request: Request = {"session": {"pages": 2}, "consent": {"denied": ["personalisation"]}}
        request |= {"profile": profile} if chance.random() < 0.9 else {}
        request |= {"features": given} if chance.random() < 0.5 else {}
        request |= {"timestamps": {"profile": chance.choice([0, NOW])}} if chance.random() < 0.5 else {}
        batch.append((request, NOW))
    return batch


@pytest.mark.parametrize("name", NEEDS_NODE)
def test_denied_features_change_no_outcome(registry: Registry, name: str) -> None:
    with open_engine(name, registry, {}) as engine:
        answers = set(engine.answers(requests(500)))
        granted = engine.answers([({**request, "consent": {}}, at) for request, at in requests(500)])
    [answer] = answers
    outcomes = {decision: decided["outcome"] for decision, decided in json.loads(answer)["decisions"].items()}
    assert outcomes.pop("rank") == "offer-1"  # without a score the order of the registry stands
    assert set(outcomes.values()) == {"unknown"}
    assert len(set(granted)) >= 4
