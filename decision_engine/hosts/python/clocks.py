"""Local time from a table of offsets, so that no host needs a time zone database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from .tables import Clock

_DAY = 86_400_000
_MINUTE = 60_000


def local_time(clock: Clock) -> Callable[[int], tuple[int, int]]:
    """Prepare a clock: ms UTC -> (weekday, Monday 0; minute of the day)."""
    starts = [start for start, _ in clock["changes"]]
    offsets = [offset * _MINUTE for _, offset in clock["changes"]]

    def read(at: int) -> tuple[int, int]:
        local = at + offsets[max(bisect_right(starts, at) - 1, 0)]
        days, rest = divmod(local, _DAY)
        return (days + 3) % 7, rest // _MINUTE

    return read
