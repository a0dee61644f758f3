"""The units that move when an experiment changes: by hand, and against the reference evaluator on many units."""

import json
from fractions import Fraction
from math import sqrt
from random import Random
from typing import Any

import pytest

from decision_engine.models import load_models
from decision_engine.moves import experiment_moves, share_moves
from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from feature_registry import Registry
from feature_registry.compatibility import compare
from tests.conformance.cases import Json
from tests.conformance.programs import load_registry
from tests.properties.pools import NOW

UNITS = 4000
NAMED = {"bucketing": "growthbook-2", "seed": "hero"}
HALVES = {"control": 50, "bold": 50}


def registry_of(experiment: Json | None, *, holdout: float = 0, salt: str = "home", share: float = 0.1) -> Registry:
    experiments = {} if experiment is None else {"hero_test": {"unit": "visitor_id", **experiment}}
    rules: list[Json] = [
        {"experiment": name, "show": dict.fromkeys(one["variations"], "in")} for name, one in experiments.items()
    ]
    document = {
        "layers": {"home": {"unit": "visitor_id", "holdout": holdout, "salt": salt}},
        "cohorts": {"few": {"share": share, "of": "visitor_id"}},
        "experiments": experiments,
        "decisions": {
            "hero": {"rules": rules, "otherwise": "out"},
            "few": {"rules": [{"if": {"cohort": "few"}, "show": "in"}], "otherwise": "out"},
        },
        "payloads": {"in": {"value": 1}, "out": {"value": 0}},
    }
    return load_registry(document)[0]


def moves(old: Registry, new: Registry) -> dict[tuple[str | None, str | None], float]:
    """(from, to) -> the share of those that were in the experiment, or of all units for those that enter."""
    return {
        (one.origin, one.target): round(float(one.of_enrolled), 6)
        for found in experiment_moves(old, new)
        for one in found.moves
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"variations": HALVES}, {"variations": {"control": 1, "bold": 1}}, {}),
        ({"variations": HALVES}, {"variations": {"control": 30, "bold": 70}}, {("control", "bold"): 0.2}),
        (
            {"variations": HALVES},
            {"variations": {"bold": 50, "control": 50}},
            {("control", "bold"): 0.5, ("bold", "control"): 0.5},
        ),
        (
            {"variations": HALVES, "traffic": 0.8},
            {"variations": HALVES, "traffic": 0.5},
            {("control", None): 0.1875, ("bold", None): 0.1875},
        ),
        (
            {"variations": HALVES, "traffic": 0.5},
            {"variations": HALVES, "traffic": 0.8},
            {(None, "control"): 0.15, (None, "bold"): 0.15},
        ),
        (
            {"variations": HALVES},
            {"variations": HALVES, "salt": "again"},
            {("control", "bold"): 0.25, ("bold", "control"): 0.25},
        ),
        (
            {"variations": HALVES, "layer": "home", "share": [0, 0.5]},
            {"variations": HALVES, "layer": "home", "share": [0.25, 0.75]},
            {
                ("control", None): 0.25,
                ("bold", None): 0.25,
                (None, "control"): 0.125,
                (None, "bold"): 0.125,
            },
        ),
        (
            {"variations": HALVES},
            {"variations": {"control": 50, "bold": 25, "wild": 25}},
            {("bold", "wild"): 0.25},
        ),
        ({"variations": HALVES}, {"variations": {"control": 50, "bold": 50}, "starts": "2026-01-01T00:00:00Z"}, {}),
        (
            {"variations": HALVES, **NAMED, "ranges": {"control": [0, 0.4], "bold": [0.5, 0.9]}},
            {"variations": HALVES, **NAMED, "ranges": {"control": [0, 0.5], "bold": [0.4, 1]}},
            {(None, "control"): 0.1, (None, "bold"): 0.1},
        ),
        (
            {"variations": HALVES, **NAMED, "ranges": {"control": [0, 0.5], "bold": [0.5, 1]}},
            {"variations": HALVES, **NAMED, "ranges": {"control": [0, 0.3], "bold": [0.3, 1]}},
            {("control", "bold"): 0.2},
        ),
        (None, {"variations": HALVES}, {(None, "control"): 0.5, (None, "bold"): 0.5}),
        ({"variations": HALVES}, None, {("control", None): 0.5, ("bold", None): 0.5}),
    ],
)
def test_moves_by_hand(old: Json, new: Json, expected: dict[tuple[str | None, str | None], float]) -> None:
    assert moves(registry_of(old), registry_of(new)) == expected


def test_a_holdout_takes_its_part() -> None:
    member = {"variations": HALVES, "layer": "home"}
    found = moves(registry_of(member), registry_of(member, holdout=0.1))
    assert found == {("control", None): 0.05, ("bold", None): 0.05}


def test_moves_add_up_exactly() -> None:
    old = registry_of(
        {"variations": {"a": 1, "b": 2}, "traffic": 0.9, "layer": "home", "share": [0, 0.7]}, holdout=0.05
    )
    new = registry_of({"variations": {"b": 3, "c": 1}, "traffic": 0.4, "layer": "home", "share": [0.1, 1]})
    (found,) = experiment_moves(old, new)
    out = sum((one.share for one in found.moves if one.target is None), Fraction(0))
    into = sum((one.share for one in found.moves if one.origin is None), Fraction(0))
    assert found.before - out == found.after - into
    assert found.before * 2**128 == int(found.before * 2**128), "products of whole buckets"


def test_shares_of_cohorts_move() -> None:
    old, new = registry_of(None, share=0.1), registry_of(None, share=0.25)
    for before, after, enter, leave in ((old, new, 0.15, 0), (new, old, 0, 0.15)):
        changes = compare(before, after, SIGNATURES, NOW).changes
        (found,) = share_moves(before, after, changes)
        assert (found.key, found.unit) == (("cohorts", "few"), "visitor_id")
        assert (round(float(found.enter), 6), round(float(found.leave), 6)) == (enter, leave)


def random_experiment(random: Random) -> Json:
    names = random.sample(["a", "b", "c", "d"], random.randint(2, 4))
    found: Json = {"variations": {name: random.choice([1, 2, 5, 0.5]) for name in names}}
    if random.random() < 0.7:
        found["traffic"] = random.choice([0.9, 0.5, 0.33])
    if random.random() < 0.7:
        low = random.choice([0, 0.1, 0.4])
        found |= {"layer": "home", "share": [low, low + random.choice([0.2, 0.6])]}
    if random.random() < 0.3:
        found["salt"] = random.choice(["one", "two"])
    return found


def variations(registry: Registry) -> list[Any]:
    reference = Reference(registry, load_models(registry))
    requests = [{"units": {"visitor_id": f"visitor-{number}"}, "decisions": ["hero"]} for number in range(UNITS)]
    return [json.loads(reference.decide(request, NOW))["decisions"]["hero"]["variation"] for request in requests]


@pytest.mark.parametrize("seed", range(6))
def test_units_move_as_told(seed: int) -> None:
    random = Random(seed)
    old = registry_of(random_experiment(random), holdout=random.choice([0, 0.2]))
    new = registry_of(random_experiment(random), holdout=random.choice([0, 0.2]), salt=random.choice(["home", "other"]))
    pairs = list(zip(variations(old), variations(new), strict=True))
    told = {(one.origin, one.target): float(one.share) for found in experiment_moves(old, new) for one in found.moves}
    assert {pair for pair in pairs if pair[0] != pair[1]} <= set(told)
    for pair, share in told.items():
        seen = sum(one == pair for one in pairs) / UNITS
        assert abs(seen - share) < 5 * sqrt(share * (1 - share) / UNITS) + 1e-9, pair
