"""The rules of a map: each gives one value of a request from a row, or None where the value is absent.

Rules depend on the row alone, never on clock or chance: a pick is a hash. The same table and map give the same requests
on every machine, and a row's request does not change when rows are added after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TypeAlias, assert_never

from feature_registry.findings import short
from feature_registry.nearest import suggestion
from feature_registry.values import BadValueError
from infra.replay.cells import BadCellError, Cell, Json, cell_text, is_empty, read_cell, read_shift, read_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_999  # the last ms of the year 9999
_EARLIEST = -62_135_596_800_000  # the first ms of the year 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number from 1, its cells by column, and the session's time (ms UTC) once it is known."""

    number: int
    cells: Mapping[str, Cell]
    at: int | None = None


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


def evaluate(rule: Rule, row: Row) -> Json:
    """The rule's value for the row; None where it is absent. Raises BadCellError."""
    match rule:
        case Column():
            return _column(rule, row)
        case Constant(value):
            return value
        case Template(parts):
            return _template(parts, row)
        case Pick():
            return _pick(rule, row)
        case First(rules):
            values = (evaluate(one, row) for one in rules)
            return next((value for value in values if value is not None), None)
        case Time():
            return _time(rule, row)
        case When(cells, inner):
            holds = all(cell_text(row.cells[column]) in texts for column, texts in cells.items())
            return evaluate(inner, row) if holds else None
        case _:
            assert_never(rule)


def milliseconds(value: Json) -> int:
    """A rule's value as a time in ms UTC. Raises BadCellError."""
    try:
        return read_time(value)
    except BadValueError as problem:
        raise BadCellError(
            "bad-time", f"expected {problem.expected}, found `{short(str(value))}`", None, problem.help
        ) from problem


def _column(rule: Column, row: Row) -> Json:
    cell = row.cells[rule.column]
    if is_empty(cell):
        return None
    if rule.values is None:
        return read_cell(rule.kind, cell, rule.column)
    text = cell_text(cell)
    if text in rule.values:
        return rule.values[text]
    if rule.has_otherwise:
        return rule.otherwise
    message = f"the map's `values` of column `{rule.column}` do not list `{short(text)}`"
    help_line = suggestion(text, rule.values, "values") or "add it, or give the rule an `otherwise`"
    raise BadCellError("unknown-cell", message, rule.column, help_line)


def _template(parts: tuple[str | tuple[str | None, int], ...], row: Row) -> Json:
    texts = []
    for part in parts:
        match part:
            case str():
                texts.append(part)
            case (None, width):
                texts.append(f"{row.number:0{width}}")
            case (str() as column, _):
                if is_empty(row.cells[column]):
                    return None
                texts.append(cell_text(row.cells[column]))
    return "".join(texts)


def _pick(rule: Pick, row: Row) -> Json:
    """The hash is the first 8 bytes, big endian, of SHA-256(salt, NUL, key); it is scaled to the sum of the weights."""
    key = "\0".join(cell_text(row.cells[column]) for column in rule.by) if rule.by else str(row.number)
    digest = hashlib.sha256(f"{rule.salt}\0{key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") * sum(rule.weights) >> 64
    return next(item for item, bound in zip(rule.items, accumulate(rule.weights), strict=True) if place < bound)


def _time(rule: Time, row: Row) -> Json:
    base = row.at if rule.base is None else evaluate(rule.base, row)
    if base is None:
        return None
    moment = milliseconds(base)
    for part in rule.plus:
        shift = evaluate(part, row)
        if shift is None:
            return None
        try:
            moment += read_shift(shift)
        except BadValueError as problem:
            message = f"expected {problem.expected}, found `{short(str(shift))}`"
            raise BadCellError(problem.code, message, None, problem.help) from problem
    if not _EARLIEST <= moment <= _LATEST:
        raise BadCellError("bad-time", "expected a time of the years 1 to 9999, found one beyond")
    return f"{(_EPOCH + timedelta(milliseconds=moment)).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
