"""Cells of a table, read as the values of requests: text as CSV gives it, or the native values of Parquet.

None means that the cell is empty: the value is absent then, never zero or the empty text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from feature_registry.findings import number_text, short
from feature_registry.values import LARGEST_NUMBER, BadValueError, read_duration, read_timestamp

Cell: TypeAlias = str | bool | int | float | list[object] | None
Json: TypeAlias = object
"""A value as JSON has it; None where a rule gives none."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


class BadCellError(ValueError):
    """A row gives no value for a rule. `column` is the cell's, when it is one cell's fault."""

    def __init__(self, code: str, message: str, column: str | None = None, help: str | None = None) -> None:
        self.code = code
        self.message = message
        self.column = column
        self.help = help
        super().__init__(message)


def is_empty(cell: Cell) -> bool:
    """Whether the cell holds nothing: null, the empty text, NaN."""
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def cell_text(cell: Cell) -> str:
    """The cell as text: numbers as JSON writes them, bools as `true` and `false`."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return number_text(cell)
        case None:
            return ""
        case list():
            return ",".join(map(str, cell))


def read_cell(kind: str, cell: Cell, column: str) -> Json:
    """The value of a cell that is not empty, read as one of READERS. Raises BadCellError."""
    try:
        return READERS[kind](cell)
    except BadValueError as problem:
        message = f"expected {problem.expected} in column `{column}`, found `{short(cell_text(cell))}`"
        raise BadCellError("bad-cell", message, column, problem.help) from problem


def read_time(value: Json) -> int:
    """Milliseconds UTC of RFC 3339 text, or of a whole number of ms. Raises BadValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return read_timestamp(value)
    if not float(value).is_integer() or abs(value) > 8.64e15:
        raise BadValueError("a whole number of milliseconds since 1970", "bad-time")
    return int(value)


def read_shift(value: Json) -> int:
    """Signed milliseconds of a duration such as `90d`, `-90d` or `+2h`. Raises BadValueError."""
    if isinstance(value, str) and value[:1] in {"-", "+"}:
        return read_duration(value[1:]) * (-1 if value[0] == "-" else 1)
    return read_duration(value)


def _number(cell: Cell) -> Json:
    if isinstance(cell, bool | list):
        raise BadValueError("a number")
    number = cell
    if isinstance(cell, str):
        match = _NUMBER.fullmatch(cell.strip())
        if match is None:
            raise BadValueError(
                "a number", help="write numbers as JSON does: a point for decimals, no thousands separator"
            )
        number = float(cell) if match.group(1) or match.group(2) else int(cell)
    assert isinstance(number, int | float), "empty cells are not read"
    if not abs(number) <= LARGEST_NUMBER:
        raise BadValueError(f"a number of magnitude up to {LARGEST_NUMBER}")
    return number


def _bool(cell: Cell) -> Json:
    if isinstance(cell, bool):
        return cell
    found = None if isinstance(cell, list) else _BOOLS.get(cell_text(cell).strip().casefold())
    if found is None:
        raise BadValueError("`true` or `false`", help="`yes`, `no`, `1` and `0` do as well; other words need `values`")
    return found


def _tags(cell: Cell) -> Json:
    return [str(tag) for tag in cell] if isinstance(cell, list) else list[object](cell_text(cell).split(","))


READERS: Mapping[str, Callable[[Cell], Json]] = MappingProxyType(
    {
        "text": cell_text,
        "number": _number,
        "bool": _bool,
        "timestamp": lambda cell: read_time(cell if isinstance(cell, int | float) else cell_text(cell)),
        "tags": _tags,
    }
)
"""How a cell is read, by the word that `as` gives."""
