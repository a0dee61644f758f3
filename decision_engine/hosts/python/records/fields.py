"""Fields of a visitor: only those that the table lists are looked at, each is treated, and nothing else gets through.

A clear value is one of a closed list, or has a form that leaves no room for anything else, such as a country's two
letters. What a table does not know is counted and dropped.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .tables import FieldTable

OTHER = "(other)"
"""A value that the field's form does not allow."""

UNIT = "unit"
"""The field that is no field of a request: its unit stands in the facts by itself."""

LONGEST_ID = 4096
_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SMALL = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset("0123456789")


class Treated(NamedTuple):
    """What may leave: `shown` as it is, `ids` as pseudonyms only."""

    shown: dict[str, str]
    ids: dict[str, str]


class Fields:
    """Treats fields by a table. `count` is told of each field that is dropped, by why."""

    def __init__(self, table: Sequence[FieldTable], dropped: Sequence[str], count: Callable[[str], None]) -> None:
        self._treatments = {field["name"]: field for field in table if field["name"] != UNIT}
        self._dropped = frozenset((UNIT, *dropped))
        self._count = count

    def treat(self, given: Mapping[str, object] | None) -> Treated:
        """What is left of the fields of a request."""
        shown: dict[str, str] = {}
        ids: dict[str, str] = {}
        for name, value in (given or {}).items():
            field = self._treatments.get(name)
            if field is None:
                if name not in self._dropped:
                    self._count("unknown-field")
            elif value is None:
                continue
            elif field["treatment"] == "hmac":
                if isinstance(value, str) and 0 < len(value) <= LONGEST_ID:
                    ids[name] = value
            elif field["treatment"] == "bucket":
                shown[name] = bucket(value, field["bounds"])
            else:
                shown[name] = clear(value, field)
        return Treated(shown, ids)


def clear(value: object, field: FieldTable) -> str:
    """A text as it is where its form allows it."""
    if not isinstance(value, str):
        return OTHER
    match field["form"]:
        case "country":
            return value if len(value) == 2 and _CAPITALS.issuperset(value) else OTHER
        case "region":
            return value if 1 <= len(value) <= 3 and (_CAPITALS | _DIGITS).issuperset(value) else OTHER
        case "language":
            primary = value[:4].partition("-")[0]
            return primary if 2 <= len(primary) <= 3 and _SMALL.issuperset(primary) else OTHER
        case _:
            return value if value in field["values"] else OTHER


def bucket(value: object, bounds: Sequence[float]) -> str:
    """The bucket of a number: how many of the bounds it reaches."""
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        return OTHER
    return str(bisect_right(bounds, value))
