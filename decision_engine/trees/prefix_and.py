"""Prefix-AND packing: one row of bit masks for each view, AND-ed; the lowest bit left in each tree is its exit leaf.

A variant of QuickScorer (Lucchese et al., SIGIR 2015). Number a tree's leaves from left to right, at most 64. A test
that fails sends the row right, which rules out the leaves of the test's left side: a range of bits to clear. A test
that holds rules out nothing, since the leaves on its right come later than the one that is reached.

Which tests of a view fail depends on a row index alone:

- number: r = how many of `thresholds` are < v. Exactly the tests with one of the first r thresholds fail. For NaN
  (row n + 1 of n thresholds, absent for views that are never NaN), the tests without `nan_left` fail.
- category: r = the place of v in `levels`, or len(levels) for every other value. The tests that do not name the level
  fail.

Shipped are only the `cuts` (the ranges to clear), from which `build_rows` or a target makes the rows at start:

    row[r] = all ones, AND NOT bits low..high-1 of tree t, for each cut (t, low, high) of a test that fails at r
    prediction = for each tree in order: leaf of the lowest set bit of (row of view 0) AND (row of view 1) AND ...
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from decision_engine.trees.forest import CategorySplit, Forest, Split, Summation, Transform, Tree, View
from decision_engine.trees.walk import add, view_value

MAX_LEAVES = 64
CROSSED_ROWS = 256
"""A table of crossed views has at most so many rows."""

_ALL_ONES = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class NumberCut:
    """Clear bits low..high-1 of tree `tree` in rows >= `rank` (at least 1), and in the NaN row unless `nan_left`."""

    rank: int
    tree: int
    low: int
    high: int
    nan_left: bool

    @property
    def mask(self) -> int:
        """The 64 bits that the tree keeps."""
        return _mask(self.low, self.high)


@dataclass(frozen=True, slots=True)
class CategoryCut:
    """Clear bits low..high-1 of tree `tree` in all rows but those of `kept`: places in `levels`, ascending."""

    tree: int
    low: int
    high: int
    kept: tuple[int, ...]

    @property
    def mask(self) -> int:
        """The 64 bits that the tree keeps."""
        return _mask(self.low, self.high)


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A numeric view: `thresholds` ascending and distinct, `cuts` by ascending rank, then tree."""

    view: View
    thresholds: tuple[float, ...]
    cuts: tuple[NumberCut, ...]

    @property
    def has_nan_row(self) -> bool:
        """The view can be NaN, so row len(thresholds) + 1 exists."""
        return self.view.transform is not Transform.NAN_IS_ZERO

    @property
    def row_count(self) -> int:
        """The number of rows: one for each rank, and one for NaN."""
        return len(self.thresholds) + 1 + self.has_nan_row


@dataclass(frozen=True, slots=True)
class CategoryColumn:
    """A category view: `levels` are the categories that some test names, ascending; `cuts` by ascending tree."""

    view: View
    levels: tuple[int, ...]
    cuts: tuple[CategoryCut, ...]

    @property
    def row_count(self) -> int:
        """The number of rows: one for each level, and the last for every other value."""
        return len(self.levels) + 1


Column: TypeAlias = NumberColumn | CategoryColumn


@dataclass(frozen=True, slots=True)
class PrefixAnd:
    """A forest packed so: `leaves[t]` are tree t's leaves from left to right; tree t is of output t % outputs.

    `starts` and `summation` are the forest's.
    """

    columns: tuple[Column, ...]
    leaves: tuple[tuple[float, ...], ...]
    outputs: int
    starts: tuple[float, ...]
    summation: Summation

    @property
    def memory_bytes(self) -> int:
        """The size of all rows, once built: 8 bytes for each row and tree."""
        return 8 * len(self.leaves) * sum(column.row_count for column in self.columns)


def cross_tables(rows: Sequence[int], row_bytes: int, most_bytes: int) -> tuple[tuple[int, int], ...]:
    """Which tables of rows to cross: a table of the AND of each row of one and each row of the other is read instead of
    both. `rows` counts the rows of each table; the tables made take the numbers after them, in order.

    The smallest are crossed first, while a table made has at most `CROSSED_ROWS` rows and all made `most_bytes`.
    """
    counts = list(rows)
    crossed: list[tuple[int, int]] = []
    left = list(range(len(counts)))
    while len(left) > 1:
        left.sort(key=lambda table: (counts[table], table))
        one, other = left[:2]
        made = counts[one] * counts[other]
        if made > CROSSED_ROWS or (sum(counts[len(rows) :]) + made) * row_bytes > most_bytes:
            break
        crossed.append((one, other))
        left = [*left[2:], len(counts)]
        counts.append(made)
    return tuple(crossed)


def fits_prefix_and(forest: Forest) -> bool:
    """No tree has more than 64 leaves."""
    return all(len(tree.leaves) <= MAX_LEAVES for tree in forest.trees)


def pack_prefix_and(forest: Forest) -> PrefixAnd:
    """The packing of a forest that `fits_prefix_and`. Views that no test reads have no column."""
    tests: list[list[_Test]] = [[] for _ in forest.views]
    leaves = []
    for number, tree in enumerate(forest.trees):
        order, ranges = _number_leaves(tree)
        leaves.append(tuple(tree.leaves[leaf] for leaf in order))
        for node, (low, high) in zip(tree.nodes, ranges, strict=True):
            tests[node.view].append((node, number, low, high))
    columns = tuple(_column(view, found) for view, found in zip(forest.views, tests, strict=True) if found)
    return PrefixAnd(columns, tuple(leaves), forest.outputs, forest.starts, forest.summation)


def build_rows(packing: PrefixAnd) -> tuple[tuple[int, ...], ...]:
    """The rows of each column, as integers: `to_bytes(8 * trees, "little")` gives u64[trees]."""
    trees = len(packing.leaves)
    return tuple(
        _number_rows(column, trees) if isinstance(column, NumberColumn) else _category_rows(column, trees)
        for column in packing.columns
    )


def row_index(column: Column, row: Sequence[float]) -> int:
    """The row of `column` that an input row selects."""
    value = view_value(column.view.transform, row[column.view.input])
    if isinstance(column, CategoryColumn):
        place = bisect_left(column.levels, value)
        return place if place < len(column.levels) and column.levels[place] == value else len(column.levels)
    return len(column.thresholds) + 1 if math.isnan(value) else bisect_left(column.thresholds, value)


def prefix_and_scores(packing: PrefixAnd, rows: tuple[tuple[int, ...], ...], row: Sequence[float]) -> tuple[float, ...]:
    """The forest's outputs for one input row; `rows` comes from `build_rows`."""
    trees = len(packing.leaves)
    kept = (1 << 64 * trees) - 1
    for column, masks in zip(packing.columns, rows, strict=True):
        kept &= masks[row_index(column, row)]
    scores = list(packing.starts)
    for i, word in enumerate(array("Q", kept.to_bytes(8 * trees, "little"))):
        leaf = packing.leaves[i][(word & -word).bit_length() - 1]
        scores[i % packing.outputs] = add(packing.summation, scores[i % packing.outputs], leaf)
    return tuple(scores)


_Test: TypeAlias = tuple[Split | CategorySplit, int, int, int]
"""A node, its tree, and the range of leaves on its left."""


def _number_leaves(tree: Tree) -> tuple[list[int], list[tuple[int, int]]]:
    """The leaves from left to right, and for each node the range of places that its left side takes."""
    order: list[int] = []
    starts = [0] * len(tree.nodes)
    ranges = [(0, 0)] * len(tree.nodes)
    pending = [(0 if tree.nodes else ~0, False)]
    while pending:
        node, left_done = pending.pop()
        if node < 0:
            order.append(~node)
        elif left_done:
            ranges[node] = (starts[node], len(order))
            pending.append((tree.nodes[node].right, False))
        else:
            starts[node] = len(order)
            pending += [(node, True), (tree.nodes[node].left, False)]
    return order, ranges


def _column(view: View, tests: list[_Test]) -> Column:
    if view.transform.is_category:
        sets = [(node, tree, low, high) for node, tree, low, high in tests if isinstance(node, CategorySplit)]
        levels = tuple(sorted({category for node, *_ in sets for category in node.categories}))
        place = {level: i for i, level in enumerate(levels)}
        return CategoryColumn(
            view,
            levels,
            tuple(CategoryCut(t, low, high, tuple(place[c] for c in node.categories)) for node, t, low, high in sets),
        )
    splits = [(node, tree, low, high) for node, tree, low, high in tests if isinstance(node, Split)]
    thresholds = tuple(sorted({node.threshold for node, *_ in splits}))
    rank = {threshold: i + 1 for i, threshold in enumerate(thresholds)}
    cuts = [NumberCut(rank[node.threshold], t, low, high, node.nan_left) for node, t, low, high in splits]
    return NumberColumn(view, thresholds, tuple(sorted(cuts, key=lambda cut: (cut.rank, cut.tree))))


def _number_rows(column: NumberColumn, trees: int) -> tuple[int, ...]:
    """Each rank's row is the row below it with that rank's cuts made."""
    words = array("Q", [_ALL_ONES]) * trees
    nan_words = words[:]
    rows = []
    rank = 0
    for cut in column.cuts:
        for _ in range(rank, cut.rank):
            rows.append(_join(words))
        rank = cut.rank
        words[cut.tree] &= cut.mask
        if not cut.nan_left:
            nan_words[cut.tree] &= cut.mask
    rows.append(_join(words))
    return (*rows, _join(nan_words)) if column.has_nan_row else tuple(rows)


def _category_rows(column: CategoryColumn, trees: int) -> tuple[int, ...]:
    """Each level's row makes the cuts that do not keep it; the last row makes all."""
    rows = [array("Q", [_ALL_ONES]) * trees for _ in range(column.row_count)]
    for cut in column.cuts:
        kept = set(cut.kept)
        for place, words in enumerate(rows):
            if place not in kept:
                words[cut.tree] &= cut.mask
    return tuple(map(_join, rows))


def _mask(low: int, high: int) -> int:
    return _ALL_ONES ^ ((1 << high) - (1 << low))


def _join(words: array[int]) -> int:
    return int.from_bytes(words.tobytes(), "little")
