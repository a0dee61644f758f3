"""Fixed bins: where ages and numbers are counted, the same in every release and region, so that counts can be added."""

from __future__ import annotations

from bisect import bisect_right
from math import isfinite

AGE_BOUNDS: tuple[int, ...] = tuple(1000 * 2**power for power in range(26))
"""Milliseconds, each twice the one before: 1 s, 2 s, 4 s, ... 388 days. Bin 0 holds ages below the first, bin n those
from bound n-1 on and below bound n, the last bin all beyond."""

_DECADES = range(-6, 12)
NUMBER_BOUNDS: tuple[float, ...] = (
    *(float(f"{digits // 10}.{digits % 10}e{decade}") for decade in _DECADES for digits in range(10, 100)),
    1e12,
)
"""Two significant digits, from 0.000001 to 10^12. Bin 0 holds magnitudes below the first, bin n those from bound n-1 on
and below bound n; bin -n holds the negatives of bin n. So the whole numbers up to 99 have a bin each."""


def age_bin(age: int) -> int:
    """The bin of an age in ms."""
    return bisect_right(AGE_BOUNDS, age)


def number_bin(number: float) -> int:
    """The bin of a finite number."""
    assert isfinite(number), "values are finite"
    return bisect_right(NUMBER_BOUNDS, number) if number >= 0 else -bisect_right(NUMBER_BOUNDS, -number)
