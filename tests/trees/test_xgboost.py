"""What the loader of XGBoost makes of a file, part by part; its scores as a whole are in test_xgboost_parity.py."""

from __future__ import annotations

import json
import math
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.trees import LOADERS, CategorySplit, Link, LoadedModel, Split, Tree, raw_scores
from decision_engine.trees.loaders.xgboost._numbers import float32_of_text, log_float32
from decision_engine.trees.walk import float32
from tests.trees.models import assert_same_bits
from tests.trees.xgboost_models import xgboost_oracle

LARGEST = float(np.finfo(np.float32).max)
LEAST = 2.0**-149

float32s = st.floats(width=32, allow_nan=False)


def stump(threshold: float, left: float, right: float, *, nan_left: bool = False) -> dict[str, Any]:
    """A tree of one numeric split, as XGBoost writes it."""
    return {
        "left_children": [1, -1, -1],
        "right_children": [2, -1, -1],
        "split_indices": [0, 0, 0],
        "split_conditions": [threshold, left, right],
        "default_left": [int(nan_left), 0, 0],
        "split_type": [0, 0, 0],
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
        "parents": [2147483647, 0, 0],
        "base_weights": [0.0] * 3,
        "loss_changes": [0.0] * 3,
        "sum_hessian": [1.0] * 3,
        "id": 0,
        "tree_param": {"num_deleted": "0", "num_feature": "1", "num_nodes": "3", "size_leaf_vector": "1"},
    }


def document(
    trees: list[dict[str, Any]],
    *,
    objective: str = "reg:squarederror",
    base_score: str = "0E0",
    classes: int = 0,
    tree_info: list[int] | None = None,
    weights: list[float] | None = None,
    attributes: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A whole file over one feature."""
    model = {
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(trees))},
        "tree_info": [0] * len(trees) if tree_info is None else tree_info,
        "trees": [{**tree, "id": i} for i, tree in enumerate(trees)],
    }
    gbtree: dict[str, Any] = {"model": model, "name": "gbtree"}
    booster = gbtree if weights is None else {"gbtree": gbtree, "name": "dart", "weight_drop": weights}
    parameters = {"reg_loss_param": {"scale_pos_weight": "1"}, "poisson_regression_param": {"max_delta_step": "0.7"}}
    return {
        "learner": {
            "attributes": attributes or {},
            "feature_names": [],
            "feature_types": [],
            "gradient_booster": booster,
            "learner_model_param": {
                "base_score": base_score,
                "num_class": str(classes),
                "num_feature": "1",
                "num_target": "1",
            },
            "objective": {"name": objective, "softmax_multiclass_param": {"num_class": str(classes)}, **parameters},
        },
        "version": [2, 1, 0],
    }


def content_of(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


def read(value: dict[str, Any]) -> LoadedModel:
    return LOADERS["xgboost"](content_of(value), "m")


@given(float32s, st.floats(allow_nan=False) | float32s, st.booleans())
def test_a_threshold_decides_every_double_as_float32_does(t: float, x: float, nan_left: bool) -> None:
    forest = read(document([stump(t, 1.0, 2.0, nan_left=nan_left)])).forest
    edges = [math.nextafter(t, -math.inf), t, math.nextafter(t, math.inf)]
    node = forest.trees[0].nodes[0]
    if isinstance(node, Split):
        edges += [node.threshold, math.nextafter(node.threshold, math.inf)]
    for value in (x, *edges):
        assert raw_scores(forest, [value]) == (1.0 if float32(value) < t else 2.0,)
    assert raw_scores(forest, [math.nan]) == (1.0 if nan_left else 2.0,)


@pytest.mark.parametrize("t", [0.0, -0.0, LEAST, -LEAST, 1.0, LARGEST, -LARGEST, math.inf, -math.inf, 2.0**-126])
def test_thresholds_at_the_ends_of_float32(t: float) -> None:
    content = content_of(document([stump(t, 1.0, 2.0)]))
    forest = LOADERS["xgboost"](content, "m").forest
    ends = [LEAST / 2, LEAST, LARGEST, LARGEST + 2.0**103, 1e300, 1.0, 2.0**-126, 0.0, math.inf]
    values = [sign * y for x in ends for y in (x, math.nextafter(x, 0.0), math.nextafter(x, 9e9)) for sign in (1, -1)]
    rows = np.array([[value] for value in [*values, math.nan]])
    assert_same_bits(np.array([raw_scores(forest, row) for row in rows.tolist()]), xgboost_oracle(content, rows))


def test_a_threshold_that_no_number_is_below_sends_only_nan_left() -> None:
    node = read(document([stump(-math.inf, 1.0, 2.0, nan_left=True)])).forest.trees[0].nodes[0]
    assert isinstance(node, CategorySplit)


@pytest.mark.parametrize(
    ("objective", "link"), [("binary:logistic", Link.LOGISTIC), ("count:poisson", Link.EXPONENTIAL)]
)
def test_the_start_is_the_base_score_on_the_margin_s_scale(objective: str, link: Link) -> None:
    rng = np.random.default_rng(5)
    scores = [float(x) for x in rng.random(60).astype(np.float32)] + [0.5, 1.0, 1e-6, 5e-6, 1e-7, 0.9999995, 1e-38]
    for score in scores:
        content = content_of(document([stump(0.0, 0.0, -0.0)], objective=objective, base_score=f"[{score!r}]"))
        model = LOADERS["xgboost"](content, "m")
        assert model.link is link
        row = np.array([[1.0]])
        assert_same_bits(np.array([raw_scores(model.forest, [1.0])]), xgboost_oracle(content, row))


def test_a_base_score_may_be_one_number_or_one_for_each_output() -> None:
    trees, info = [stump(0.0, 1.0, 2.0)] * 3, [0, 1, 2]
    three = {"objective": "multi:softprob", "classes": 3, "tree_info": info}
    assert read(document(trees, base_score="5E-1", **three)).forest.starts == (0.5, 0.5, 0.5)
    assert read(document(trees, base_score="[1E0,-2E0,2.5E-1]", **three)).forest.starts == (1.0, -2.0, 0.25)
    assert read(document(trees[:1], base_score="[0.1]")).forest.starts == (float32(0.1),)


def test_dart_s_weights_multiply_the_leaves_in_float32() -> None:
    trees = [stump(0.0, 0.1, -0.7), stump(0.0, 0.3, 1.1), stump(0.0, 1e30, -3.3)]
    content = content_of(document(trees, weights=[0.3, 0.7, 0.123456789], base_score="[0.2]"))
    forest = LOADERS["xgboost"](content, "m").forest
    rows = np.array([[1.0], [-1.0]])
    assert_same_bits(np.array([raw_scores(forest, row) for row in rows.tolist()]), xgboost_oracle(content, rows))
    assert forest.trees[0].leaves == (float32(float32(0.1) * float32(0.3)), float32(float32(-0.7) * float32(0.3)))


def test_trees_are_arranged_by_output_and_padded_with_nothing() -> None:
    trees = [stump(0.0, float(i), -float(i)) for i in range(5)]
    model = read(document(trees, objective="multi:softmax", classes=2, tree_info=[0, 0, 1, 0, 0]))
    nothing = Tree((), (-0.0,))
    found = [tree.leaves[0] if tree.nodes else None for tree in model.forest.trees]
    assert found == [0.0, 2.0, 1.0, None, 3.0, None, 4.0, None]
    assert model.forest.trees[3] == nothing and math.copysign(1.0, model.forest.trees[3].leaves[0]) == -1.0


def test_only_a_file_of_the_scikit_learn_interface_ends_at_its_best_iteration() -> None:
    trees = [stump(0.0, 1.0, 2.0)] * 4
    best = {"best_iteration": "1", "best_score": "0.5"}
    assert len(read(document(trees, attributes=best)).forest.trees) == 4
    assert len(read(document(trees, attributes={**best, "scikit_learn": "{}"})).forest.trees) == 2


def test_early_stopping_scores_as_the_scikit_learn_interface_predicts() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(200, 2))
    estimator = xgboost.XGBClassifier(
        n_estimators=40, early_stopping_rounds=3, max_depth=3, n_jobs=1, num_parallel_tree=2, subsample=0.7
    )
    labels = (rows[:, 0] * rows[:, 1] > 0).astype(int)
    other = rng.normal(size=(200, 2))
    estimator.fit(rows, labels, eval_set=[(other, (other[:, 0] * other[:, 1] > 0.3).astype(int))], verbose=False)
    content = saved(estimator)
    forest = LOADERS["xgboost"](content, "m").forest
    assert len(forest.trees) == 2 * (estimator.best_iteration + 1) < 2 * estimator.get_booster().num_boosted_rounds()
    found = np.array([raw_scores(forest, row) for row in rows.tolist()])
    expected = estimator.predict(rows, output_margin=True).astype(np.float64).reshape(-1, 1)
    assert_same_bits(found, expected)


def saved(estimator: Any) -> bytes:
    """The file that the estimator's `save_model` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        estimator.save_model(path)
        return path.read_bytes()


def test_json_and_ubjson_give_the_same_model() -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(1)
    frame = pandas.DataFrame(
        {
            "price": rng.normal(size=100),
            "colour": pandas.Categorical(rng.choice(["red", "green", "blue"], 100)),
            "size": pandas.Categorical(rng.choice([10, 20, 35], 100)),
        }
    )
    labels = (frame["price"] > 0) & (frame["colour"] != "red")
    matrix = xgboost.DMatrix(frame, labels, enable_categorical=True)
    settings = {"objective": "binary:logistic", "max_depth": 3, "max_cat_to_onehot": 1, "nthread": 1}
    booster = xgboost.train(settings, matrix, 3)
    models = [LOADERS["xgboost"](bytes(booster.save_raw(kind)), "m") for kind in ("json", "ubj")]
    assert models[0] == models[1]
    assert models[0].feature_names == ("price", "colour", "size")
    assert models[0].levels == (None, ("blue", "green", "red"), (10, 20, 35))
    assert (models[0].trainer, models[0].objective, models[0].divisor) == ("xgboost", "binary:logistic", 1)


def test_features_without_names_are_called_as_xgboost_calls_them() -> None:
    assert read(document([stump(0.0, 1.0, 2.0)])).feature_names == ("f0",)


@given(st.floats(allow_nan=False, allow_infinity=False) | float32s)
def test_decimals_are_rounded_to_float32_once(x: float) -> None:
    assert float32_of_text(repr(x)) == float32(x)


@pytest.mark.parametrize("low", [16777216.0, 1.0, LEAST, 2.0**100, -3.0, 0.0])
def test_a_decimal_beside_the_middle_of_two_float32_values_is_not_rounded_twice(low: float) -> None:
    high = float(np.nextafter(np.float32(low), np.float32(math.inf)))
    middle = (Fraction(low) + Fraction(high)) / 2
    exact = decimal_text(middle)
    sign, digits = exact.startswith("-"), exact.lstrip("-")
    larger, smaller = digits + "0" * 30 + "1", f"-{digits}" + "0" * 30 + "1"
    if sign:
        assert float32_of_text(f"-{larger}") == low
    else:
        assert float32_of_text(larger) == high
        assert float32_of_text(smaller) == -high
    even = low if np.float32(low).view(np.uint32) % 2 == 0 else high
    assert float32_of_text(exact) == even


def decimal_text(x: Fraction) -> str:
    """All digits of a fraction whose denominator is a power of two, with a point."""
    shift = x.denominator.bit_length() - 1
    digits = str(abs(x.numerator) * 5**shift).rjust(shift + 1, "0")
    whole, parts = (digits[:-shift], digits[-shift:]) if shift else (digits, "0")
    return f"{'-' if x < 0 else ''}{whole}.{parts}"


@given(st.floats(min_value=LEAST, max_value=LARGEST, width=32))
def test_the_logarithm_is_within_a_bit(x: float) -> None:
    found, true = log_float32(x), math.log(x)
    assert float32(found) == found
    assert abs(found - true) <= abs(float(np.spacing(np.float32(true))))
