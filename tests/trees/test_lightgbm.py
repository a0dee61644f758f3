"""What a loaded LightGBM model says besides its trees, and the cases that random models seldom hold."""

import math

import lightgbm
import numpy as np
import pytest

from decision_engine.trees import (
    CategorySplit,
    Link,
    ModelError,
    Split,
    Transform,
    Tree,
    View,
    load_lightgbm,
    raw_scores,
)
from tests.trees.models import Floats, assert_same_bits, case, oracle
from tests.trees.test_damaged import SOUND

ZERO_BAND = 1.0000000180025095e-35


def one_split(threshold: float, decision_type: int) -> str:
    """A model of one split on `a`, 1.0 to the left and 2.0 to the right."""
    head = (
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\nobjective=regression\n"
        "feature_names=a b\nfeature_infos=[-1:1] [-1:1]\n"
    )
    tree = (
        f"Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nthreshold={threshold!r}\ndecision_type={decision_type}\n"
        "left_child=-1\nright_child=-2\nleaf_value=1 2\nis_linear=0\nshrinkage=1\n\n\n"
    )
    return f"{head}tree_sizes={len(tree)}\n\n{tree}end of trees\n\n"


@pytest.mark.parametrize("decision_type", [0, 2, 4, 6, 8, 10])
@pytest.mark.parametrize(
    "threshold",
    [
        -math.inf,
        -1.0,
        -ZERO_BAND,
        -1e-300,
        -0.0,
        0.0,
        5e-324,
        1e-36,
        ZERO_BAND,
        math.nextafter(ZERO_BAND, 1),
        1e300,
        math.inf,
    ],
)
def test_thresholds_at_zero_and_infinity(threshold: float, decision_type: int) -> None:
    text = one_split(threshold, decision_type)
    near = [math.nextafter(x, to) for x in (ZERO_BAND, -ZERO_BAND, threshold) for to in (-math.inf, x, math.inf)]
    values = [*near, 0.0, -0.0, 5e-324, -5e-324, 1e-36, -1e-36, math.nan, math.inf, -math.inf, 1e300, 2e300, -1.0, 1.0]
    rows = np.array([[value, 0.0] for value in values])
    forest = load_lightgbm(text, "m").forest
    assert_same_bits(np.array([raw_scores(forest, row) for row in rows.tolist()]), oracle(text, rows))


def test_a_model_becomes_the_canonical_forest() -> None:
    forest = load_lightgbm(SOUND, "intent").forest
    assert forest.name == "intent"
    assert forest.inputs == ("price", "country")
    assert forest.views == (View(0, Transform.NAN_IS_ZERO), View(1, Transform.CATEGORY), View(0, Transform.AS_IS))
    nodes = (Split(0, 10.5, False, 1, 2), CategorySplit(1, (1, 2, 32), -1, -3), Split(2, 99.0, False, -2, -4))
    assert forest.trees == (Tree(nodes, (0.5, -0.25, 0.125, 1.0)), Tree((), (0.0625,)))


@pytest.mark.parametrize(
    ("line", "objective", "link", "sigmoid"),
    [
        ("objective=binary sigmoid:0.7\n", "binary", Link.LOGISTIC, 0.7),
        ("objective=cross_entropy\n", "cross_entropy", Link.LOGISTIC, 1.0),
        ("objective=cross_entropy_lambda\n", "cross_entropy_lambda", Link.SOFTPLUS, 1.0),
        ("objective=regression sqrt\n", "regression", Link.SIGNED_SQUARE, 1.0),
        ("objective=regression\n", "regression", Link.IDENTITY, 1.0),
        ("objective=tweedie tweedie_variance_power:1.5\n", "tweedie", Link.EXPONENTIAL, 1.0),
        ("objective=multiclass num_class:1\n", "multiclass", Link.SOFTMAX, 1.0),
        ("", "custom", Link.IDENTITY, 1.0),
    ],
)
def test_objectives(line: str, objective: str, link: Link, sigmoid: float) -> None:
    model = load_lightgbm(SOUND.replace("objective=binary sigmoid:1\n", line), "m")
    assert (model.objective, model.link, model.sigmoid) == (objective, link, sigmoid)


def test_random_forests_are_marked() -> None:
    assert load_lightgbm(case(5).text, "m").divisor > 1
    assert load_lightgbm(SOUND, "m").divisor == 1


def test_line_ends_of_windows_change_nothing() -> None:
    assert load_lightgbm(SOUND.replace("\n", "\r\n"), "m") == load_lightgbm(SOUND, "m")


def data() -> tuple[Floats, Floats]:
    rng = np.random.default_rng(7)
    features = rng.normal(size=(400, 4))
    features[:, 2] = rng.integers(0, 5, 400)
    return features, (features[:, 0] + rng.normal(size=400) > 0).astype(float)


def train(rounds: int) -> lightgbm.Booster:
    """A model of `data`, stopped early unless `rounds` comes first."""
    features, labels = data()
    dataset = lightgbm.Dataset(features[:300], labels[:300], categorical_feature=[2])
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 7, "metric": "binary_logloss"}
    valid = dataset.create_valid(features[300:], labels[300:])
    stop = lightgbm.early_stopping(3, verbose=False)
    return lightgbm.train(settings, dataset, rounds, valid_sets=[valid], callbacks=[stop], keep_training_booster=True)


def test_a_model_stopped_early_holds_its_best_iterations() -> None:
    booster = train(200)
    rows = data()[0]
    model = load_lightgbm(booster.model_to_string(), "m")
    assert len(model.forest.trees) == booster.best_iteration < booster.current_iteration()
    expected = np.asarray(booster.predict(rows, raw_score=True)).reshape(-1, 1)
    assert_same_bits(np.array([raw_scores(model.forest, row) for row in rows.tolist()]), expected)


def test_fewer_iterations_can_be_asked_for() -> None:
    booster = train(200)
    rows = data()[0]
    text = booster.model_to_string(num_iteration=-1)
    forest = load_lightgbm(text, "m", iterations=2).forest
    expected = np.asarray(booster.predict(rows, raw_score=True, num_iteration=2)).reshape(-1, 1)
    assert_same_bits(np.array([raw_scores(forest, row) for row in rows.tolist()]), expected)
    with pytest.raises(ModelError, match="expected between 1 and 2 iterations to be asked for, found 3"):
        load_lightgbm(SOUND, "m", iterations=3)


def test_levels_stand_at_the_categorical_inputs() -> None:
    assert load_lightgbm(SOUND, "m").levels == (None, ("at", "de", "ch"))
    assert load_lightgbm(train(2).model_to_string(), "m").levels == (None,) * 4


def test_linear_trees_are_refused() -> None:
    features, labels = data()
    parameters = {"objective": "regression", "linear_tree": True, "verbosity": -1, "num_threads": 1}
    text = lightgbm.train(parameters, lightgbm.Dataset(features, labels), 2).model_to_string()
    with pytest.raises(ModelError, match="expected a tree of constant leaves") as caught:
        load_lightgbm(text, "m")
    assert text.split("\n")[caught.value.line - 1] == "is_linear=1"
    assert caught.value.help == "train with `linear_tree=false`"
