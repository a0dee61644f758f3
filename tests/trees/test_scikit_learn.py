"""scikit-learn's models give scikit-learn's raw scores bit for bit, and what a loaded model says besides its trees."""

from __future__ import annotations

import numpy as np
import pytest

from decision_engine.trees import CategorySplit, Link, Split, Transform, raw_scores
from decision_engine.trees.loaders.scikit_learn import from_estimator
from tests.trees.models import assert_same_bits
from tests.trees.scikit_learn_models import MODELS, Case, as_given, case, iter_cases

SHARDS = 6


@pytest.mark.parametrize("shard", range(SHARDS))
def test_scores_equal_scikit_learn_bit_for_bit(shard: int) -> None:
    for index in range(shard, MODELS, SHARDS):
        model = case(index)
        found = np.array([raw_scores(model.forest, row) for row in model.rows.tolist()])
        try:
            assert_same_bits(found, model.expected)
        except AssertionError as error:
            raise AssertionError(f"{model.name}: {error}") from None


@pytest.mark.parametrize("shard", range(SHARDS))
def test_predictions_equal_those_of_public_functions(shard: int) -> None:
    for index in range(shard, MODELS, SHARDS):
        model = case(index)
        rows = model.rows[model.accepted]
        scores = np.array([raw_scores(model.forest, row) for row in rows.tolist()]) / model.model.divisor
        with np.errstate(invalid="ignore"):  # of the look for infinities, which histograms accept
            assert_same_bits(scores, published(model, as_given(rows, model.levels)))


def test_the_cases_hold_what_loaders_get_wrong() -> None:
    cases = list(iter_cases())
    forests = [one.forest for one in cases]
    nodes = [node for forest in forests for tree in forest.trees for node in tree.nodes]
    assert {view.transform for forest in forests for view in forest.views} == {
        Transform.AS_IS,
        Transform.CATEGORY_OR_NAN,
    }
    assert {forest.outputs for forest in forests} == {1, 3, 5}
    assert {one.model.link for one in cases} == {
        Link.IDENTITY,
        Link.PROBABILITY,
        Link.LOGISTIC,
        Link.SOFTMAX,
        Link.EXPONENTIAL,
    }
    assert {one.model.sigmoid for one in cases} == {1.0, 2.0}
    assert {node.nan_left for node in nodes if isinstance(node, Split)} == {True, False}
    sizes = {len(tree.leaves) for forest in forests for tree in forest.trees}
    assert min(sizes) <= 2 and 64 in sizes and 65 in sizes
    sets = [node.categories for node in nodes if isinstance(node, CategorySplit)]
    assert max(map(len, sets)) > 8 and max(map(max, filter(None, sets))) > 64
    assert any(level is not None for one in cases for level in one.model.levels)
    assert any(any(forest.base) for forest in forests)


def published(model: Case, rows: object) -> object:
    """What scikit-learn's public functions say, before a link where there is one."""
    estimator = model.estimator
    if model.model.link in (Link.LOGISTIC, Link.SOFTMAX):
        return estimator.decision_function(rows).reshape(len(rows), -1)
    if model.model.link is Link.PROBABILITY:
        shares = estimator.predict_proba(rows)
        return np.ascontiguousarray(shares[:, 1:] if shares.shape[1] == 2 else shares)
    if model.model.link is Link.EXPONENTIAL:
        return np.ascontiguousarray(estimator._raw_predict(rows))
    return estimator.predict(rows).reshape(-1, 1)


def test_a_living_estimator_is_the_same_model_as_its_file() -> None:
    for model in iter_cases():
        assert from_estimator(model.estimator, model.name) == model.model
