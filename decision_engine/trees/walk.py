"""The plain reference walker: every other way to score a forest is compared with it."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence

from decision_engine.trees.forest import NAN_CATEGORY, CategorySplit, Forest, Summation, Transform, Tree

_ZERO_BAND = 1.0000000180025095e-35


def raw_scores(forest: Forest, row: Sequence[float]) -> tuple[float, ...]:
    """The forest's outputs for `row`, one double for each of `forest.inputs`, NaN where missing."""
    values = [view_value(view.transform, row[view.input]) for view in forest.views]
    scores = list(forest.starts)
    for i, tree in enumerate(forest.trees):
        leaf = tree.leaves[exit_leaf(tree, values)]
        scores[i % forest.outputs] = add(forest.summation, scores[i % forest.outputs], leaf)
    return tuple(scores)


def add(summation: Summation, total: float, leaf: float) -> float:
    """The sum so far and one more leaf, rounded as the forest says."""
    return float32(total + leaf) if summation is Summation.FLOAT32 else total + leaf


def float32(x: float) -> float:
    """The float32 value nearest to x, ties to even; an infinity beyond the largest; NaN stays."""
    return ctypes.c_float(x).value


def view_value(transform: Transform, x: float) -> float:
    """The value of a view whose input is `x`; a category is returned as a float."""
    match transform:
        case Transform.AS_IS:
            return x
        case Transform.NAN_IS_ZERO:
            return 0.0 if math.isnan(x) else x
        case Transform.ZERO_IS_NAN:
            return math.nan if -_ZERO_BAND <= x <= _ZERO_BAND else x
        case Transform.CATEGORY:
            # -1 < x includes the negative fractions, which truncate to category 0; NaN fails both comparisons.
            return float(math.trunc(x)) if -1.0 < x < 2147483648.0 else -1.0
        case Transform.CATEGORY_OR_NAN:
            if math.isnan(x):
                return float(NAN_CATEGORY)
            return float(math.trunc(x)) if 0.0 <= x < NAN_CATEGORY and x.is_integer() else -1.0
        case Transform.CATEGORY_FLOAT32:
            rounded = float32(x)
            if math.isnan(rounded):
                return float(NAN_CATEGORY)
            return float(math.trunc(rounded)) if 0.0 <= rounded < 16777216.0 else -1.0


def exit_leaf(tree: Tree, values: Sequence[float]) -> int:
    """The number of the leaf that a row with the view values `values` reaches."""
    node = 0 if tree.nodes else ~0
    while node >= 0:
        split = tree.nodes[node]
        value = values[split.view]
        if isinstance(split, CategorySplit):
            goes_left = value in split.categories
        else:
            goes_left = split.nan_left if math.isnan(value) else value <= split.threshold
        node = split.left if goes_left else split.right
    return ~node
