"""Values expire when they are read: no engine has anything that sweeps, and what is stored stays as it is."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from feature_registry import Registry, load
from infra.engines import ENGINES, Request, open_engine

WRITTEN = 1763712000000
DAY = 86_400_000
NEEDS_NODE = [pytest.param(one, marks=pytest.mark.node) if one == "javascript" else one for one in ENGINES]
PROFILE: Request = {
    "profile": {"loyalty": "gold", "spend": 70},
    "timestamps": {"profile": WRITTEN, "profile.spend": WRITTEN - 1000},
}
"""A profile as it was stored once; nobody touches it again."""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    features: dict[str, Any] = {
        "loyalty": {"type": "category", "values": ["none", "gold"], "from": "profile.loyalty", "max_age": "24h"},
        "spend": {"type": "number", "from": "profile.spend", "max_age": "7d", "default": 0},
        "half": {"type": "number", "derive": {"divide": [{"feature": "spend"}, 2]}},
        "is_gold": {"type": "bool", "derive": {"feature": "loyalty", "is": "gold"}},
    }
    known = {"loyalty": {"is": "gold"}, "spend": {"is": 70}, "half": {"is": 35}, "is_gold": {"is": True}}
    decisions = {
        name: {"rules": [{"if": {"feature": name, **test}, "show": "known"}], "otherwise": "gone"}
        for name, test in known.items()
    }
    document = {"features": features, "decisions": decisions, "payloads": {"known": {"value": 1}, "gone": {"value": 0}}}
    path = tmp_path_factory.mktemp("expiry") / "registry.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return load(path, SIGNATURES)


@pytest.mark.parametrize("name", NEEDS_NODE)
def test_a_value_is_gone_a_millisecond_after_its_max_age(registry: Registry, name: str) -> None:
    stored = copy.deepcopy(PROFILE)
    with open_engine(name, registry, {}) as engine:
        assert _known(engine.answers([(stored, WRITTEN)])) == {"loyalty", "is_gold", "spend", "half"}
        assert _known(engine.answers([(stored, WRITTEN + DAY)])) == {"loyalty", "is_gold", "spend", "half"}
        assert _known(engine.answers([(stored, WRITTEN + DAY + 1)])) == {"spend", "half"}
        assert _known(engine.answers([(stored, WRITTEN - 1000 + 7 * DAY)])) == {"spend", "half"}
        assert _known(engine.answers([(stored, WRITTEN - 1000 + 7 * DAY + 1)])) == set()
        assert _known(engine.answers([(stored, WRITTEN)])) == {"loyalty", "is_gold", "spend", "half"}
    assert stored == PROFILE


@pytest.mark.parametrize("name", NEEDS_NODE)
def test_a_time_to_come_is_the_age_of_nothing_and_expires_as_it_says(registry: Registry, name: str) -> None:
    """A clock that runs ahead costs nobody a value, and lengthens its life by no more than it runs ahead."""
    with open_engine(name, registry, {}) as engine:
        assert "loyalty" in _known(engine.answers([(PROFILE, WRITTEN - 300_000)]))
        assert "loyalty" not in _known(engine.answers([(PROFILE, WRITTEN + DAY + 1)]))


def test_statuses_and_ages_of_what_expires(registry: Registry) -> None:
    reference = Reference(registry, {})

    def served(at: int) -> dict[str, tuple[object, str, int | None]]:
        features = reference.evaluate(PROFILE, at).features
        return {name: (one.value, str(one.status), one.age) for name, one in features.items()}

    fresh, day, week = served(WRITTEN), served(WRITTEN + DAY + 1), served(WRITTEN + 7 * DAY)
    assert fresh["half"] == (35.0, "present", 1000)
    assert fresh["is_gold"] == (True, "present", 0)
    assert day["loyalty"] == (None, "stale", DAY + 1)
    assert day["is_gold"] == (None, "stale", DAY + 1)
    assert day["half"] == (35.0, "present", DAY + 1001)
    assert week["spend"] == (0.0, "stale", 7 * DAY + 1000)
    assert week["half"] == (0.0, "stale", 7 * DAY + 1000)
    assert served(WRITTEN - 5000)["spend"] == (70.0, "present", 0)


def _known(answers: list[str]) -> set[str]:
    [text] = answers
    decisions = json.loads(text)["decisions"]
    return {name for name, decided in decisions.items() if decided["outcome"] == "known"}
