"""What loaders of node arrays share: casting thresholds, numbering nodes, and bounds on sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import Tree

Doubles: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

MAX_LEAVES = 131_072
"""The most leaves of one tree."""

MAX_NODES = 2_000_000
"""The most nodes of all trees of a model, of which an edge can run a small part."""

_BEYOND = 2.0**128
_SMALLER = "limit the leaves (`max_leaf_nodes`) or the number of trees: this model is too large for an edge"


def casting_thresholds(thresholds: Doubles) -> Doubles:
    """For each t the largest double T with float32(T) <= t, so that `x <= T` says the same of every double x as
    `float32(x) <= t`: casts round to nearest, ties to even, and overflow to infinities."""
    minus, plus = np.float32(-math.inf), np.float32(math.inf)
    with np.errstate(over="ignore"):
        low = thresholds.astype(np.float32)
        low = np.where(low > thresholds, np.nextafter(low, minus), low)
        high = np.nextafter(low, plus)
    # Where rounding overflows, an infinity stands for the power of two after the largest float32.
    middle = (_finite(low) + _finite(high)) / 2
    is_even = (low.view(np.uint32) & 1) == 0
    casting: Doubles = np.where(is_even, middle, np.nextafter(middle, -math.inf))
    casting[low == plus] = math.inf
    return casting


def node_places(left: Sequence[int], right: Sequence[int], is_leaf: Sequence[bool], tree: str, help: str) -> list[int]:
    """For each node its place in a `Tree`: the number of a split, or ~n for leaf n, both in the order of the arrays.

    Node 0 is the root. Raises ModelError `damaged-tree` unless every node hangs from the root, once.
    """
    count = len(is_leaf)
    seen = bytearray(count)
    seen[0] = 1
    stack = [0]
    while stack:
        node = stack.pop()
        if is_leaf[node]:
            continue
        for child in (left[node], right[node]):
            if not 0 <= child < count:
                message = f"expected a child between 0 and {count - 1} at node {node} of {tree}, found {child}"
                raise ModelError("damaged-tree", message, help=help)
            if seen[child]:
                message = f"expected each node once in {tree}, found {child} again below node {node}"
                raise ModelError("damaged-tree", message, help=help)
            seen[child] = 1
            stack.append(child)
    if (lost := seen.find(0)) >= 0:
        message = f"expected every node of {tree} to hang from the root, found node {lost} apart"
        raise ModelError("damaged-tree", message, help=help)
    return _numbered(is_leaf)


def check_size(nodes: int, tree: str) -> None:
    """ModelError `model-too-large` for a tree of more nodes than any that is loaded; `wrong-count` for none."""
    if nodes == 0:
        raise ModelError("wrong-count", f"expected at least one node in {tree}, found none", help=_SMALLER)
    if nodes > 2 * MAX_LEAVES - 1:
        message = f"expected at most {2 * MAX_LEAVES - 1:,} nodes in {tree}, found {nodes:,}"
        raise ModelError("model-too-large", message, help=_SMALLER)


def check_total(nodes: int) -> None:
    """ModelError `model-too-large` when all trees together have more nodes than are loaded."""
    if nodes > MAX_NODES:
        message = f"expected at most {MAX_NODES:,} nodes in all trees, found at least {nodes:,}"
        raise ModelError("model-too-large", message, help=_SMALLER)


def check_sums(trees: Sequence[Tree], starts: Sequence[float], largest: float = math.inf) -> None:
    """INVARIANT (scores-are-finite): no choice of leaves makes a sum NaN, or as large as `largest`."""
    bounds = [abs(start) for start in starts]
    outputs = len(bounds)
    for i, tree in enumerate(trees):
        bounds[i % outputs] += max(map(abs, tree.leaves))
        if not bounds[i % outputs] < largest:
            message = f"expected leaves whose sum is finite, found that the first {i + 1} trees can pass any number"
            raise ModelError("not-finite", message, help="training diverged: check labels and learning rate")


def _numbered(is_leaf: Sequence[bool]) -> list[int]:
    places: list[int] = []
    splits = leaves = 0
    for leaf in is_leaf:
        places.append(~leaves if leaf else splits)
        leaves += leaf
        splits += not leaf
    return places


def _finite(values: np.ndarray[Any, np.dtype[np.float32]]) -> Doubles:
    clipped: Doubles = np.clip(values.astype(np.float64), -_BEYOND, _BEYOND)
    return clipped
