"""The time of day where the visitor is, by offsets of all time zones, which only tables that need them have."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from ..tables import Zones

_DAY = 86_400_000
_MINUTE = 60_000
_PARTS = ("night", "morning", "afternoon", "evening")


class _History(NamedTuple):
    """Starts in ms UTC, ascending; offsets in minutes east of UTC, which begin again after the last one."""

    starts: list[int]
    offsets: list[int]


class LocalTimes:
    """The zones of a table, by their names."""

    def __init__(self, table: Zones) -> None:
        starts = [[minute * _MINUTE for minute in accumulate(minutes)] for minutes in table["starts"]]
        self._zones: dict[str, _History] = {}
        for place, offsets, names in table["histories"]:
            history = _History(starts[place], offsets)
            for group in names.split(","):
                front, _, rest = group.partition(":")
                for name in rest.split(" "):
                    self._zones[f"{front}/{name}" if front else name] = history

    def read(self, zone: object, at: int) -> dict[str, object]:
        """The group `local` at `at` (ms UTC): hour, minute of the day, weekday (Monday 0), part_of_day. Empty for a
        zone that the table does not have."""
        history = self._zones.get(zone) if isinstance(zone, str) else None
        if history is None:
            return {}
        starts, offsets = history
        offset = offsets[max(bisect_right(starts, at) - 1, 0) % len(offsets)]
        days, rest = divmod(at + offset * _MINUTE, _DAY)
        minute = rest // _MINUTE
        return {
            "hour": minute // 60,
            "minute": minute,
            "weekday": (days + 3) % 7,
            "part_of_day": _PARTS[minute // 360],
        }
