"""Merged thresholds divide the rows as before, quantised leaves stay within half a step, scores are the walker's."""

import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.budget.fit import (
    Views,
    count_thresholds,
    exit_leaves,
    margins,
    merge_thresholds,
    quantise_leaves,
    shortest_between,
)
from decision_engine.trees import Forest, Split, Summation, Transform, Tree, View, raw_scores
from tests.trees.models import iter_cases

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("number", range(6))
def test_scores_are_those_of_the_walker(number: int) -> None:
    case = list(iter_cases(number + 1))[number]
    rows = case.rows[:120]
    expected = np.array([raw_scores(case.forest, row) for row in rows.tolist()])
    assert margins(case.forest, Views(rows)).tobytes() == expected.tobytes()
    single = replace(case.forest, summation=Summation.FLOAT32)
    expected = np.array([raw_scores(single, row) for row in rows.tolist()])
    assert margins(single, Views(rows)).tobytes() == expected.tobytes()
    chosen = np.array([5, 3, 80])
    assert margins(single, Views(rows), chosen).tobytes() == expected[chosen].tobytes()


@pytest.mark.parametrize("number", range(6))
def test_merged_thresholds_never_change_the_partition_of_the_rows(number: int) -> None:
    case = list(iter_cases(number + 1))[number]
    views = Views(case.rows)
    columns = views.columns(case.forest)
    merged = merge_thresholds(case.forest, columns)
    every = np.arange(len(case.rows))
    assert count_thresholds(merged) <= count_thresholds(case.forest)
    for before, after in zip(case.forest.trees, merged.trees, strict=True):
        assert (exit_leaves(before, columns, every) == exit_leaves(after, columns, every)).all()
    assert margins(merged, views).tobytes() == margins(case.forest, views).tobytes()


def test_thresholds_of_one_gap_become_one_short_decimal_in_it() -> None:
    forest = stumps(1.0000001, 1.2345, 1.9999, 7.5)
    merged = merge_thresholds(forest, [np.array([1.0, 2.0, 7.0, 8.0])])
    assert [thresholds(tree) for tree in merged.trees] == [[1.5], [1.5], [1.5], [7.5]]


def test_a_threshold_on_a_value_stays_on_its_side_of_it() -> None:
    merged = merge_thresholds(stumps(2.0), [np.array([1.0, 2.0, 3.0])])
    (threshold,) = thresholds(merged.trees[0])
    assert 2.0 < threshold < 3.0


def test_thresholds_beyond_the_data_keep_a_value_of_theirs() -> None:
    merged = merge_thresholds(stumps(-5.123, -4.5, 99.25, math.inf), [np.array([1.0, 2.0])])
    assert [thresholds(tree)[0] for tree in merged.trees] == [-5.123, -5.123, 99.25, math.inf]


@given(FLOATS, FLOATS)
def test_the_shortest_decimal_lies_strictly_between(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    found = shortest_between(low, high)
    if found == low:
        assert math.nextafter(low, math.inf) >= high or high - low < 1e-300
    else:
        assert low < found < high


@given(st.integers(0, 10**6), st.integers(1, 10**4), st.integers(0, 5))
def test_no_decimal_of_fewer_digits_lies_between(start: int, width: int, places: int) -> None:
    low, high = start / 10**places, (start + width) / 10**places
    if low >= high:
        return
    found = Decimal(repr(shortest_between(low, high))).normalize()
    exponent = found.as_tuple().exponent
    assert isinstance(exponent, int)
    step = Decimal(1).scaleb(exponent + 1)  # one digit less
    if found != 0:
        assert not low < float((Decimal(low) // step + 1) * step) < high


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("number", range(4))
def test_leaves_are_whole_multiples_within_half_a_step(number: int, bits: int) -> None:
    case = list(iter_cases(number + 1))[number]
    found = quantise_leaves(case.forest, bits)
    assert math.frexp(found.step)[0] == 0.5
    for before, after, centre in zip(case.forest.trees, found.forest.trees, found.centres, strict=True):
        assert after.nodes == before.nodes
        for old, new in zip(before.leaves, after.leaves, strict=True):
            multiple = new / found.step
            assert multiple.is_integer()
            assert abs(multiple) < 2 ** (bits - 1)
            assert math.copysign(1.0, new) > 0 or new < 0, "no negative zero"
            assert abs(old - centre - new) <= found.step / 2 * (1 + 1e-9)
    assert all((start / found.step).is_integer() for start in found.forest.base)


def test_the_step_is_the_smallest_power_of_two() -> None:
    found = quantise_leaves(stumps(1.0, leaves=(-1.0, 1.0)), 12)
    assert found.step * 2047 >= 1.0 > found.step / 2 * 2047
    assert quantise_leaves(stumps(1.0, leaves=(3.0, 3.0)), 12).forest.base == (3.0,)


def stumps(*limits: float, leaves: tuple[float, float] = (0.25, -0.25)) -> Forest:
    trees = tuple(Tree((Split(0, limit, False, ~0, ~1),), leaves) for limit in limits)
    return Forest("m", ("x",), (View(0, Transform.AS_IS),), trees)


def thresholds(tree: Tree) -> list[float]:
    return [node.threshold for node in tree.nodes if isinstance(node, Split)]
