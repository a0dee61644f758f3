"""Rows of CSV tables as lists of texts, with their lines, and everything that can be wrong with the table itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from feature_registry import Diagnostic, Place, error
from feature_registry.nearest import listed


class CsvRow(NamedTuple):
    """The cells of a row. `number` counts from 1, the header is 0; `line` is the last line of the file that it has."""

    number: int
    line: int
    cells: list[str]


def csv_rows(path: Path) -> Iterator[CsvRow | Diagnostic]:
    """The header first, then all rows that have as many cells, and problems at their place among them.

    Rows with another number of cells count, empty lines do not.
    """
    with path.open("rb") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, strict=True)
        try:
            header = next(reader, [])
            yield CsvRow(0, 1, header)
            yield from _header_problems(path, header)
            number, expected = 0, len(header)
            for cells in reader:
                if cells:
                    number += 1
                    if len(cells) == expected:
                        yield CsvRow(number, reader.line_num, cells)
                    else:
                        yield _wrong_cells(Place(str(path), reader.line_num, 1), number, expected, len(cells))
        except UnicodeDecodeError as fault:
            message = f"expected UTF-8, found the byte 0x{fault.object[fault.start]:02x}"
            yield error("not-utf8", message, Place(str(path), lines.number, 1), "save the table as UTF-8")
        except csv.Error as fault:
            yield error(
                "not-csv", f"expected CSV, found what cannot be read: {fault}", Place(str(path), lines.number, 1)
            )


def _header_problems(path: Path, header: list[str]) -> Iterator[Diagnostic]:
    place = Place(str(path), 1, 1)
    if not header:
        help_line = "the first line holds the columns' names"
        yield error("no-header", "expected a header, found an empty table", place, help_line)
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        yield error("repeated-column", f"the header names {listed(repeated)} twice", place, "rename one of them")


def _wrong_cells(place: Place, number: int, expected: int, found: int) -> Diagnostic:
    message = f"row {number}: expected {expected} cells, as the header has, found {found}"
    return error("wrong-cells", message, place, "a cell that holds a comma stands in double quotes")


class _Lines:
    """The lines of a file as text, decoded one by one, so that a bad byte has a line number."""

    def __init__(self, file: Iterator[bytes]) -> None:
        self.number = 0
        self._file = file

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.number += 1
            yield line.decode("utf-8-sig" if self.number == 1 else "utf-8")
