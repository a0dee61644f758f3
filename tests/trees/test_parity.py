"""The walker and both packings give LightGBM's raw scores bit for bit, on 200 models of 500 hostile rows each."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from decision_engine.trees import (
    CategoryColumn,
    CategorySplit,
    Forest,
    NumberColumn,
    Transform,
    build_rows,
    fits_prefix_and,
    node_table_scores,
    pack_node_table,
    pack_prefix_and,
    prefix_and_scores,
    raw_scores,
)
from tests.trees.models import ROWS, assert_same_bits, case, iter_cases

MODELS = 200
SHARDS = 10


def scorers(forest: Forest) -> dict[str, Callable[[Sequence[float]], tuple[float, ...]]]:
    """Every way to score a row."""
    table = pack_node_table(forest)
    ways: dict[str, Callable[[Sequence[float]], tuple[float, ...]]] = {
        "walk": lambda row: raw_scores(forest, row),
        "node table": lambda row: node_table_scores(table, row),
    }
    if fits_prefix_and(forest):
        packing = pack_prefix_and(forest)
        rows = build_rows(packing)
        ways["prefix-AND"] = lambda row: prefix_and_scores(packing, rows, row)
    return ways


@pytest.mark.parametrize("shard", range(SHARDS))
def test_scores_equal_lightgbm_bit_for_bit(shard: int) -> None:
    for index in range(shard, MODELS, SHARDS):
        model = case(index)
        rows = model.rows.tolist()
        for way, score in scorers(model.forest).items():
            found = np.array([score(row) for row in rows])
            try:
                assert_same_bits(found, model.expected)
            except AssertionError as error:
                raise AssertionError(f"{model.name} by {way}: {error}") from None


def test_the_cases_hold_what_engines_get_wrong() -> None:
    cases = list(iter_cases(MODELS))
    forests = [one.forest for one in cases]
    assert all(one.rows.shape == (ROWS, len(one.forest.inputs)) for one in cases)
    assert {view.transform for forest in forests for view in forest.views} == {
        Transform.AS_IS,
        Transform.NAN_IS_ZERO,
        Transform.ZERO_IS_NAN,
        Transform.CATEGORY,
    }
    sizes = {len(tree.leaves) for forest in forests for tree in forest.trees}
    assert min(sizes) == 1 and 64 in sizes and 65 in sizes and max(sizes) > 100
    assert {forest.outputs for forest in forests} == {1, 3, 4}
    columns = [column for forest in forests if fits_prefix_and(forest) for column in pack_prefix_and(forest).columns]
    assert max(len(column.thresholds) for column in columns if isinstance(column, NumberColumn)) > 254
    assert max(len(column.levels) for column in columns if isinstance(column, CategoryColumn)) > 64
    sets = [n.categories for f in forests for t in f.trees for n in t.nodes if isinstance(n, CategorySplit)]
    assert max(map(len, sets)) > 64 and max(map(max, filter(None, sets))) > 256
    assert any(not tree.nodes for f in forests if any(t.nodes for t in f.trees) for tree in f.trees)
    assert any(not any(tree.nodes for tree in forest.trees) for forest in forests)
