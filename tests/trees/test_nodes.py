"""Steps that loaders share: thresholds taken from float32 to double, numbers of nodes, bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from decision_engine.trees import ModelError, Tree
from decision_engine.trees.loaders.nodes import MAX_NODES, casting_thresholds, check_sums, check_total, node_places

BEYOND = 2.0**128 - 2.0**103
"""The smallest number that rounds to infinity as float32."""


def cast(x: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(x))


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
@example(0.0, 2.0**-150)
@example(-0.0, math.nextafter(2.0**-150, 1.0))
@example(-5e-324, -(2.0**-150))
@example(math.inf, math.inf)
@example(-math.inf, -BEYOND)
@example(-math.inf, math.nextafter(-BEYOND, 0.0))
@example(1e300, BEYOND)
@example(1e300, math.nextafter(BEYOND, 0.0))
@example(-1e300, -BEYOND)
@example(1.0, 1.0 + 2.0**-24)
@example(1.0 + 2.0**-23, 1.0 + 3 * 2.0**-24)
def test_a_casting_threshold_tells_what_the_cast_does(threshold: float, x: float) -> None:
    [found] = casting_thresholds(np.array([threshold])).tolist()
    near = (found, math.nextafter(found, math.inf), math.nextafter(found, -math.inf), threshold, cast(threshold))
    for value in (x, *near):
        assert (value <= found) is (cast(value) <= threshold)


def test_the_casting_thresholds_of_many_are_those_of_each() -> None:
    rng = np.random.default_rng(1)
    thresholds = np.concatenate([rng.normal(size=1000), rng.normal(size=1000).astype(np.float32), [0.0, 1e300, -1e300]])
    found = casting_thresholds(thresholds)
    assert found.tolist() == [casting_thresholds(np.array([t]))[0] for t in thresholds]
    near = np.concatenate([found, np.nextafter(found, np.inf), np.nextafter(found, -np.inf)])
    with np.errstate(over="ignore"):
        assert ((near <= np.tile(found, 3)) == (near.astype(np.float32) <= np.tile(thresholds, 3))).all()


def test_nodes_are_numbered_in_their_order() -> None:
    #     0
    #   3   1
    #      2 4
    left, right, is_leaf = [3, 2, -1, -1, -1], [1, 4, -1, -1, -1], [False, False, True, True, True]
    assert node_places(left, right, is_leaf, "tree 0", "help") == [0, 1, ~0, ~1, ~2]
    assert node_places([-1], [-1], [True], "tree 0", "help") == [~0]


def test_a_deep_chain_needs_no_recursion() -> None:
    count = 100_001
    left = [i + 1 if i % 2 == 0 else -1 for i in range(count)]
    right = [i + 2 if i % 2 == 0 else -1 for i in range(count)]
    is_leaf = [i % 2 == 1 or i == count - 1 for i in range(count)]
    assert node_places(left, right, is_leaf, "tree 0", "help")[-1] == ~(count // 2)


def test_sums_and_sizes_are_bounded() -> None:
    check_sums([Tree((), (1e308,)), Tree((), (1e308,))], (0.0, 0.0))
    with pytest.raises(ModelError, match="the first 2 trees"):
        check_sums([Tree((), (1e308,)), Tree((), (-1e308,))], (0.0,))
    with pytest.raises(ModelError, match="not-finite"):
        check_sums([Tree((), (1.0,))], (math.nan,))
    check_total(MAX_NODES)
    with pytest.raises(ModelError, match="at most 2,000,000 nodes in all trees"):
        check_total(MAX_NODES + 1)
