"""A model file and its document: what does not fit together is an error of the registry."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from feature_registry import RegistryError, load

lightgbm = pytest.importorskip("lightgbm")


@pytest.mark.parametrize(
    ("objective", "of_probability"), [("multiclass", "no-probability"), ("multiclassova", "wrong-output")]
)
def test_a_score_for_each_of_two_classes_is_no_single_score(
    objective: str, of_probability: str, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    rows = random.normal(size=(200, 1))
    settings = {"objective": objective, "num_class": 2, "num_leaves": 3, "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, (rows[:, 0] > 0).astype(float)), num_boost_round=2)
    (tmp_path / "m.txt").write_text(booster.model_to_string(), encoding="utf-8")
    model = {"format": "lightgbm", "file": "m.txt", "inputs": {"Column_0": "x"}, "classes": ["no", "yes"]}
    registry = {
        "features": {"x": {"type": "number", "from": "session.x"}},
        "payloads": {"a": {"value": 1}, "b": {"value": 2}},
    }

    def problems(output: str, condition: dict[str, object]) -> list[str]:
        rules = [{"if": {"model": "m", **condition}, "show": "a"}]
        document = {
            **registry,
            "models": {"m": {**model, "output": output}},
            "decisions": {"d": {"rules": rules, "otherwise": "b"}},
        }
        (tmp_path / "shop.json").write_text(json.dumps(document), encoding="utf-8")
        try:
            load_models(load(tmp_path, SIGNATURES))
        except RegistryError as error:
            return [one.code for one in error.diagnostics]
        return []

    assert problems("class", {"is": "yes"}) == []
    assert problems("margin", {"at_least": 0.0}) == ["wrong-output"]
    assert problems("probability", {"at_least": 0.5}) == [of_probability]
