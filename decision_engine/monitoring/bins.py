"""Fixed bins of ages and numbers, as hosts count them, and what can be told from counts in them."""

from __future__ import annotations

from collections.abc import Mapping

from decision_engine.hosts.python.records.bins import AGE_BOUNDS, NUMBER_BOUNDS, age_bin, number_bin

__all__ = [
    "AGE_BOUNDS",
    "LAST_AGE_BIN",
    "LAST_NUMBER_BIN",
    "NUMBER_BOUNDS",
    "OTHER",
    "age_bin",
    "age_quantile",
    "number_bin",
    "number_bounds",
    "number_quantile",
]

LAST_NUMBER_BIN = len(NUMBER_BOUNDS)
LAST_AGE_BIN = len(AGE_BOUNDS)

OTHER = "(other)"
"""The label of texts that the registry does not name."""


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


def number_quantile(bins: Mapping[int, int], share: float) -> float | None:
    """The upper bound of the bin in which the number stands that `share` of all do not pass; None without numbers.

    The bound of the last bin is its lower one: nobody knows by how much numbers pass it.
    """
    total = sum(bins.values())
    seen = 0
    for place in sorted(bins):
        seen += bins[place]
        if seen >= share * total:
            return NUMBER_BOUNDS[-1] if place >= LAST_NUMBER_BIN else number_bounds(place)[1]
    return None
