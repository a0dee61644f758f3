"""Ranges of places, as named bucketings have them (feature_registry/bucketings.py)."""

from __future__ import annotations

from feature_registry.bucketings import HIGHEST_PLACE
from feature_registry.values import BadValueError, read_number


def read_places(json: object) -> tuple[float, float]:
    """[low, high], a half-open range of places. Raises BadValueError."""
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[low, high], a range of places", "wrong-type", "low is inside, high is outside")
    low, high = (read_number(bound) for bound in json)
    if not 0 <= low <= HIGHEST_PLACE or not 0 <= high <= HIGHEST_PLACE:
        raise BadValueError("[low, high] within the bucketing's places", "out-of-range", "most have places from 0 to 1")
    if low > high:
        raise BadValueError("[low, high] with low <= high", "empty-range", "low is inside, high is outside")
    return low, high
