"""The rules of a map as values: each says how one value of a request comes from a row. prepare.py runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from infra.replay.cells import Json


@dataclass(frozen=True, slots=True)
class Column:
    """A cell, read as `kind`; or looked up by its text in `values`, with `otherwise` for the texts not listed."""

    column: str
    kind: str = "text"
    values: Mapping[str, Json] | None = None
    otherwise: Json = None
    has_otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every row."""

    value: Json


@dataclass(frozen=True, slots=True)
class Template:
    """Text with places for the row number and for cells; absent when one of the cells is empty.

    A part is literal text, or (column, width): column None is the row number, padded with zeros to the width.
    """

    parts: tuple[str | tuple[str | None, int], ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """One of the items, by a hash of the row number or of the cells of `by`; the chances are as the weights."""

    items: tuple[Json, ...]
    weights: tuple[int, ...]
    by: tuple[str, ...]
    salt: str


@dataclass(frozen=True, slots=True)
class First:
    """The value of the first rule that gives one."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Time:
    """A time with durations added, as RFC 3339 text in UTC; `base` None is the session's time. Absent if a part is."""

    base: Rule | None
    plus: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class When:
    """The rule's value, in rows whose cells have one of the texts listed; else absent."""

    cells: Mapping[str, tuple[str, ...]]
    rule: Rule


Rule: TypeAlias = Column | Constant | Template | Pick | First | Time | When
"""Any rule; rules nest."""


def reads_number(rule: Rule) -> bool:
    """Whether the rule's value depends on the number of the row."""
    match rule:
        case Pick():
            return not rule.by
        case Template(parts):
            return any(part[0] is None for part in parts if isinstance(part, tuple))
        case _:
            return any(map(reads_number, _inner(rule)))


def columns_of(rule: Rule) -> Iterator[str]:
    """The columns that the rule reads, some of them several times."""
    match rule:
        case Column(column):
            yield column
        case Template(parts):
            yield from (part[0] for part in parts if isinstance(part, tuple) and part[0] is not None)
        case Pick(_, _, by):
            yield from by
        case When(cells, inner):
            yield from cells
            yield from columns_of(inner)
        case _:
            for one in _inner(rule):
                yield from columns_of(one)


def _inner(rule: Column | Constant | First | Time | When) -> Iterator[Rule]:
    match rule:
        case First(rules):
            yield from rules
        case Time(base, plus):
            yield from plus if base is None else (base, *plus)
        case When(_, inner):
            yield inner
        case Column() | Constant():
            return
        case _:
            assert_never(rule)
