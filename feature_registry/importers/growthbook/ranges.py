"""GrowthBook's arithmetic of weights, coverage and ranges (docs.growthbook.io/lib/build-your-own)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from feature_registry.bucketings import GROWTHBOOK_1, GROWTHBOOK_2, HIGHEST_PLACE
from feature_registry.importers.formulas import FALSE, Formula, Within, disj

Range = tuple[float, float]

BUCKETINGS = {1: GROWTHBOOK_1, 2: GROWTHBOOK_2}
"""The bucketing of each hash version; an unknown version enrols nobody."""


def equal_weights(count: int) -> list[float]:
    """The same weight for each variation."""
    return [1 / count] * count if count > 0 else []


def bucket_ranges(count: int, coverage: float | None, weights: Sequence[float] | None) -> list[Range]:
    """The range of places of each variation: the first part, as large as the coverage, of each weight's part."""
    covered = 1.0 if coverage is None else min(1.0, max(0.0, coverage))
    used = list(weights) if weights else equal_weights(count)
    total = 0.0
    for weight in used:
        total = weight + total
    if len(used) != count or not 0.99 <= total <= 1.01:
        used = equal_weights(count)
    running, found = 0.0, []
    for weight in used:
        start, running = running, running + weight
        found.append((start, start + covered * weight))
    return found


def choose_variation(place: float, ranges: Sequence[Range]) -> int:
    """The first range that holds the place; -1 when none does."""
    return next((index for index, (low, high) in enumerate(ranges) if low <= place < high), -1)


def within(unit: str, version: int, seed: str, bounds: Range) -> Formula:
    """The unit's place lies in the range; false for an unknown hash version."""
    if version not in BUCKETINGS:
        return FALSE
    low, high = clamped(bounds)
    return Within(unit, BUCKETINGS[version], seed, "", low, high) if low < high else FALSE


def within_some(unit: str, version: int, seed: str, ranges: Sequence[Range]) -> Formula:
    """The unit's place lies in one of the ranges."""
    return disj(within(unit, version, seed, bounds) for bounds in ranges)


def covered_by(coverage: float) -> Range:
    """The places up to the coverage, itself included."""
    return (0.0, math.nextafter(coverage, math.inf)) if coverage >= 0 else (0.0, 0.0)


def known(unit: str) -> Formula:
    """The unit is known: it has a place."""
    return Within(unit, GROWTHBOOK_1, "", "", 0.0, HIGHEST_PLACE)


def clamped(bounds: Range) -> Range:
    """The range within the places that are possible."""
    low, high = (min(HIGHEST_PLACE, max(0.0, float(bound))) for bound in bounds)
    return (low, max(low, high))
