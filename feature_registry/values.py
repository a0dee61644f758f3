"""Values of features as JSON writes them in a registry, read into Python: one function for each type.

| type                 | JSON                  | Python               |
|----------------------|-----------------------|----------------------|
| bool                 | true, false           | bool                 |
| number               | number                | float                |
| category, text       | text                  | str                  |
| timestamp            | RFC 3339 text         | int, ms UTC          |
| tags                 | list of texts         | tuple of str         |
| version              | SemVer 2.0.0 text     | str                  |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeAlias

Value: TypeAlias = bool | float | int | str | tuple[str, ...]

LARGEST_NUMBER = 2**53 - 1
LONGEST_VERSION = 256

_DURATION = re.compile(r"(0|[1-9][0-9]{0,8})(ms|s|m|h|d)")
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_LOCAL_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMERIC = r"(?:0|[1-9][0-9]*)"
_LABEL = rf"(?:{_NUMERIC}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"({_NUMERIC})\.({_NUMERIC})\.({_NUMERIC})(?:-({_LABEL}(?:\.{_LABEL})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


class FeatureType(StrEnum):
    """The type of a feature's values."""

    BOOL = "bool"
    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    TIMESTAMP = "timestamp"
    TAGS = "tags"
    VERSION = "version"


class BadValueError(ValueError):
    """A JSON value is not of the expected form; caught where the place is known, and made a diagnostic there.

    `expected` completes "expected ..."; `code` is the diagnostic's.
    """

    def __init__(self, expected: str, code: str = "wrong-type", help: str | None = None) -> None:
        self.expected = expected
        self.code = code
        self.help = help
        super().__init__(f"expected {expected}")


def read_value(kind: FeatureType, json: object) -> Value:
    """A value of a feature of this type. Raises BadValueError."""
    return _READERS[kind](json)


def read_bool(json: object) -> bool:
    """True or false. Raises BadValueError."""
    if not isinstance(json, bool):
        raise BadValueError("`true` or `false`")
    return json


def read_number(json: object) -> float:
    """A finite double. Raises BadValueError."""
    if isinstance(json, bool) or not isinstance(json, int | float):
        raise BadValueError("a number")
    return float(json)


def read_text(json: object) -> str:
    """Any text. Raises BadValueError."""
    if not isinstance(json, str):
        raise BadValueError("text")
    return json


def read_scalar(json: object) -> bool | float | str:
    """A text, a number or a bool. Raises BadValueError."""
    if isinstance(json, bool | str):
        return json
    if isinstance(json, int | float):
        return float(json)
    raise BadValueError("a value: text, a number, `true` or `false`")


def read_tags(json: object) -> tuple[str, ...]:
    """Distinct texts. Raises BadValueError."""
    if not isinstance(json, list | tuple) or not all(isinstance(tag, str) for tag in json):
        raise BadValueError("a list of texts")
    if len(set(json)) < len(json):
        raise BadValueError("a list of distinct texts", "repeated-value")
    return tuple(json)


def read_timestamp(json: object) -> int:
    """Milliseconds UTC of an RFC 3339 text with a time zone; the fraction is cut to ms. Raises BadValueError."""
    wanted = "an RFC 3339 time such as `2026-11-27T08:00:00Z`"
    if not isinstance(json, str):
        raise BadValueError(wanted, "bad-time")
    match = _TIMESTAMP.fullmatch(json)
    if match is None:
        raise BadValueError(wanted, "bad-time", _time_help(json))
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, hours, minutes = match.group(7) or "", match.group(8), match.group(9), match.group(10)
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset >= timedelta(hours=24) or int(minutes or 0) > 59:
        raise BadValueError(wanted, "bad-time", "the offset from UTC is at most 23:59")
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as problem:
        raise BadValueError(wanted, "bad-time", f"no such time: {problem}") from problem
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1) + int(fraction[:3].ljust(3, "0"))
    shift = offset // timedelta(milliseconds=1)
    return milliseconds + shift if sign == "-" else milliseconds - shift


def read_version(json: object) -> str:
    """A text of Semantic Versioning 2.0.0. Raises BadValueError."""
    if not isinstance(json, str) or len(json) > LONGEST_VERSION or _VERSION.fullmatch(json) is None:
        raise BadValueError("a version such as `1.4.0`", "bad-version", "versions follow Semantic Versioning 2.0.0")
    return json


def version_order(version: str) -> tuple[object, ...]:
    """A sort key by SemVer 2.0.0 precedence (section 11), in which build metadata does not count."""
    match = _VERSION.fullmatch(version)
    assert match is not None, "a version was read before it is ordered"
    numbers = tuple(int(part) for part in match.groups()[:3])
    if match.group(4) is None:
        return (*numbers, 1)
    labels = tuple((0, int(label), "") if label.isdigit() else (1, 0, label) for label in match.group(4).split("."))
    return (*numbers, 0, labels)


def read_duration(json: object) -> int:
    """Milliseconds of a duration such as `250ms`, `90s`, `30m`, `24h` or `7d`. Raises BadValueError."""
    match = _DURATION.fullmatch(json) if isinstance(json, str) else None
    if match is None:
        raise BadValueError(
            "a duration such as `30m`",
            "bad-duration",
            "a whole number, then `ms`, `s`, `m`, `h` or `d`, without a space",
        )
    return int(match.group(1)) * _UNITS[match.group(2)]


def read_local_time(json: object) -> datetime:
    """A local date and time without offset, such as `2026-11-27T00:00`. Raises BadValueError."""
    wanted = "a local time such as `2026-11-27T00:00`"
    match = _LOCAL_TIME.fullmatch(json) if isinstance(json, str) else None
    if match is None:
        raise BadValueError(
            wanted, "bad-time", "the schedule's zone gives the offset; leave out seconds, `Z` and offset"
        )
    try:
        return datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]  # five numbers, as the pattern says
    except ValueError as problem:
        raise BadValueError(wanted, "bad-time", f"no such time: {problem}") from problem


def read_clock(json: object) -> int:
    """Minutes since midnight of a time of day such as `09:30`; `24:00` is 1440. Raises BadValueError."""
    match = _CLOCK.fullmatch(json) if isinstance(json, str) else None
    if match is not None:
        minutes = int(match.group(1)) * 60 + int(match.group(2))
        if int(match.group(2)) <= 59 and minutes <= 1440:
            return minutes
    raise BadValueError(
        "a time of day such as `09:30`", "bad-time", "two digits, a colon, two digits: `00:00` to `24:00`"
    )


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones, as the package tzdata lists them."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


def _time_help(text: str) -> str | None:
    if _LOCAL_TIME.match(text) and not re.search(r"(Z|[+-][0-9]{2}:?[0-9]{2})$", text):
        return "give seconds and an offset from UTC: `Z`, or for instance `+01:00`"
    return None


_READERS: Mapping[FeatureType, Callable[[object], Value]] = MappingProxyType(
    {
        FeatureType.BOOL: read_bool,
        FeatureType.NUMBER: read_number,
        FeatureType.CATEGORY: read_text,
        FeatureType.TEXT: read_text,
        FeatureType.TIMESTAMP: read_timestamp,
        FeatureType.TAGS: read_tags,
        FeatureType.VERSION: read_version,
    }
)
