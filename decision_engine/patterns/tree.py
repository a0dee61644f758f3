"""The tree of a parsed pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from decision_engine.patterns.code_points import CodePoints


@dataclass(frozen=True, slots=True)
class Character:
    """One code point out of a set, which is never empty."""

    points: CodePoints


@dataclass(frozen=True, slots=True)
class Sequence:
    """The items one after another; none of them is `EMPTY`, and there is not exactly one."""

    items: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of two or more distinct items."""

    items: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The item `low` to `high` times. `high` is None when there is no end, and never 0; the item is not `EMPTY`."""

    item: Pattern
    low: int
    high: int | None


Pattern: TypeAlias = Character | Sequence | Choice | Repeat

EMPTY: Final = Sequence(())
