"""Sets of code points as sorted ranges, and the classes that several sets cut the code points into.

A range is (first, last), both inclusive. The ranges of a set are sorted, disjoint and never adjacent, so equal sets are
equal tuples. Texts are well formed, so no surrogate is ever looked up; a set holds all surrogates if it holds U+D7FF,
and none otherwise, so that they never cause a class of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from typing import TypeAlias

LAST_CODE_POINT = 0x10FFFF
FIRST_SURROGATE, LAST_SURROGATE = 0xD800, 0xDFFF

CodePoints: TypeAlias = tuple[tuple[int, int], ...]


def code_points(ranges: Iterable[tuple[int, int]]) -> CodePoints:
    """The union of `ranges`, which may overlap and stand in any order."""
    without = _joined(part for given in ranges for part in _outside_surrogates(given))
    if any(first < FIRST_SURROGATE <= last + 1 for first, last in without):
        return _joined((*without, (FIRST_SURROGATE, LAST_SURROGATE)))
    return without


def complement(points: CodePoints) -> CodePoints:
    """All code points that are not in `points`."""
    edges = [(-1, -1), *points, (LAST_CODE_POINT + 1, LAST_CODE_POINT + 1)]
    return code_points((left[1] + 1, right[0] - 1) for left, right in pairwise(edges) if left[1] + 1 < right[0])


def holds(points: CodePoints, code_point: int) -> bool:
    """Whether `code_point` is in `points`."""
    index = bisect_right(points, (code_point, LAST_CODE_POINT)) - 1
    return index >= 0 and code_point <= points[index][1]


def cuts(sets: Iterable[CodePoints]) -> tuple[int, ...]:
    """The code points above 0, ascending, at which the membership of some set changes: the bounds of the classes."""
    edges = {edge for points in sets for first, last in points for edge in (first, last + 1)}
    return tuple(sorted(edges - {0, LAST_CODE_POINT + 1}))


def _outside_surrogates(given: tuple[int, int]) -> list[tuple[int, int]]:
    first, last = given
    parts = [(first, min(last, FIRST_SURROGATE - 1)), (max(first, LAST_SURROGATE + 1), last)]
    return [(low, high) for low, high in parts if low <= high]


def _joined(ranges: Iterable[tuple[int, int]]) -> CodePoints:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)
