"""Files of requests: JSON Lines as they are, CSV and Parquet by a map."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from decision_engine.hosts.python.errors import RequestError
from decision_engine.hosts.python.strict_json import parse_object
from decision_engine.hosts.python.values import timestamp
from feature_registry import Diagnostic, Place, error
from feature_registry.json_reader import read_json
from feature_registry.nearest import listed
from infra.files import unreadable
from infra.replay.cells import BadCellError, Cell
from infra.replay.csv_rows import csv_rows
from infra.replay.errors import MapError, RequestFileError
from infra.replay.mapping import MakeRequest, Mapping
from infra.replay.native_tables import ParquetFile

Request: TypeAlias = dict[str, object]
Session: TypeAlias = tuple[Request, int | None]
"""A request, and its time in ms UTC where the file or the map says it."""

SUFFIXES = (".csv", ".jsonl", ".ndjson", ".parquet")
MOST_PROBLEMS = 100  # of one file; after that many the rest would be noise


def requests_from(path: Path, mapping: Mapping | None = None, at: int | None = None) -> Iterator[Session]:
    """The sessions of a file, in its order; tables need a map.

    `at` (ms UTC) is the time of every session, instead of the file's own; times that the map builds on it follow.

    Raises MapError when the map does not fit the table, and RequestFileError: at once when the file cannot be opened,
    and while iterating when rows are bad. Then no session follows the first bad row, but the file is read on, so that
    the error holds all bad rows (100 at most).
    """
    suffix = check_format(path, mapping)
    return _all_or_problems(_READERS[suffix](path, mapping, at))


def check_format(path: Path, mapping: Mapping | None) -> str:
    """The suffix of the file, one of SUFFIXES. Raises RequestFileError when it is none of them, when there is a map
    where none is needed or the other way round, and when the file cannot be opened."""
    suffix = _suffix(path)
    if _READERS[suffix] is _json_lines:
        if mapping is not None:
            _refuse(path, "map-not-needed", "expected no map beside a file of requests", "leave `--map` out")
    elif mapping is None:
        message = f"expected a map: the columns of `{path.name}` are not yet requests"
        _refuse(path, "no-map", message, "give one with `--map`; docs/reference/replay-map.md describes it")
    _open(path)
    return suffix


def count_requests(path: Path) -> int:
    """How many sessions the file holds, bad rows included; no requests are made of them. Raises RequestFileError."""
    suffix = _suffix(path)
    _open(path)
    if suffix == ".parquet":
        return ParquetFile(path).count()
    with path.open("rb") as file:
        if suffix == ".csv":
            lines = (line.decode("utf-8", errors="replace") for line in file)
            return max(0, sum(1 for cells in csv.reader(lines) if cells) - 1)
        return sum(1 for line in file if line.strip())


def _all_or_problems(found: Iterator[Session | Diagnostic]) -> Iterator[Session]:
    problems: list[Diagnostic] = []
    for item in found:
        if isinstance(item, Diagnostic):
            problems.append(item)
            if len(problems) >= MOST_PROBLEMS:
                break
        elif not problems:
            yield item
    if problems:
        raise RequestFileError(problems)


def _json_lines(path: Path, _: Mapping | None, at: int | None) -> Iterator[Session | Diagnostic]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield json_line(path, number, line, at)


def json_line(path: Path, number: int, line: bytes, at: int | None) -> Session | Diagnostic:
    """The session of a line of JSON by the strict rule of the hosts, or what is wrong with the line."""
    try:
        request = parse_object(line)
    except RequestError as fault:
        _, problems = read_json(str(path), line)
        if problems and fault.code in {"not-json", "duplicate-key", "bad-text", "not-utf8"}:
            first = problems[0]
            return error(
                first.code, first.message, Place(str(path), number, first.column or 1, first.pointer), first.help
            )
        return error(fault.code, fault.message, Place(str(path), number, 1), "each line is a request: a JSON object")
    own = request.pop("at", None)
    if own is not None and timestamp(own) is None:
        help_line = "RFC 3339 text such as `2026-11-27T08:00:00Z`, or a whole number of ms since 1970"
        return error("bad-time", "expected a time in `at`", Place(str(path), number, 1, "/at"), help_line)
    return request, timestamp(own) if at is None else at


def _csv(path: Path, mapping: Mapping | None, at: int | None) -> Iterator[Session | Diagnostic]:
    assert mapping is not None, "a table has a map"
    rows, make = csv_rows(path), mapping.prepare()
    header: list[str] = []
    for row in rows:
        if isinstance(row, Diagnostic):
            yield row
        elif row.number == 0:
            header = row.cells
            check_columns(mapping, header)
        else:
            yield mapped(make, dict(zip(header, row.cells, strict=True)), row.number, at, Place(str(path), row.line, 1))


def _parquet(path: Path, mapping: Mapping | None, at: int | None) -> Iterator[Session | Diagnostic]:
    assert mapping is not None, "a table has a map"
    table = ParquetFile(path)
    check_columns(mapping, table.columns)
    columns, make = list(mapping.columns), mapping.prepare()
    for index, row in enumerate(table.rows(columns)):
        cells = dict(zip(columns, row, strict=False))
        yield mapped(make, cells, index + 1, at, Place(str(path), pointer=f"/{index}"))


def check_columns(mapping: Mapping, columns: Sequence[str]) -> None:
    """Raise MapError when the map reads columns that the table has not; a table without any is said to be empty."""
    problems = mapping.problems(columns) if columns else []
    if problems:
        raise MapError(problems)


def mapped(
    make: MakeRequest, cells: dict[str, Cell], number: int, at: int | None, place: Place
) -> Session | Diagnostic:
    """The session of a row, or what is wrong with the row; `place` is the row's."""
    try:
        return make(cells, number, at)
    except BadCellError as fault:
        pointer = place.pointer if fault.column is None else f"{place.pointer}/{fault.column}"
        where = Place(place.file, place.line, place.column, pointer)
        return error(fault.code, f"row {number}: {fault.message}", where, fault.help)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        _refuse(path, "unknown-format", f"expected a file whose name ends with one of {listed(SUFFIXES)}", None)
    return suffix


def _open(path: Path) -> None:
    try:
        path.open("rb").close()
    except (OSError, ValueError) as fault:
        raise RequestFileError(unreadable(fault, str(path), "a file of requests").diagnostics) from fault


def _refuse(path: Path, code: str, message: str, help_line: str | None) -> None:
    raise RequestFileError([error(code, message, Place(str(path)), help_line)])


_READERS: dict[str, Callable[[Path, Mapping | None, int | None], Iterator[Session | Diagnostic]]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
