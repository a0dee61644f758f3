"""Files of requests, in batches of columns: tables by a map, and lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from feature_registry import Diagnostic, Place
from infra.columns.quick_json import quick_session
from infra.columns.requests import MappedRequests, ParsedRequests, Requests, needed
from infra.columns.requests import Path as RequestPath
from infra.columns.rules import Batch
from infra.replay import Mapping
from infra.replay.csv_rows import CsvRow, csv_rows
from infra.replay.errors import RequestFileError
from infra.replay.mapping import MakeRequest
from infra.replay.native_tables import ParquetFile
from infra.replay.request_files import MOST_PROBLEMS, Session, check_columns, check_format, json_line, mapped

ROWS = 16_384
"""Rows of a batch: enough that the work of a batch outweighs its overhead, few enough to stay in the caches."""

_PARSED_ROWS = 1_024  # the same for requests that are objects, which take far more memory


def request_batches(
    path: Path, mapping: Mapping | None, at: int | None, wanted: Iterable[RequestPath], rows: int = ROWS
) -> Iterator[Requests]:
    """The requests of a file in its order, with the values of the paths `wanted`; tables need a map.

    The same requests as `infra.replay.requests_from` gives, but for paths that nobody wants: these are not looked at,
    not even for cells that cannot be read. `at` (ms UTC) is the time of every request, instead of the file's own.

    Raises MapError and RequestFileError as `requests_from` does: after the first bad row no batch follows, but the
    file is read on, and the error holds all bad rows (100 at most).
    """
    suffix = check_format(path, mapping)
    if mapping is None:
        return _parsed(path, at, min(rows, _PARSED_ROWS))
    used = needed(mapping, wanted)
    batches = _csv(path, mapping, used, rows) if suffix == ".csv" else _parquet(path, mapping, used, rows)
    return _all_or_problems(batches, used, at)


def _parsed(path: Path, at: int | None, rows: int) -> Iterator[Requests]:
    problems: list[Diagnostic] = []
    some: list[Session] = []
    first = 1
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            found = quick_session(line, at) or json_line(path, number, line, at)
            if isinstance(found, Diagnostic):
                problems.append(found)
                if len(problems) >= MOST_PROBLEMS:
                    break
            elif not problems:
                some.append(found)
            if len(some) == rows:
                yield ParsedRequests(some, first)
                some, first = [], first + rows
    if problems:
        raise RequestFileError(problems)
    if some:
        yield ParsedRequests(some, first)


class _Lines:
    """A batch, and the place of each of its rows in the file."""

    def __init__(self, path: Path, batch: Batch, lines: list[int] | None) -> None:
        self.batch = batch
        self._path, self._lines = str(path), lines

    def problems(self, make: MakeRequest, at: int | None) -> Iterator[Diagnostic]:
        """What is wrong with the bad rows, in the words of the code that reads single rows."""
        for row in np.flatnonzero(self.batch.bad).tolist():
            number = self.batch.first + row
            pointer = Place(self._path, pointer=f"/{number - 1}")
            place = pointer if self._lines is None else Place(self._path, self._lines[row], 1)
            found = mapped(make, self.batch.cells(row), number, at, place)
            assert isinstance(found, Diagnostic), "a row that columns cannot read cannot be read by itself either"
            yield found


def _all_or_problems(batches: Iterator[_Lines | Diagnostic], mapping: Mapping, at: int | None) -> Iterator[Requests]:
    problems: list[Diagnostic] = []
    make = mapping.prepare()
    for item in batches:
        if isinstance(item, Diagnostic):
            problems.append(item)
        else:
            requests = MappedRequests(mapping, item.batch, at)
            problems += islice(item.problems(make, at), MOST_PROBLEMS - len(problems))
            if not problems:
                yield requests
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise RequestFileError(problems)


def _parquet(path: Path, mapping: Mapping, wanted: Mapping, rows: int) -> Iterator[_Lines]:
    table, first = ParquetFile(path), 1
    check_columns(mapping, table.columns)
    names = list(wanted.columns)
    for found in table.batches(names, rows):
        columns = dict(zip(names, found.columns, strict=False))
        yield _Lines(path, Batch(columns, found.num_rows, first), None)
        first += found.num_rows


def _csv(path: Path, mapping: Mapping, wanted: Mapping, rows: int) -> Iterator[_Lines | Diagnostic]:
    """Problems of the table come before the batch with the rows around them."""
    places: dict[str, int] = {}
    some: list[CsvRow] = []
    for row in csv_rows(path):
        if isinstance(row, Diagnostic):
            yield row
        elif row.number == 0:
            check_columns(mapping, row.cells)
            places = {name: place for place, name in enumerate(row.cells) if name in wanted.columns}
        else:
            some.append(row)
            if len(some) == rows or some[-1].number - some[0].number >= rows:
                yield _of_csv(path, some, places)
                some = []
    if some:
        yield _of_csv(path, some, places)


def _of_csv(path: Path, rows: list[CsvRow], places: dict[str, int]) -> _Lines:
    columns = {name: pa.array([row.cells[place] for row in rows], pa.string()) for name, place in places.items()}
    return _Lines(path, Batch(columns, len(rows), rows[0].number), [row.line for row in rows])
