"""Intervals of shares against scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from infra.preview.interval import Share


@given(st.integers(1, 10_000_000).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_wilson_as_scipy_has_it(pair: tuple[int, int]) -> None:
    count, rows = pair
    expected = binomtest(count, rows).proportion_ci(0.95, method="wilson")
    assert Share(count, rows).interval == pytest.approx((expected.low, expected.high), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("count", "rows"), [(0, 1), (1, 1), (0, 12_330), (12_330, 12_330), (3, 7)])
def test_the_interval_holds_the_share_and_stays_within_0_and_1(count: int, rows: int) -> None:
    share = Share(count, rows)
    low, high = share.interval
    assert 0 <= low <= share.share <= high <= 1
    assert low < high
