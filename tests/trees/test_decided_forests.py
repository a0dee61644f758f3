"""Decisions by models of scikit-learn and ONNX are those of the trainer's own predictions, to the last bit."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from decision_engine.models import Model, Output, load_models, margin_threshold, output_value
from decision_engine.operators import SIGNATURES
from decision_engine.trees import Forest, Link
from feature_registry import Registry, RegistryError, load
from infra.engines import ENGINES, open_engine
from tests.trees.onnx_models import oracle

NOON = 1763719200000
ENGINE_NAMES = [pytest.param(name, marks=pytest.mark.node) if name == "javascript" else name for name in ENGINES]

Json = dict[str, Any]


def forest(divisor: int) -> Model:
    """A binary forest of so many trees."""
    empty = Forest("m", (), (), ())
    return Model("m", empty, (), Output.PROBABILITY, ("no", "yes"), Link.PROBABILITY, 1.0, divisor)


def test_a_probability_is_reached_by_the_smallest_sum() -> None:
    rng = np.random.default_rng(1)
    for divisor in (1, 3, 7, 10, 100, 333):
        model = forest(divisor)
        for threshold in (*rng.random(200).tolist(), 0.1, 0.5, 1 / 3, 1.0, 5e-324, math.nextafter(1.0, 0.0)):
            total = margin_threshold(model, threshold)
            assert total / divisor >= threshold > math.nextafter(total, -math.inf) / divisor
            negated = margin_threshold(model, threshold, opposite=True)
            assert 1.0 + negated / divisor >= threshold > 1.0 + math.nextafter(negated, -math.inf) / divisor
            assert output_value(model, total) == total / divisor
            assert output_value(model, negated, opposite=True) == 1.0 - -negated / divisor
        for threshold in (0.0, -0.0, -1.0):
            assert margin_threshold(model, threshold) == margin_threshold(model, threshold, opposite=True) == -math.inf
        assert margin_threshold(model, 2.0, opposite=True) == math.inf


def registry_of(folder: Path, content: bytes, model: Json, features: Json, tests: dict[str, Json]) -> Registry:
    """A registry with a model, and a decision for each test of it: `a` when it holds, else `b`."""
    (folder / "model.bin").write_bytes(content)
    document = {
        "features": features,
        "models": {"m": {"file": "model.bin", **model}},
        "payloads": {"a": {"value": 1}, "b": {"value": 2}},
        "decisions": {
            name: {"rules": [{"if": {"model": "m", **test}, "show": "a"}], "otherwise": "b"}
            for name, test in tests.items()
        },
    }
    (folder / "shop.json").write_text(json.dumps(document), encoding="utf-8")
    return load(folder, SIGNATURES)


def decided(registry: Registry, engine: str, sessions: list[Json]) -> list[dict[str, bool]]:
    """For each session and decision whether its test holds."""
    with open_engine(engine, registry, load_models(registry)) as running:
        answers = running.answers([({"session": session}, NOON) for session in sessions])
    found = [json.loads(answer)["decisions"] for answer in answers]
    return [{name: one["outcome"] == "a" for name, one in answer.items()} for answer in found]


NUMBERS = {name: {"type": "number", "from": f"session.{name}"} for name in ("x0", "x1")}


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_a_binary_forest(engine: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(300, 2)).round(2)
    labels = (rows[:, 0] + rng.normal(size=300) > 0.3).astype(int)
    estimator = RandomForestClassifier(7, max_leaf_nodes=6, random_state=1).fit(rows, labels)
    shares = estimator.predict_proba(rows)[:, 1]
    reached = np.unique(shares)[::6].tolist()
    tests: dict[str, Json] = {"second": {"is": "yes"}, "first": {"is": "no"}}
    content = skops.io.dumps(estimator)
    model = {"format": "scikit-learn", "inputs": {"x0": "x0", "x1": "x1"}, "classes": ["no", "yes"]}
    sessions = [{"x0": a, "x1": b} for a, b in rows.tolist()]

    found = decided(registry_of(tmp_path, content, {**model, "output": "class"}, NUMBERS, tests), engine, sessions)
    assert found == [{"first": share <= 0.5, "second": share > 0.5} for share in shares]
    assert {str(label) for label in estimator.predict(rows)} == {"0", "1"}

    tests = {f"yes{i}": {"at_least": p, "class": "yes"} for i, p in enumerate(reached)}
    tests |= {f"any{i}": {"below": p} for i, p in enumerate(reached)}
    tests |= {f"no{i}": {"at_least": 1.0 - p, "class": "no"} for i, p in enumerate(reached)}
    found = decided(
        registry_of(tmp_path, content, {**model, "output": "probability"}, NUMBERS, tests), engine, sessions
    )
    for one, share in zip(found, shares, strict=True):
        for i, p in enumerate(reached):
            assert one[f"yes{i}"] is bool(share >= p)
            assert one[f"any{i}"] is bool(share < p)
            assert one[f"no{i}"] is bool(1.0 - share >= 1.0 - p)


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_text_categories(engine: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    levels = ["car", "bike", "train", "walk"]
    frame = pandas.DataFrame({"way": rng.choice(levels, 300), "x1": rng.normal(size=300).round(2)})
    labels = (frame["way"].isin(["bike", "walk"]) ^ (frame["x1"] > 0.4)).astype(int)
    settings = {"max_iter": 5, "min_samples_leaf": 3, "categorical_features": ["way"]}
    estimator = HistGradientBoostingClassifier(**settings).fit(frame, labels)
    asked = pandas.DataFrame({"way": [*frame["way"][:60], "plane", None], "x1": [*frame["x1"][:60], 0.1, 0.7]})
    scores = estimator.decision_function(asked)
    reached = float(np.median(scores))
    features = {"way": {"type": "category", "from": "session.way"}, "x1": NUMBERS["x1"]}
    inputs = {"way": {"feature": "way", "categories": sorted(levels)}, "x1": "x1"}
    model = {"format": "scikit-learn", "inputs": inputs, "output": "margin"}
    content = skops.io.dumps(estimator)
    registry = registry_of(tmp_path, content, model, features, {"d": {"at_least": reached}})
    sessions = [{"way": way, "x1": x} for way, x in zip(asked["way"].astype(object), asked["x1"], strict=True)]
    sessions[-1] = {"x1": 0.7}
    assert decided(registry, engine, sessions) == [{"d": bool(score >= reached)} for score in scores]

    wrong = {**model, "inputs": {**inputs, "way": {"feature": "way", "categories": levels}}}
    with pytest.raises(RegistryError, match="wrong-categories"):
        load_models(registry_of(tmp_path, content, wrong, features, {"d": {"at_least": reached}}))


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_an_onnx_forest(engine: str, tmp_path: Path) -> None:
    import skl2onnx

    rng = np.random.default_rng(4)
    rows = rng.normal(size=(200, 2)).round(2).astype(np.float32)
    estimator = RandomForestClassifier(5, max_leaf_nodes=6, random_state=1).fit(rows, rows[:, 0] > rows[:, 1])
    converted = skl2onnx.to_onnx(estimator, rows[:1])
    shares = oracle(converted, rows.astype(np.float64))[:, 0]
    reached = np.unique(shares)[::9].tolist()
    tests = {f"d{i}": {"at_least": p} for i, p in enumerate(reached)}
    model = {"format": "onnx", "inputs": {"x0": "x0", "x1": "x1"}, "output": "probability", "classes": ["no", "yes"]}
    registry = registry_of(tmp_path, converted.SerializeToString(), model, NUMBERS, tests)
    found = decided(registry, engine, [{"x0": float(a), "x1": float(b)} for a, b in rows])
    assert found == [{f"d{i}": bool(share >= p) for i, p in enumerate(reached)} for share in shares]
