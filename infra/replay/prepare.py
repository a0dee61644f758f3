"""Prepares the rules of a map: each becomes one closure from a row to a value, or to None where the value is absent.

Rules depend on the row alone, never on clock or chance: a pick is a hash. The same table and map give the same requests
on every machine, and a row's request does not change when rows are added after it.

Texts repeat from row to row, and what is read from a text depends on it alone. So readings of texts are remembered,
but never more than `_REMEMBERED` of one rule: memory does not grow with the table.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias, TypeVar, assert_never

from feature_registry.findings import short
from feature_registry.nearest import suggestion
from feature_registry.values import BadValueError
from infra.replay.cells import BadCellError, Cell, Json, cell_text, is_empty, read_cell, read_shift, read_time
from infra.replay.rules import Column, Constant, First, Pick, Rule, Template, Time, When

Cells: TypeAlias = Mapping[str, Cell]
"""The cells of a row by their column."""

Evaluate: TypeAlias = Callable[[Cells, int, int | None], Json]
"""The cells of a row, its number from 1, the session's time in ms UTC once it is known. Raises BadCellError."""

Moment: TypeAlias = Callable[[Cells, int, int | None], int | None]
"""As Evaluate, for a time: in ms UTC."""

_Given = TypeVar("_Given")
_Read = TypeVar("_Read")

_EPOCH = date(1970, 1, 1).toordinal()
LATEST = 253_402_300_799_999  # the last ms of the year 9999
EARLIEST = -62_135_596_800_000  # the first ms of the year 1
_DAY = 86_400_000
_REMEMBERED = 1024


def prepare(rule: Rule) -> Evaluate:
    """The rule as a closure."""
    match rule:
        case Column():
            return _column(rule) if rule.values is None else _lookup(rule, rule.values)
        case Constant(value):
            return lambda cells, number, at: value
        case Template(parts):
            return _template(parts)
        case Pick():
            return _pick(rule)
        case First(rules):
            return _first([prepare(one) for one in rules])
        case Time():
            return _text_of(_time(rule))
        case When(cells, inner):
            return _when(cells, prepare(inner))
        case _:
            assert_never(rule)


def prepare_moment(rule: Rule) -> Moment:
    """The rule as a closure whose value is a time in ms UTC; texts of a time that is built are not made."""
    match rule:
        case Time():
            return _time(rule)
        case When(cells, Time() as inner):
            return _when(cells, _time(inner))
        case _:
            evaluate, read = prepare(rule), _remembering(_moment)

            def moment(cells: Cells, number: int, at: int | None) -> int | None:
                value = evaluate(cells, number, at)
                return None if value is None else read(value)

            return moment


def _column(rule: Column) -> Evaluate:
    column, kind = rule.column, rule.kind
    if kind == "text":

        def text(cells: Cells, number: int, at: int | None) -> Json:
            cell = cells[column]
            return None if is_empty(cell) else cell_text(cell)

        return text

    def read_fresh(cell: Cell) -> Json:
        return read_cell(kind, cell, column)

    # Each request has a list of its own.
    read = read_fresh if kind == "tags" else _remembering(read_fresh)

    def value(cells: Cells, number: int, at: int | None) -> Json:
        cell = cells[column]
        return None if is_empty(cell) else read(cell)

    return value


def _lookup(rule: Column, values: Mapping[str, Json]) -> Evaluate:
    column, otherwise, has_otherwise = rule.column, rule.otherwise, rule.has_otherwise

    def value(cells: Cells, number: int, at: int | None) -> Json:
        cell = cells[column]
        if is_empty(cell):
            return None
        text = cell_text(cell)
        if text in values:
            return values[text]
        if has_otherwise:
            return otherwise
        message = f"the map's `values` of column `{column}` do not list `{short(text)}`"
        help_line = suggestion(text, values, "values") or "add it, or give the rule an `otherwise`"
        raise BadCellError("unknown-cell", message, column, help_line)

    return value


def _template(parts: tuple[str | tuple[str | None, int], ...]) -> Evaluate:
    def text(cells: Cells, number: int, at: int | None) -> Json:
        texts = []
        for part in parts:
            match part:
                case str():
                    texts.append(part)
                case (None, width):
                    texts.append(f"{number:0{width}}")
                case (str() as column, _):
                    if is_empty(cells[column]):
                        return None
                    texts.append(cell_text(cells[column]))
        return "".join(texts)

    return text


def _pick(rule: Pick) -> Evaluate:
    """The hash is the first 8 bytes, big endian, of SHA-256(salt, NUL, key); it is scaled to the sum of the weights."""
    items, by, total = rule.items, rule.by, sum(rule.weights)
    salted, bounds, sha256 = f"{rule.salt}\0", list(accumulate(rule.weights)), hashlib.sha256

    def item(cells: Cells, number: int, at: int | None) -> Json:
        key = "\0".join([cell_text(cells[column]) for column in by]) if by else number
        digest = sha256(f"{salted}{key}".encode()).digest()
        return items[bisect_right(bounds, int.from_bytes(digest[:8], "big") * total >> 64)]

    return item


def _first(rules: list[Evaluate]) -> Evaluate:
    def value(cells: Cells, number: int, at: int | None) -> Json:
        for rule in rules:
            found = rule(cells, number, at)
            if found is not None:
                return found
        return None

    return value


def _when(
    conditions: Mapping[str, tuple[str, ...]], inner: Callable[[Cells, int, int | None], _Read]
) -> Callable[[Cells, int, int | None], _Read | None]:
    wanted = [(column, frozenset(texts)) for column, texts in conditions.items()]

    def value(cells: Cells, number: int, at: int | None) -> _Read | None:
        for column, texts in wanted:
            if cell_text(cells[column]) not in texts:
                return None
        return inner(cells, number, at)

    return value


def _time(rule: Time) -> Moment:
    base = None if rule.base is None else prepare_moment(rule.base)
    shifts, read = [prepare(part) for part in rule.plus], _remembering(_shift)

    def moment(cells: Cells, number: int, at: int | None) -> int | None:
        sum_ = at if base is None else base(cells, number, at)
        if sum_ is None:
            return None
        for part in shifts:
            shift = part(cells, number, at)
            if shift is None:
                return None
            sum_ += read(shift)
        if not EARLIEST <= sum_ <= LATEST:
            raise BadCellError("bad-time", "expected a time of the years 1 to 9999, found one beyond")
        return sum_

    return moment


def _text_of(moment: Moment) -> Evaluate:
    """A time as RFC 3339 text in UTC."""

    def text(cells: Cells, number: int, at: int | None) -> Json:
        found = moment(cells, number, at)
        return None if found is None else time_text(found)

    return text


def time_text(at: int) -> str:
    """A time in ms UTC, of the years 1 to 9999, as RFC 3339 text."""
    days, rest = divmod(at, _DAY)
    seconds, thousandths = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    return f"{_day_text(days)}T{minutes // 60:02}:{minutes % 60:02}:{second:02}.{thousandths:03}Z"


@lru_cache(_REMEMBERED)
def _day_text(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


def _moment(value: Json) -> int:
    try:
        return read_time(value)
    except BadValueError as problem:
        message = f"expected {problem.expected}, found `{short(str(value))}`"
        raise BadCellError("bad-time", message, None, problem.help) from problem


def _shift(value: Json) -> int:
    try:
        return read_shift(value)
    except BadValueError as problem:
        message = f"expected {problem.expected}, found `{short(str(value))}`"
        raise BadCellError(problem.code, message, None, problem.help) from problem


def _remembering(read: Callable[[_Given], _Read]) -> Callable[[_Given], _Read]:
    """`read`, which remembers what it gave for texts: of other values, equal ones may be of other types."""
    known: dict[str, _Read] = {}

    def remembered(value: _Given) -> _Read:
        if not isinstance(value, str):
            return read(value)
        if value in known:
            return known[value]
        found = read(value)
        if len(known) < _REMEMBERED:
            known[value] = found
        return found

    return remembered
