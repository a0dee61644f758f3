"""The walker and both packings give XGBoost's raw scores bit for bit, on 100 models of 600 hostile rows each."""

from __future__ import annotations

import numpy as np
import pytest

from decision_engine.trees import CategorySplit, Summation, Transform
from tests.trees.models import assert_same_bits
from tests.trees.test_parity import scorers
from tests.trees.xgboost_models import MODELS, xgboost_case

SHARDS = 10


@pytest.mark.parametrize("shard", range(SHARDS))
def test_scores_equal_xgboost_bit_for_bit(shard: int) -> None:
    for index in range(shard, MODELS, SHARDS):
        model = xgboost_case(index)
        rows = model.rows.tolist()
        for way, score in scorers(model.forest).items():
            found = np.array([score(row) for row in rows])
            try:
                assert_same_bits(found, model.expected)
            except AssertionError as error:
                raise AssertionError(f"{model.name} by {way}: {error}") from None


def test_the_cases_hold_what_engines_get_wrong() -> None:
    cases = [xgboost_case(index) for index in range(MODELS)]
    forests = [case.forest for case in cases]
    transforms = {view.transform for forest in forests for view in forest.views}
    assert transforms == {Transform.AS_IS, Transform.CATEGORY_FLOAT32}
    assert {forest.summation for forest in forests} == {Summation.FLOAT32}
    assert {forest.outputs for forest in forests} == {1, 2, 3, 4}
    sizes = {len(tree.leaves) for forest in forests for tree in forest.trees}
    assert min(sizes) == 1 and max(sizes) > 64
    sets = [n.categories for f in forests for t in f.trees for n in t.nodes if isinstance(n, CategorySplit)]
    assert max(map(len, sets)) > 20 and min(map(len, sets)) == 1
    assert {case.content[:2] for case in cases} == {b'{"', b"{L"}
    assert any(np.isinf(case.rows).any() for case in cases)
