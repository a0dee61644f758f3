"""From raw value to value: what each type of feature accepts. Nothing is coerced; None means missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from .readings import reading
from .tables import Feature
from .timestamps import MAX_MAGNITUDE, milliseconds
from .versions import Precedence, precedence

MAX_UNITS = 4096
MAX_TAGS = 256
MAX_NUMBER = 9007199254740991
TEXT_GROUPS = frozenset({"headers", "cookies", "query"})
"""Groups whose texts are parsed by the feature's type."""

Value: TypeAlias = bool | float | int | str | frozenset[str] | Precedence
"""number is a float, timestamp an int of ms, tags a frozenset, version its precedence; category and text are texts."""

Accept: TypeAlias = Callable[[object], Value | None]

_MAX_NUMBER_LENGTH = 32
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


class Status(StrEnum):
    """How a feature came to its value."""

    PRESENT = "present"
    DEFAULT = "default"
    STALE = "stale"
    DENIED = "denied"
    MISSING = "missing"


def acceptor(feature: Feature) -> Accept:
    """Prepare the rule of a feature: raw value -> value or None."""
    accept, name = _acceptor(feature), feature.get("reading")
    if name is None:
        return accept
    read = reading(name, feature["type"])
    return lambda raw: None if raw is None else accept(read(raw))


def _acceptor(feature: Feature) -> Accept:
    match feature["type"]:
        case "bool":
            return _bool
        case "number":
            return _number(feature["low"], feature["high"])
        case "timestamp":
            return _timestamp(feature["low"], feature["high"])
        case "category":
            return _category(feature["values"])
        case "text":
            return text
        case "tags":
            return _tags(feature["values"])
        case "version":
            return _version
        case other:
            raise ValueError(f"unknown type of feature `{other}`")


def parsing_acceptor(feature: Feature) -> Accept:
    """As `acceptor`, for a feature whose path begins in a group of texts: text is parsed first."""
    accept = acceptor(feature)
    match feature["type"]:
        case "bool":
            parse: Callable[[str], object] = {"true": True, "false": False}.get
        case "number":
            parse = _parse_number
        case "timestamp":
            parse = _parse_timestamp
        case "tags":
            parse = _parse_tags
        case _:
            return accept
    return lambda raw: accept(parse(raw) if type(raw) is str else raw)


def text(raw: object) -> str | None:
    """Accept well-formed text of at most 4,096 UTF-16 units."""
    if type(raw) is not str or len(raw) > MAX_UNITS:
        return None
    return raw if raw.isascii() or _is_short_and_well_formed(raw) else None


def timestamp(raw: object) -> int | None:
    """Accept a time without limits: a whole number of ms UTC, or RFC 3339 text."""
    if type(raw) is int:
        return raw if -MAX_MAGNITUDE <= raw <= MAX_MAGNITUDE else None
    if type(raw) is float:
        return int(raw) if -MAX_MAGNITUDE <= raw <= MAX_MAGNITUDE and raw.is_integer() else None
    return milliseconds(raw) if type(raw) is str else None


def _bool(raw: object) -> bool | None:
    return raw if type(raw) is bool else None


def _number(low: float | None, high: float | None) -> Accept:
    lowest = -MAX_NUMBER if low is None else max(low, -MAX_NUMBER)
    highest = MAX_NUMBER if high is None else min(high, MAX_NUMBER)

    # NaN fails the comparison, as do the infinities; an int is compared before it loses digits.
    def accept(raw: object) -> float | None:
        if type(raw) is float:
            return raw if lowest <= raw <= highest else None
        return float(raw) if type(raw) is int and lowest <= raw <= highest else None

    return accept


def _timestamp(low: float | None, high: float | None) -> Accept:
    lowest = -MAX_MAGNITUDE if low is None else low
    highest = MAX_MAGNITUDE if high is None else high

    def accept(raw: object) -> int | None:
        at = timestamp(raw)
        return at if at is not None and lowest <= at <= highest else None

    return accept


def _category(values: list[str] | None) -> Accept:
    if values is None:
        return text
    closed = frozenset(values)
    return lambda raw: raw if type(raw) is str and raw in closed else None


def _tags(values: list[str] | None) -> Accept:
    closed = None if values is None else frozenset(values)

    def accept(raw: object) -> frozenset[str] | None:
        if type(raw) is not list or len(raw) > MAX_TAGS:
            return None
        for item in raw:
            if text(item) is None:
                return None
        found: frozenset[str] = frozenset(raw)
        return found if closed is None else found & closed

    return accept


def _version(raw: object) -> Precedence | None:
    return precedence(raw) if type(raw) is str else None


def _parse_number(raw: str) -> float | None:
    return float(raw) if len(raw) <= _MAX_NUMBER_LENGTH and _NUMBER.fullmatch(raw) else None


def _parse_timestamp(raw: str) -> float | str:
    number = _parse_number(raw)
    return raw if number is None else number


def _parse_tags(raw: str) -> list[str]:
    return raw.split(",") if raw else []


def _is_short_and_well_formed(raw: str) -> bool:
    try:
        return len(raw.encode("utf-16-le")) <= 2 * MAX_UNITS
    except UnicodeEncodeError:
        return False
