"""Fixed bins: where ages and numbers are counted, the same in every release and region, so that counts can be added."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
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

LAST_NUMBER_BIN = len(NUMBER_BOUNDS)
LAST_AGE_BIN = len(AGE_BOUNDS)

OTHER = "(other)"
"""The label of texts that the registry does not name."""


def age_bin(age: int) -> int:
    """The bin of an age in ms."""
    return bisect_right(AGE_BOUNDS, age)


def number_bin(number: float) -> int:
    """The bin of a finite number."""
    assert isfinite(number), "values are finite"
    return bisect_right(NUMBER_BOUNDS, number) if number >= 0 else -bisect_right(NUMBER_BOUNDS, -number)


def number_bounds(place: int) -> tuple[float, float]:
    """The smallest and the largest magnitude of a bin, with its sign: (low, high), low < high."""
    if place == 0:
        return -NUMBER_BOUNDS[0], NUMBER_BOUNDS[0]
    magnitude = abs(place)
    low = NUMBER_BOUNDS[magnitude - 1]
    high = NUMBER_BOUNDS[magnitude] if magnitude < LAST_NUMBER_BIN else float("inf")
    return (low, high) if place > 0 else (-high, -low)


def age_quantile(ages: Mapping[int, int], share: float) -> tuple[float, float | None] | None:
    """The bin, as its bounds in ms, in which the age stands that `share` of all ages do not pass; None without ages.

    The upper bound of the last bin is None. A histogram knows its quantiles as closely as its bins are wide.
    """
    total = sum(ages.values())
    if total == 0:
        return None
    seen = 0
    for place in sorted(ages):
        seen += ages[place]
        if seen >= share * total:
            low = AGE_BOUNDS[place - 1] if place > 0 else 0
            return float(low), float(AGE_BOUNDS[place]) if place < LAST_AGE_BIN else None
    raise AssertionError("a share is at most 1")
