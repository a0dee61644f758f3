"""Named bucketings in every engine: experiments, shares, negation, missing units, and shares that grow with time."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from decision_engine.hosts.python.named_hash import place
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from feature_registry import RegistryError, load
from feature_registry.bucketings import NAMED_BUCKETINGS, named_seed
from infra.engines import ENGINES, open_engine

START = 1_763_712_000_000
DAY = 86_400_000


def registry(random: Random) -> dict[str, Any]:
    """Decisions for each bucketing: an experiment, a share, its opposite, and both settled for missing units."""
    document: dict[str, Any] = {
        "payloads": {"yes": {"value": True}, "no": {"value": False}, "a": {"value": "a"}, "b": {"value": "b"}},
        "experiments": {},
        "decisions": {},
    }
    for number, name in enumerate(NAMED_BUCKETINGS):
        whole = 100 if name == "flagd-legacy" else 1
        low, middle, high = sorted(round(random.random() * whole, 3) for _ in range(3))
        seed = random.choice(["s", "", "é-seed"])
        share = {"share": [low, high], "of": "visitor_id", "bucketing": name, "seed": seed}
        forms = {
            "in": share,
            "out": {"not": share},
            "in_or_missing": {**share, "if_missing": True},
            "out_or_missing": {"not": {**share, "if_missing": False}},
        }
        for form, condition in forms.items():
            rules = [{"if": condition, "show": "yes"}]
            document["decisions"][f"{form}_{number}"] = {"rules": rules, "otherwise": "no"}
        document["experiments"][f"x_{number}"] = {
            "unit": "visitor_id",
            "bucketing": name,
            "seed": seed,
            "variations": {"first": 1, "second": 1},
            "ranges": {"first": [low, middle], "second": [middle, high]},
        }
        rules = [{"experiment": f"x_{number}", "show": {"first": "a", "second": "b"}}]
        document["decisions"][f"split_{number}"] = {"rules": rules, "otherwise": "no"}
    ramp = ["2025-11-21T08:00:00Z", "2025-11-22T08:00:00Z"]
    grown = {"share": [0, 1], "of": "visitor_id", "bucketing": "flagd", "seed": "r", "ramp": ramp}
    document["decisions"]["ramp"] = {"rules": [{"if": grown, "show": "yes"}], "otherwise": "no"}
    document["decisions"]["no_ramp"] = {"rules": [{"if": {"not": grown}, "show": "yes"}], "otherwise": "no"}
    return document


@pytest.mark.node
def test_every_engine_decides_alike_and_by_the_formula(tmp_path: Path) -> None:
    random = Random(7)
    document = registry(random)
    (tmp_path / "registry.json").write_text(json.dumps(document), encoding="utf-8")
    loaded = load(tmp_path / "registry.json", SIGNATURES)
    models = load_models(loaded)
    ids = [None, "", "\U0001f600é", *(f"user-{random.randrange(10**6)}" for _ in range(60))]
    batch = [
        ({"units": {} if one is None else {"visitor_id": one}}, START + random.randrange(-DAY, 2 * DAY)) for one in ids
    ]
    found: dict[tuple[str, bool], list[str]] = {}
    for name in ENGINES:
        for passes in (True, False):
            with open_engine(name, loaded, models, passes=passes) as engine:
                found[name, passes] = engine.answers(batch)
    first = found["reference", True]
    assert all(texts == first for texts in found.values())
    for one, (_, at), text in zip(ids, batch, first, strict=True):
        shown = {name: outcome["outcome"] for name, outcome in json.loads(text)["decisions"].items()}
        assert shown == {name: _expected(document, name, one or None, at) for name in shown}


def _expected(document: dict[str, Any], decision: str, unit: str | None, at: int) -> str:
    if decision in ("ramp", "no_ramp"):
        if unit is None:
            return "no"
        is_in = place("flagd", "r" + unit) * DAY < at - START
        return "yes" if is_in is (decision == "ramp") else "no"
    form, _, number = decision.rpartition("_")
    experiment = document["experiments"][f"x_{number}"]
    if unit is None:
        return "yes" if form.endswith("missing") else "no"
    seed = named_seed(experiment["bucketing"], experiment["seed"])
    at_place = place(seed.bucketing, seed.before + unit + seed.after)
    (low, middle), (_, high) = experiment["ranges"].values()
    if form == "split":
        return "a" if low <= at_place < middle else "b" if middle <= at_place < high else "no"
    return "yes" if (low <= at_place < high) is form.startswith("in") else "no"


SHARE = {"share": [0, 0.5], "of": "visitor_id", "bucketing": "flagd", "seed": "s"}
EXPERIMENT = {
    "unit": "visitor_id",
    "bucketing": "growthbook-2",
    "seed": "s",
    "variations": {"a": 1, "b": 1},
    "ranges": {"a": [0, 0.5], "b": [0.5, 1]},
}


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in EXPERIMENT.items() if name != key}


BROKEN = [
    ({"cohorts": {"c": {**SHARE, "bucketing": "md5"}}}, "unknown-value"),
    ({"cohorts": {"c": {**SHARE, "share": 0.5}}}, "wrong-type"),
    ({"cohorts": {"c": {**SHARE, "share": [0.5, 0.2]}}}, "empty-range"),
    ({"cohorts": {"c": {**SHARE, "share": [0, 200]}}}, "out-of-range"),
    ({"cohorts": {"c": {"share": [0, 0.5], "of": "visitor_id"}}}, "missing-key"),
    ({"cohorts": {"c": {**SHARE, "salt": "x"}}}, "unknown-key"),
    ({"cohorts": {"c": {**SHARE, "bucketing": "growthbook-1", "seed_after": "x"}}}, "unknown-key"),
    ({"cohorts": {"c": {**SHARE, "ramp": ["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"]}}}, "bad-window"),
    ({"cohorts": {"c": {**SHARE, "ramp": ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]}}}, "bad-bucketing"),
    ({"experiments": {"x": without("seed")}}, "bad-bucketing"),
    ({"experiments": {"x": without("ranges")}}, "bad-bucketing"),
    ({"experiments": {"x": without("bucketing")}}, "bad-bucketing"),
    ({"experiments": {"x": {**EXPERIMENT, "traffic": 0.5}}}, "bad-bucketing"),
    ({"experiments": {"x": {**EXPERIMENT, "salt": "x"}}}, "bad-bucketing"),
    ({"experiments": {"x": {**EXPERIMENT, "seed_after": "x"}}}, "bad-bucketing"),
    ({"experiments": {"x": {**EXPERIMENT, "ranges": {"a": [0, 1]}}}}, "bad-bucketing"),
    ({"experiments": {"x": {**EXPERIMENT, "ranges": {"a": [1, 1], "b": [0, 0]}}}}, "bad-bucketing"),
    ({"experiments": {"x": {**EXPERIMENT, "bucketing": "md5"}}}, "unknown-value"),
    ({"features": {"f": {"type": "text", "from": "session.f", "reading": "size"}}}, "not-for-type"),
    ({"features": {"f": {"type": "text", "from": "session.f", "reading": "loose"}}}, "unknown-value"),
    ({"features": {"f": {"type": "text", "from": "session.f", "reading": "text", "default": "x"}}}, "not-for-type"),
]


@pytest.mark.parametrize(
    ("document", "code"), BROKEN, ids=[f"{number}-{code}" for number, (_, code) in enumerate(BROKEN)]
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, document: Any, code: str) -> None:
    (tmp_path / "registry.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load(tmp_path / "registry.json", SIGNATURES)
    assert code in {one.code for one in caught.value.diagnostics}
