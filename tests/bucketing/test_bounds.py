"""Bounds of shares are exact, and the last variation's range ends where the buckets do."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from decision_engine.bucketing import bound, weight_bounds

FRACTIONS = st.decimals(min_value=0, max_value=1, places=4, allow_nan=False)


@given(FRACTIONS)
def test_a_bound_is_exact_for_the_decimal_as_written(fraction: Decimal) -> None:
    assert bound(float(fraction)) == int(fraction * 2**32 // 1)


def test_known_bounds() -> None:
    found = [bound(fraction) for fraction in (0.0, 0.1, 0.25, 0.5, 1 / 3, 1.0)]
    assert found == [0, 429496729, 2**30, 2**31, int(Fraction("0.3333333333333333") * 2**32), 2**32]


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=8).filter(lambda weights: sum(weights) > 0))
def test_variations_share_all_buckets(weights: list[float]) -> None:
    bounds = weight_bounds(weights)
    assert list(bounds) == sorted(bounds)
    assert bounds[-1] == 2**32
    for weight, high, low in zip(weights, bounds, (0, *bounds), strict=False):
        share = Fraction(repr(weight)) / sum(Fraction(repr(other)) for other in weights)
        assert abs(Fraction(high - low, 2**32) - share) <= Fraction(1, 2**31)


@given(FRACTIONS, FRACTIONS)
def test_raising_a_share_keeps_those_inside(one: Decimal, other: Decimal) -> None:
    low, high = sorted((float(one), float(other)))
    assert bound(low) <= bound(high)
