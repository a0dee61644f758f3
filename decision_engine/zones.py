"""Time zones as data: the changes of a zone's offset, from the pinned `tzdata` package so that every machine has
the same."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 2020, 2060
"""The horizon of the compiled tables. Before and after it, the offset nearest in time is in force."""

_STEP = timedelta(days=7)  # shorter than any two changes of an offset lie apart


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of the IANA name `name`; raises KeyError when tzdata has none."""
    parts = name.split("/")
    if not all(part and part not in (".", "..") for part in parts):
        raise KeyError(name)
    path = files("tzdata").joinpath("zoneinfo", *parts)
    if not path.is_file():
        raise KeyError(name)
    with path.open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


@cache
def zone_names() -> tuple[tuple[str, ...], ...]:
    """Every name of the tz database but `Factory`, which stands for no zone; names of one zone together."""
    root = files("tzdata")
    alike: dict[bytes, list[str]] = {}
    for name in sorted(root.joinpath("zones").read_text(encoding="utf-8").split()):
        if name != "Factory":
            alike.setdefault(root.joinpath("zoneinfo", *name.split("/")).read_bytes(), []).append(name)
    return tuple(map(tuple, alike.values()))


@cache
def offset_changes(name: str, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> tuple[tuple[int, int], ...]:
    """(start in ms UTC, offset in minutes east of UTC) for each change from the year `first` to the end of the one
    before `last`; the first starts the horizon."""
    tz = zone(name)
    low, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    offset = _offset(tz, low)
    changes = [(_milliseconds(low), offset)]
    while low < end:
        high, before = low + _STEP, offset
        offset = _offset(tz, high)
        if offset != before:
            moment = _change_between(tz, low, high)
            changes.append((_milliseconds(moment), _offset(tz, moment)))
        low = high
    return tuple(changes)


def offset_at(name: str, now: float) -> int:
    """The offset in minutes in force at `now` (ms UTC), by the table's rule."""
    changes = offset_changes(name)
    return changes[max(0, bisect_right(changes, now, key=lambda change: change[0]) - 1)][1]


def local_to_utc(name: str, local: datetime) -> int:
    """ms UTC of the local time (without tzinfo) in the zone; of an hour that occurs twice, the first."""
    offset = local.replace(tzinfo=zone(name)).utcoffset()
    assert offset is not None
    # In whole numbers, since the moment may lie outside the years that a datetime can tell.
    return (local - datetime(1970, 1, 1) - offset) // timedelta(seconds=1) * 1000


def _change_between(tz: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second after `low` whose offset differs, by bisection."""
    before = _offset(tz, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(tz, middle) == before else (low, middle)
    return high


def _offset(tz: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(tz).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
