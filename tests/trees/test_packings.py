"""Packings of forests that no trainer makes: infinite thresholds, deep chains, empty category sets, unused views."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.trees import (
    CategorySplit,
    Forest,
    ModelError,
    Split,
    Summation,
    Transform,
    Tree,
    TreeNode,
    View,
    build_rows,
    fits_prefix_and,
    node_table,
    node_table_scores,
    pack_node_table,
    pack_prefix_and,
    prefix_and_scores,
    raw_scores,
)
from decision_engine.trees.forest import NAN_CATEGORY
from decision_engine.trees.walk import float32

VIEWS = tuple(View(i, transform) for i in range(2) for transform in Transform)
NUMBERS = st.sampled_from(
    [-math.inf, -1.5, -1e-35, -5e-324, -0.0, 0.0, 1e-35, 1.0, 2.0, 2.5, 31.0, 32.0, 63.0, 64.0, 1e300, math.inf]
)
ONE_CATEGORY = st.integers(0, 70) | st.just(NAN_CATEGORY)
CATEGORIES = st.lists(ONE_CATEGORY, max_size=8, unique=True).map(lambda found: tuple(sorted(found)))


@st.composite
def trees(draw: st.DrawFn, max_leaves: int = 70) -> Tree:
    """A tree grown by splitting a random leaf again and again."""
    splits = draw(st.integers(0, max_leaves - 1))
    nodes: list[TreeNode] = []
    leaves = {0: None}
    parents: dict[int, tuple[int, bool]] = {}
    for number in range(splits):
        leaf = draw(st.sampled_from(sorted(leaves)))
        view = draw(st.integers(0, len(VIEWS) - 1))
        if leaf in parents:
            parent, is_left = parents[leaf]
            nodes[parent] = _with_child(nodes[parent], number, is_left)
        if VIEWS[view].transform.is_category:
            nodes.append(CategorySplit(view, draw(CATEGORIES), ~leaf, ~(number + 1)))
        else:
            nodes.append(Split(view, draw(NUMBERS), draw(st.booleans()), ~leaf, ~(number + 1)))
        parents[leaf], parents[number + 1] = (number, True), (number, False)
        leaves[number + 1] = None
    values = draw(
        st.lists(st.sampled_from([0.0, -0.0, 0.1, -0.7, 1e16, 3.0]), min_size=splits + 1, max_size=splits + 1)
    )
    return Tree(tuple(nodes), tuple(values))


def _with_child(node: TreeNode, child: int, is_left: bool) -> TreeNode:
    left, right = (child, node.right) if is_left else (node.left, child)
    if isinstance(node, CategorySplit):
        return CategorySplit(node.view, node.categories, left, right)
    return Split(node.view, node.threshold, node.nan_left, left, right)


def bits(scores: tuple[float, ...]) -> bytes:
    """The scores' bytes: 0.0 and -0.0 differ."""
    return struct.pack(f"{len(scores)}d", *scores)


@given(
    st.lists(trees(max_leaves=24), min_size=1, max_size=4),
    st.lists(st.sampled_from([0.0, -0.0, 0.5, 1e16]), min_size=1, max_size=3),
    st.sampled_from(Summation),
    st.lists(st.tuples(NUMBERS | st.just(math.nan), NUMBERS | st.just(math.nan)), min_size=1, max_size=6),
)
def test_packings_score_as_the_walker_does(
    found: list[Tree], base: list[float], summation: Summation, rows: list[tuple[float, float]]
) -> None:
    rounded = [float32(start) if summation is Summation.FLOAT32 else start for start in base]
    trees = tuple(Tree(t.nodes, tuple(map(float32, t.leaves))) if summation is Summation.FLOAT32 else t for t in found)
    forest = Forest("m", ("a", "b"), VIEWS, trees, len(base), tuple(rounded), summation)
    packing = pack_prefix_and(forest)
    built = build_rows(packing)
    table = pack_node_table(forest)
    for row in rows:
        expected = bits(raw_scores(forest, row))
        assert bits(prefix_and_scores(packing, built, row)) == expected
        assert bits(node_table_scores(table, row)) == expected


def chain(leaves: int) -> Forest:
    """A tree that goes right from split to split: one input, thresholds 0, 1, 2, ..., leaf i holding i."""
    splits = leaves - 1
    nodes = tuple(Split(0, float(i), False, ~i, i + 1 if i + 1 < splits else ~(i + 1)) for i in range(splits))
    return Forest("chain", ("x",), (View(0, Transform.AS_IS),), (Tree(nodes, tuple(map(float, range(leaves)))),))


def test_a_tree_of_64_leaves_has_prefix_rows_and_one_of_65_has_not() -> None:
    assert fits_prefix_and(chain(64))
    assert not fits_prefix_and(chain(65))


def test_the_last_bit_of_64_is_reached() -> None:
    packing = pack_prefix_and(chain(64))
    assert prefix_and_scores(packing, build_rows(packing), [1e9]) == (63.0,)


def test_the_memory_of_rows() -> None:
    forest = chain(64)
    packing = pack_prefix_and(forest)
    rows = build_rows(packing)
    assert packing.memory_bytes == 8 * sum(map(len, rows)) == 8 * (63 + 1 + 1)


def test_views_that_are_never_nan_have_no_nan_row() -> None:
    forest = Forest(
        "m", ("x",), (View(0, Transform.NAN_IS_ZERO),), (Tree((Split(0, 1.0, False, -1, -2),), (1.0, 2.0)),)
    )
    packing = pack_prefix_and(forest)
    assert [column.row_count for column in packing.columns] == [2]
    assert prefix_and_scores(packing, build_rows(packing), [math.nan]) == (1.0,)


def test_a_forest_without_splits_has_no_columns() -> None:
    forest = Forest("m", ("x",), (), (Tree((), (0.5,)), Tree((), (0.25,))))
    packing = pack_prefix_and(forest)
    assert packing.columns == () and packing.memory_bytes == 0
    assert prefix_and_scores(packing, build_rows(packing), [1.0]) == (0.75,)
    assert node_table_scores(pack_node_table(forest), [1.0]) == (0.75,)


def test_a_chain_of_a_hundred_thousand_splits_is_packed() -> None:
    forest = chain(100_000)
    table = pack_node_table(forest)
    assert table.depths == (99_999,)
    assert node_table_scores(table, [70_000.5]) == raw_scores(forest, [70_000.5]) == (70_001.0,)


def test_category_sets_that_take_too_much_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_table, "MAX_WORDS", 1)
    nodes = (CategorySplit(0, (3,), 1, -2), CategorySplit(0, (4,), -1, -3))
    forest = Forest("m", ("x",), (View(0, Transform.CATEGORY),), (Tree(nodes, (1.0, 2.0, 3.0)),))
    with pytest.raises(ModelError, match="expected category sets of at most 1 words in all, found more"):
        pack_node_table(forest)
