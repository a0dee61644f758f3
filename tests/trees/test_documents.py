"""A model file and its document: what does not fit together is an error of the registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import xgboost

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.trees import LOADERS
from feature_registry import RegistryError, load
from feature_registry.documents import ModelDocument
from tests.trees.test_xgboost import document, stump

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


def test_the_formats_of_documents_are_those_of_the_loaders() -> None:
    assert set(LOADERS) == set(get_args(ModelDocument.model_fields["format"].annotation))


@pytest.fixture(scope="module")
def by_colour() -> bytes:
    """A model of XGBoost whose file tells the levels of two columns; a third one is a number."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(1)
    frame = pandas.DataFrame(
        {
            "price": rng.normal(size=100),
            "colour": pandas.Categorical(rng.choice(["red", "green", "blue"], 100)),
            "size": pandas.Categorical(rng.choice([10, 20, 35], 100)),
            "stars": pandas.Categorical(rng.choice([0, 1, 2], 100)),
        }
    )
    matrix = xgboost.DMatrix(frame, frame["price"] > 0, enable_categorical=True)
    settings = {"objective": "binary:logistic", "max_depth": 2, "nthread": 1}
    return bytes(xgboost.train(settings, matrix, 2).save_raw("json"))


COLOURS = {"feature": "colour", "categories": ["blue", "green", "red"]}
SIZES = {"feature": "colour", "categories": ["10", "20", "35"]}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, []),
        ({"colour": {**COLOURS, "categories": ["red", "green", "blue"]}}, [("/inputs/colour/categories", "`red`")]),
        ({"colour": {**COLOURS, "categories": ["blue", "green"]}}, [("/inputs/colour/categories", "`green`")]),
        ({"size": "x"}, [("/inputs/size", "missing `categories`: training numbered the levels `10`, `20`, `35`")]),
        ({"stars": SIZES}, [("/inputs/stars/categories", "`0`, `1`, `2`, found `10`, `20`, `35`")]),
    ],
)
def test_categories_must_be_the_levels_that_training_numbered(
    inputs: dict[str, Any], expected: list[tuple[str, str]], by_colour: bytes, tmp_path: Path
) -> None:
    model = {"inputs": {"price": "x", "colour": COLOURS, "size": SIZES, "stars": "x", **inputs}}
    found = problems_of(tmp_path, by_colour, model)
    assert [(code, pointer) for code, pointer, _ in found] == [("wrong-categories", at) for at, _ in expected]
    assert all(text in message for (_, _, message), (_, text) in zip(found, expected, strict=True))


def test_a_calibration_must_fit_the_score(tmp_path: Path) -> None:
    platt = {"platt": {"a": -1, "b": 0}}
    of_probability = {**platt, "of": "probability"}
    one, three = [stump(0.0, 1.0, 2.0)], [stump(0.0, 1.0, 2.0)] * 3

    def codes(content: dict[str, Any], calibration: object, **more: object) -> list[str]:
        model = {"inputs": {"f0": "x"}, "calibration": calibration, **more}
        return [code for code, *_ in problems_of(tmp_path, json.dumps(content).encode(), model)]

    assert codes(document(one, objective="binary:logistic", base_score="0.5"), of_probability) == []
    assert codes(document(one), platt) == []
    assert codes(document(one), of_probability) == ["wrong-calibration"]
    several = document(three, objective="multi:softprob", classes=3, tree_info=[0, 1, 2])
    assert codes(several, platt, classes=["a", "b", "c"]) == ["wrong-calibration"]


def problems_of(folder: Path, content: bytes, model: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Code, place within the model and message of what is wrong with a registry of one model of XGBoost."""
    registry = {
        "features": {
            "x": {"type": "number", "from": "session.x"},
            "colour": {"type": "text", "from": "session.colour"},
        },
        "models": {"m": {"format": "xgboost", "file": "models/m.json", **model}},
    }
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / "m.json").write_bytes(content)
    (folder / "shop.json").write_text(json.dumps(registry), encoding="utf-8")
    try:
        load_models(load(folder, SIGNATURES))
    except RegistryError as error:
        return [(one.code, one.pointer.removeprefix("/models/m"), one.message) for one in error.diagnostics]
    return []
