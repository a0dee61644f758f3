"""Fewer distinct thresholds: those that divide the training rows alike become one, which is short to write.

Never rounded: a threshold stays between the same two values of the training data, so each of these rows goes the way
it went. A value that the data does not have may go another way, as it may in a model trained on other rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Context, Decimal, localcontext

import numpy as np

from decision_engine.budget.fit.scoring import Floats
from decision_engine.trees import Forest, Split, Tree, TreeNode

_DIGITS = 800  # the exact decimal of any double has fewer


def merge_thresholds(forest: Forest, columns: Sequence[Floats]) -> Forest:
    """`forest` with one threshold for each gap between adjacent values of its views, whose values are `columns`."""
    merged: list[dict[float, float]] = []
    for number, column in enumerate(columns):
        found = {
            node.threshold
            for tree in forest.trees
            for node in tree.nodes
            if isinstance(node, Split) and node.view == number and np.isfinite(node.threshold)
        }
        merged.append(_merged(sorted(found), np.unique(column[np.isfinite(column)])))
    return replace(forest, trees=tuple(_with(tree, merged) for tree in forest.trees))


def count_thresholds(forest: Forest) -> int:
    """The distinct pairs of view and threshold."""
    return len({(node.view, node.threshold) for tree in forest.trees for node in tree.nodes if isinstance(node, Split)})


def shortest_between(low: float, high: float) -> float:
    """The decimal of fewest digits strictly between `low` and `high`, of those the nearest to their middle; `low` when
    no double lies between."""
    with localcontext(Context(prec=_DIGITS)):
        below, above = Decimal(low), Decimal(high)
        if below < 0 < above:
            return 0.0
        middle = (below + above) / 2
        exponent = (above - below).adjusted() + 1
        while exponent > -1100:
            step = Decimal(1).scaleb(exponent)
            first = (below / step).to_integral_value(ROUND_FLOOR) + 1
            nearest = max(first, (middle / step).to_integral_value())
            for count in (nearest, first):
                found = float(count * step)
                if below < count * step < above and low < found < high:
                    return found
            if step < (above - below) / 1000:  # doubles are too coarse here
                return low
            exponent -= 1
    return low


def _merged(thresholds: list[float], values: Floats) -> dict[float, float]:
    groups: dict[int, list[float]] = {}
    for threshold in thresholds:
        groups.setdefault(int(np.searchsorted(values, threshold, side="right")), []).append(threshold)
    found: dict[float, float] = {}
    for place, group in groups.items():
        inside = 0 < place < len(values)
        # Outside of the data every threshold divides nothing: the first of them stands for all.
        one = shortest_between(float(values[place - 1]), float(values[place])) if inside else group[0]
        found |= dict.fromkeys(group, one)
    return found


def _with(tree: Tree, merged: Sequence[dict[float, float]]) -> Tree:
    return replace(tree, nodes=tuple(_node(node, merged) for node in tree.nodes))


def _node(node: TreeNode, merged: Sequence[dict[float, float]]) -> TreeNode:
    if not isinstance(node, Split):
        return node
    return replace(node, threshold=merged[node.view].get(node.threshold, node.threshold))
