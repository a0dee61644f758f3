"""What features of the group `local` need at run time: the offsets of all time zones, for the years of releases.

Zones with the same offsets since `FIRST_YEAR` share a history, and histories that change at the same moments share
those; offsets that come again, as in summer time, stand once. After `LAST_YEAR` the last offset stays in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from decision_engine.hosts.python.tables import Visitor, Zones
from decision_engine.ir.nodes import Program
from decision_engine.zones import offset_changes, zone_names

FIRST_YEAR, LAST_YEAR = 2025, 2040
"""The horizon of the table: enough for a release and for the replay of a year before it."""

LOCAL = "local"
"""The group whose features read the visitor's time."""

_MINUTE = 60_000


def visitor_table(program: Program) -> Visitor | None:
    """The member `visitor` of the tables, when a feature of the program reads the visitor's time."""
    if not any(feature.path[0] == LOCAL for feature in program.features):
        return None
    return {"zones": zones_table()}


@cache
def zones_table() -> Zones:
    """The offsets of every zone; the same for every program."""
    alike: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for same in zone_names():
        alike.setdefault(offset_changes(same[0], FIRST_YEAR, LAST_YEAR + 1), []).extend(same)
    starts: dict[tuple[int, ...], int] = {}
    histories: list[list[Any]] = []
    for changes, names in alike.items():
        moments = tuple(start // _MINUTE for start, _ in changes)
        place = starts.setdefault(moments, len(starts))
        histories.append([place, _shortest([offset for _, offset in changes]), _names(sorted(names))])
    listed = [[moments[0], *(after - before for before, after in pairwise(moments))] for moments in starts]
    return {"starts": listed, "histories": histories}


def _shortest(offsets: list[int]) -> list[int]:
    """The shortest list that gives the offsets when it is repeated."""
    for length in range(1, len(offsets)):
        if all(offset == offsets[place % length] for place, offset in enumerate(offsets)):
            return offsets[:length]
    return offsets


def _names(names: Sequence[str]) -> str:
    """Names as `FRONT:REST REST,FRONT:REST`; FRONT is all before the last `/`, and may be empty."""
    groups: dict[str, list[str]] = {}
    for name in names:
        front, _, rest = name.rpartition("/")
        groups.setdefault(front, []).append(rest)
    return ",".join(f"{front}:{' '.join(rests)}" for front, rests in groups.items())
