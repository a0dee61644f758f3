"""Indices and tests of two histograms: against scipy, against closed forms, and by simulation."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from decision_engine.monitoring import (
    chi_square,
    holm,
    kolmogorov_smirnov,
    label_groups,
    number_bin,
    number_groups,
    psi_by_chance,
    stability_index,
)

counts = st.lists(st.integers(0, 200), min_size=1, max_size=12).filter(lambda found: sum(found) > 0)
histograms = st.dictionaries(st.integers(-40, 40), st.integers(1, 300), min_size=1, max_size=15)
labelled = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 300), min_size=1, max_size=8)


def binned(values: np.ndarray) -> dict[int, int]:
    return Counter(number_bin(float(value)) for value in values)


def test_the_index_is_the_closed_form() -> None:
    assert stability_index([50, 50], [80, 20]) == pytest.approx(0.3 * math.log(1.6) - 0.3 * math.log(0.4))
    assert stability_index([10, 90], [20, 180]) == 0


def test_an_empty_group_counts_as_half_a_session() -> None:
    assert stability_index([100, 100], [200, 0]) == pytest.approx(
        (1 - 0.5) * math.log(1 / 0.5) + (0.5 / 200 - 0.5) * math.log(0.5 / 200 / 0.5)
    )
    assert stability_index([10, 0, 10], [10, 0, 10]) == 0


@given(st.data())
def test_the_index_is_never_negative_and_symmetric(data: st.DataObject) -> None:
    baseline = data.draw(counts)
    window = data.draw(
        st.lists(st.integers(0, 200), min_size=len(baseline), max_size=len(baseline)).filter(
            lambda found: sum(found) > 0
        )
    )
    assert stability_index(baseline, window) >= 0
    assert stability_index(baseline, window) == pytest.approx(stability_index(window, baseline))


@given(counts, st.integers(1, 9))
def test_the_index_is_zero_for_equal_shares(baseline: list[int], times: int) -> None:
    assert stability_index(baseline, [count * times for count in baseline]) == pytest.approx(0, abs=1e-12)


@given(histograms, histograms)
def test_groups_of_numbers_hold_every_session_once(baseline: dict[int, int], window: dict[int, int]) -> None:
    groups = number_groups(baseline, window)
    assert sum(a for a, _ in groups) == sum(baseline.values())
    assert sum(b for _, b in groups) == sum(window.values())
    assert 1 <= len(groups) <= 10
    assert all(a > 0 for a, _ in groups)
    assert stability_index(*([two[side] for two in number_groups(baseline, baseline)] for side in (0, 1))) == 0


@given(labelled, labelled)
def test_groups_of_labels_hold_every_session_once(baseline: dict[str, int], window: dict[str, int]) -> None:
    groups = label_groups(baseline, window)
    assert (sum(a for a, _ in groups), sum(b for _, b in groups)) == (sum(baseline.values()), sum(window.values()))


def test_many_even_values_make_ten_groups_of_a_tenth() -> None:
    even = dict.fromkeys(range(100), 10)
    assert number_groups(even, even) == [(100, 100)] * 10


@pytest.mark.parametrize("seed", range(8))
def test_the_distance_and_its_p_are_those_of_scipy(seed: int) -> None:
    random = np.random.default_rng(seed)
    a = random.lognormal(0, 1, int(random.integers(30, 2000)))
    b = random.lognormal(0.05 * seed, 1 + 0.05 * seed, int(random.integers(30, 2000)))
    ours = kolmogorov_smirnov(binned(a), binned(b))
    theirs = stats.ks_2samp([number_bin(x) for x in a], [number_bin(x) for x in b], method="asymp")
    assert ours.statistic == pytest.approx(theirs.statistic, abs=1e-12)
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-300)
    assert ours.statistic <= stats.ks_2samp(a, b).statistic + 1e-12


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(20, 400), st.integers(20, 400)), min_size=2))
def test_the_chi_square_is_that_of_scipy(table: dict[str, tuple[int, int]]) -> None:
    ours = chi_square({name: a for name, (a, _) in table.items()}, {name: b for name, (_, b) in table.items()})
    theirs = stats.chi2_contingency(np.array(list(table.values())), correction=False)
    smallest = theirs.expected_freq.min()
    if smallest >= 5:
        assert ours.statistic == pytest.approx(theirs.statistic, abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-300)
        assert ours.effect == pytest.approx(stats.contingency.association(np.array(list(table.values()))), abs=1e-9)


def test_rare_labels_are_pooled_until_each_is_expected_five_times() -> None:
    baseline = {"often": 900, **{f"rare {n}": 1 for n in range(100)}}
    window = {"often": 950, **{f"rare {n}": 1 for n in range(50)}}
    tested = chi_square(baseline, window)
    pooled = stats.chi2_contingency(np.array([[900, 950], [100, 50]]), correction=False)
    assert (tested.statistic, tested.p) == pytest.approx((pooled.statistic, pooled.pvalue))


def test_a_pool_that_is_too_small_takes_the_next_label() -> None:
    tested = chi_square({"a": 500, "b": 12, "c": 3}, {"a": 500, "b": 20, "c": 0})
    pooled = stats.chi2_contingency(np.array([[500, 500], [15, 20]]), correction=False)
    assert tested.p == pytest.approx(pooled.pvalue)


def test_rare_labels_alarm_no_more_often_than_they_may() -> None:
    random = np.random.default_rng(6)
    shares = np.array([0.5, *[0.005] * 100])
    alarms = []
    for _ in range(400):
        a, b = random.multinomial(800, shares), random.multinomial(700, shares)
        tested = chi_square({str(n): int(x) for n, x in enumerate(a)}, {str(n): int(x) for n, x in enumerate(b)})
        alarms.append(tested.p < 0.05)
    assert np.mean(alarms) <= 0.08


def test_one_label_cannot_differ() -> None:
    tested = chi_square({"a": 10}, {"a": 900})
    assert (tested.statistic, tested.p) == (0, 1)


def test_holm_multiplies_the_smallest_most_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.6, 0.9]) == [1, 1]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_lowers_nothing(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    assert [adjusted[place] for place in sorted(range(len(p_values)), key=p_values.__getitem__)] == sorted(adjusted)


def test_chance_alone_stays_below_its_quantile_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    shares = np.full(10, 0.1)
    found = [stability_index(random.multinomial(2000, shares), random.multinomial(3000, shares)) for _ in range(2000)]
    below = np.mean([index < psi_by_chance(10, 2000, 3000) for index in found])
    assert 0.98 <= below <= 0.999
    assert np.mean(found) == pytest.approx(9 * (1 / 2000 + 1 / 3000), rel=0.1)
