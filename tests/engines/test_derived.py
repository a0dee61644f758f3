"""Derived features on 10,000 rows: every engine has the reference's values, to the last bit."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from feature_registry import Registry, load
from infra.engines import Request, open_engine

NOW = 1763712000000
ROWS = 10_000
SOURCES = ("a", "b", "c")
EDGES = (0, -0.0, 0.1, 0.5, 1, 1.5, 2.5, -2.5, 3, 5e-324, 1e-300, 1e-9, 2**52 - 0.5, 2**52, 2**53 - 1, -(2**53 - 1))
DERIVED = 12
WANTED = "wanted_{}"

Json = Any  # documents of the registry, as JSON has them


def expression(chance: random.Random, depth: int) -> Json:
    if depth == 0 or chance.random() < 0.15:
        leaves: list[Json] = [{"feature": chance.choice((*SOURCES, "flag"))}, {"days_since": "at"}]
        return chance.choice([*leaves, *leaves, chance.choice(EDGES)])
    kind = chance.choice(
        ("add", "subtract", "multiply", "divide", "divide", "min", "max", "abs", "floor", "ceil", "round")
    )
    if kind in ("abs", "floor", "ceil", "round"):
        return {kind: expression(chance, depth - 1)}
    count = 2 if kind in ("subtract", "divide") else chance.choice((1, 2, 3))
    return {kind: [expression(chance, depth - 1) for _ in range(count)]}


def registry_of(chance: random.Random) -> dict[str, Json]:
    """Derived numbers, each beside a feature that is given what it should be: their difference shows the last bit."""
    number = {"type": "number"}
    features: dict[str, Json] = {name: {**number, "from": f"session.{name}"} for name in SOURCES}
    features |= {"flag": {"type": "bool", "from": "profile.flag"}, "at": {"type": "timestamp", "from": "profile.at"}}
    decisions = {}
    for place in range(DERIVED):
        features[f"v{place}"] = {**number, "derive": expression(chance, 4)}
        if place % 3 == 0:
            features[f"v{place}"] |= {"range": [-1000, 1000], "default": 7}
        features[WANTED.format(place)] = {**number, "from": f"session.{WANTED.format(place)}"}
        pair = [{"feature": f"v{place}"}, {"feature": WANTED.format(place)}]
        features[f"off{place}"] = {**number, "derive": {"abs": {"subtract": pair}}}
        rules = [
            {"if": {"feature": f"v{place}", "is_missing": True}, "show": "missing"},
            {"if": {"feature": f"off{place}", "is": 0}, "show": "same"},
        ]
        decisions[f"d{place}"] = {"rules": rules, "otherwise": "other"}
    band = {"band": {"feature": "v1"}, "limits": [-1, 0, 0.5, 100]}
    features["band"] = {"type": "category", "values": ["p", "q", "r", "s", "t"], "derive": band}
    features["rich"] = {
        "type": "bool",
        "derive": {"any": [{"feature": "v2", "more": 1}, {"feature": "flag", "is": True}]},
    }
    for name, values in (("band", ["p", "q", "r", "s", "t"]), ("rich", [True, False])):
        rules = [{"if": {"feature": name, "is": value}, "show": f"is-{str(value).lower()}"} for value in values]
        decisions[name] = {"rules": rules, "otherwise": "missing"}
    shown = {rule["show"] for decision in decisions.values() for rule in decision["rules"]} | {"other", "missing"}
    payloads = {name: {"value": name} for name in sorted(shown)}
    return {"features": features, "decisions": decisions, "payloads": payloads}


def request_of(chance: random.Random) -> Request:
    session: dict[str, Json] = {}
    for name in SOURCES:
        if chance.random() < 0.93:
            draw = chance.random()
            session[name] = (
                chance.choice(EDGES) if draw < 0.4 else chance.uniform(-50, 50) if draw < 0.8 else chance.randint(-9, 9)
            )
    profile: dict[str, Json] = {"flag": chance.random() < 0.5}
    if chance.random() < 0.9:
        profile["at"] = NOW - chance.choice((0, 1, 86_400_000, chance.randrange(10**11)))
    return {"session": session, "profile": profile}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    path = tmp_path_factory.mktemp("derived") / "registry.json"
    path.write_text(json.dumps(registry_of(random.Random(20261121))), encoding="utf-8")
    return load(path, SIGNATURES)


@pytest.fixture(scope="module")
def batch(registry: Registry) -> list[tuple[Request, int]]:
    """Rows, completed by the reference's value of every derived number."""
    chance = random.Random(20261122)
    reference = Reference(registry, {})
    rows = []
    for _ in range(ROWS):
        request = request_of(chance)
        at = NOW + chance.randrange(10**9)
        served = reference.evaluate(request, at, []).features
        session = request["session"]
        assert isinstance(session, dict)
        for place in range(DERIVED):
            value = served[f"v{place}"].value
            if value is not None:
                session[WANTED.format(place)] = value
        rows.append((request, at))
    return rows


@pytest.fixture(scope="module")
def expected(registry: Registry, batch: list[tuple[Request, int]]) -> list[str]:
    with open_engine("reference", registry, {}) as reference:
        return reference.answers(batch)


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("python", True),
        ("wasm", True),
        ("wasm", False),
        pytest.param("javascript", True, marks=pytest.mark.node),
        pytest.param("javascript", False, marks=pytest.mark.node),
    ],
)
def test_every_engine_has_the_values_of_the_reference(
    registry: Registry, batch: list[tuple[Request, int]], expected: list[str], name: str, passes: bool
) -> None:
    with open_engine(name, registry, {}, passes=passes) as engine:
        assert engine.answers(batch) == expected


def test_the_rows_show_values_and_their_absence(expected: list[str]) -> None:
    outcomes: Counter[str] = Counter()
    for text in expected:
        outcomes.update(decided["outcome"] for decided in json.loads(text)["decisions"].values())
    assert "other" not in outcomes, outcomes
    assert min(outcomes["same"], outcomes["missing"]) > ROWS, outcomes
    assert {f"is-{name}" for name in ("p", "q", "r", "s", "t", "true", "false")} <= set(outcomes)


def test_a_value_that_is_off_by_one_bit_would_show(registry: Registry, batch: list[tuple[Request, int]]) -> None:
    request, at = next((one, at) for one, at in batch if "wanted_1" in json.dumps(one))
    spoilt = json.loads(json.dumps(request))
    spoilt["session"]["wanted_1"] += 1e-9 + abs(spoilt["session"]["wanted_1"]) * 2**-50
    with open_engine("wasm", registry, {}) as engine:
        texts = engine.answers([(request, at), (spoilt, at)])
    assert [json.loads(text)["decisions"]["d1"]["outcome"] for text in texts] == ["same", "other"]
