"""Fixed bins: where their bounds lie, and what a histogram still knows of its values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.monitoring import AGE_BOUNDS, NUMBER_BOUNDS, age_bin, number_bin, number_bounds
from decision_engine.monitoring.bins import LAST_AGE_BIN, LAST_NUMBER_BIN, age_quantile

finite = st.floats(allow_nan=False, allow_infinity=False)


def test_ages_double_from_a_second_to_more_than_a_year() -> None:
    assert AGE_BOUNDS[0] == 1000
    assert all(high == 2 * low for low, high in zip(AGE_BOUNDS, AGE_BOUNDS[1:], strict=False))
    assert AGE_BOUNDS[-1] > 365 * 86_400_000


@pytest.mark.parametrize(
    ("age", "place"), [(0, 0), (999, 0), (1000, 1), (1999, 1), (2000, 2), (60_000, 6), (10**15, LAST_AGE_BIN)]
)
def test_an_age_lies_in_its_bin(age: int, place: int) -> None:
    assert age_bin(age) == place


def test_bounds_of_numbers_have_two_digits_and_rise() -> None:
    assert list(NUMBER_BOUNDS) == sorted(set(NUMBER_BOUNDS))
    assert all(float(f"{bound:.1e}") == bound for bound in NUMBER_BOUNDS)


@given(finite)
def test_a_number_lies_in_its_bin(number: float) -> None:
    place = number_bin(number)
    low, high = number_bounds(place)
    assert -LAST_NUMBER_BIN <= place <= LAST_NUMBER_BIN
    assert low <= number <= high
    assert number_bin(-number) == -place


@given(st.lists(finite, min_size=2, max_size=20))
def test_bins_keep_the_order_of_numbers(numbers: list[float]) -> None:
    places = [number_bin(number) for number in sorted(numbers)]
    assert places == sorted(places)


@pytest.mark.parametrize("number", range(1, 100))
def test_whole_numbers_up_to_99_have_a_bin_each(number: int) -> None:
    assert number_bounds(number_bin(number))[0] == number
    assert number_bin(number) != number_bin(number - 1)


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=50), st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bin_that_the_histogram_gives(ages: list[int], share: float) -> None:
    counts: dict[int, int] = {}
    for age in ages:
        counts[age_bin(age)] = counts.get(age_bin(age), 0) + 1
    bounds = age_quantile(counts, share)
    assert bounds is not None
    low, high = bounds
    exact = sorted(ages)[max(0, math.ceil(share * len(ages) - 1e-9) - 1)]
    assert low <= exact
    assert high is None or exact < high


def test_no_ages_have_no_quantile() -> None:
    assert age_quantile({}, 0.5) is None
