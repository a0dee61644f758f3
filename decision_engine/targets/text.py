"""Text building that the text targets share: expressions with their binding strength, comments, arrays of numbers."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from decision_engine.ir.nodes import (
    Clock,
    Level,
    NamedHash,
    Now,
    Number,
    Source,
    Tag,
    TextTest,
    UnitHash,
    VersionRank,
)

ArrayType: TypeAlias = Literal["f64", "f32", "u8", "u16", "i32", "u32"]
"""The element types of arrays that are shipped as text, little endian."""

_FORMATS: dict[ArrayType, str] = {"f64": "d", "f32": "f", "u8": "B", "u16": "H", "i32": "i", "u32": "I"}


@dataclass(frozen=True, slots=True)
class Fragment:
    """The text of an expression and how strongly its outermost operator binds (a larger `level` binds tighter)."""

    text: str
    level: int

    def at(self, level: int) -> str:
        """The text where at least `level` is needed: in parentheses when it binds less."""
        return self.text if self.level >= level else f"({self.text})"


def chain(operator: str, level: int, parts: Sequence[Fragment]) -> Fragment:
    """Parts joined by an operator whose grouping does not matter, such as a logical and."""
    return Fragment(f" {operator} ".join(part.at(level) for part in parts), level)


def left_to_right(operator: str, level: int, left: Fragment, right: Fragment) -> Fragment:
    """An operator that groups from the left; the right side keeps its parentheses: rounding depends on the order."""
    return Fragment(f"{left.at(level)} {operator} {right.at(level + 1)}", level)


def comparison(operator: str, level: int, left: Fragment, right: Fragment) -> Fragment:
    """An operator that is not chained."""
    return Fragment(f"{left.at(level + 1)} {operator} {right.at(level + 1)}", level)


def indent(lines: Sequence[str], unit: str) -> list[str]:
    """The lines, one level deeper; empty ones stay empty."""
    return [unit + line if line else line for line in lines]


def quote(text: str) -> str:
    """Any text as one ASCII line that ends neither a comment nor a script element."""
    return json.dumps(text).replace("<", "\\u003c").replace("*/", "*\\/")


def plain(name: str) -> str:
    """A registry name for a comment: as it is when it is made of letters, digits and `_.-`, else quoted."""
    return name if name.isascii() and name.replace("_", "").replace("-", "").replace(".", "").isalnum() else quote(name)


def describe(source: Source) -> str:
    """What an element of the vector holds, in a few words for a comment."""
    match source:
        case Number(feature):
            return plain(feature)
        case Level(feature, levels):
            return f"{plain(feature)}, its place among {len(levels)} levels"
        case Tag(feature, tag):
            return f"{plain(feature)} has {quote(tag)}"
        case TextTest(feature, test, operand):
            return f"{plain(feature)} {test} {quote(operand)}"
        case VersionRank(feature, versions):
            return f"{plain(feature)}, its rank among {len(versions)} versions"
        case UnitHash(unit, half):
            return f"{plain(unit)}, hash {half}"
        case NamedHash(unit, bucketing, before, after):
            return f"{plain(unit)}, its place by {bucketing} between {quote(before)} and {quote(after)}"
        case Now():
            return "the time, ms UTC"
        case Clock(zone, part):
            return f"{part} in {quote(zone)}"
        case _:
            assert_never(source)


def array_type(values: Sequence[int]) -> ArrayType:
    """The narrowest type that holds all `values`."""
    low, high = min(values, default=0), max(values, default=0)
    if low < 0:
        return "i32"
    return "u8" if high < 1 << 8 else "u16" if high < 1 << 16 else "i32" if high < 1 << 31 else "u32"


def encode_array(kind: ArrayType, values: Sequence[float]) -> str:
    """Base64 of the values, little endian."""
    return base64.b64encode(struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)).decode("ascii")
