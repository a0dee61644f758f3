"""The cells of a table's batch by column, and how a rule reads a whole column of them.

What a cell means is said in infra/replay/cells.py alone: its functions read each distinct cell once. Columns of plain
numbers have many distinct cells, so these are read as arrays; the tests hold both ways to the same values.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from feature_registry.values import LARGEST_NUMBER
from infra.columns.values import ABSENT, Coded, Codes, Mask, Numbers, Texts, Values, codes_of, mask_of
from infra.replay.cells import BadCellError, Cell, cell_text, is_empty, read_cell

_LATEST_TIME = 8_640_000_000_000_000
_PLAIN_NUMBER = r"^(?:0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15})$"
"""Texts that are numbers at first sight. `-0` is left out: as an integer it loses its sign."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule reads from a column, for all rows of a batch; `bad` are the rows whose cells it cannot read."""

    values: Values
    bad: Mask


class Cells:
    """The cells of one column. Equal cells of different types cannot occur: a column has one type."""

    def __init__(self, name: str, array: pa.Array) -> None:
        self.name = name
        self.array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        self._codes: Codes | None = None
        self._distinct: list[Cell] = []
        self._read: dict[str, Reading] = {}

    def distinct(self) -> tuple[Codes, list[Cell]]:
        """For each row the place of its cell in a list of distinct cells; an empty cell is one of them."""
        if self._codes is None:
            self._codes, self._distinct = _distinct(self.array)
        return self._codes, self._distinct

    def cell(self, row: int) -> Cell:
        """The cell of a row, as row-by-row code has it."""
        codes, cells = self.distinct()
        return cells[int(codes[row])]

    def read(self, kind: str) -> Reading:
        """The column read as `kind`, one of `infra.replay.cells.READERS`."""
        if kind not in self._read:
            self._read[kind] = self._reading(kind)
        return self._read[kind]

    def _reading(self, kind: str) -> Reading:
        array = self.array
        if kind == "text" and pa.types.is_string(array.type):
            empty = pc.equal(array, "")
            return Reading(Texts(pc.if_else(empty, pa.scalar(None, pa.string()), array)), _none(len(array)))
        if kind == "number" and pa.types.is_string(array.type):
            return self._number_texts()
        if kind in {"number", "timestamp"} and pa.types.is_integer(array.type):
            return _integers(array, LARGEST_NUMBER if kind == "number" else _LATEST_TIME)
        if kind == "number" and pa.types.is_float64(array.type):
            numbers = array.fill_null(np.nan).to_numpy(zero_copy_only=False)
            bad = np.abs(numbers) > LARGEST_NUMBER
            present = ~np.isnan(numbers) & ~bad
            return Reading(Numbers(np.where(present, numbers, 0.0), present), bad)
        return self._by_value(kind)

    def _number_texts(self) -> Reading:
        plain = mask_of(pc.match_substring_regex(self.array, _PLAIN_NUMBER))
        numbers = np.zeros(len(self.array))
        numbers[plain] = self.array.filter(pa.array(plain)).cast(pa.float64()).to_numpy()
        others = np.flatnonzero(~plain)
        if not len(others):
            return Reading(Numbers(numbers, plain), _none(len(numbers)))
        rest = Cells(self.name, self.array.take(pa.array(others)))._by_value("number")
        assert isinstance(rest.values, Coded)
        codes, bad = rest.values.codes, _none(len(numbers))
        found = codes != ABSENT
        known = np.array([0.0 if one is None else one for one in rest.values.values], dtype=np.float64)
        numbers[others[found]] = known[codes[found]]
        plain[others[found]] = True
        bad[others] = rest.bad
        return Reading(Numbers(numbers, plain), bad)

    def _by_value(self, kind: str) -> Reading:
        """Each distinct cell read once, by the code that reads single cells."""
        codes, cells = self.distinct()
        values: list[object] = []
        places, is_bad = np.empty(len(cells), dtype=np.int32), np.zeros(len(cells), dtype=np.bool_)
        for index, cell in enumerate(cells):
            places[index] = ABSENT
            if is_empty(cell):
                continue
            try:
                value = read_cell(kind, cell, self.name)
            except BadCellError:
                is_bad[index] = True
            else:
                places[index] = len(values)
                values.append(value)
        return Reading(Coded(places[codes], values), is_bad[codes])


def texts_of(cells: list[Cell]) -> list[str]:
    """The text of each cell."""
    return [cell_text(cell) for cell in cells]


def _integers(array: pa.Array, largest: int) -> Reading:
    present = mask_of(pc.is_valid(array))
    whole = array.fill_null(0).to_numpy(zero_copy_only=False)
    bad = (whole > largest) | (whole < -largest) if whole.dtype.kind == "i" else whole > largest
    present &= ~bad
    return Reading(Numbers(np.where(present, whole.astype(np.float64), 0.0), present), bad)


def _distinct(array: pa.Array) -> tuple[Codes, list[Cell]]:
    if pa.types.is_string(array.type) or pa.types.is_boolean(array.type) or pa.types.is_integer(array.type):
        encoded = array.dictionary_encode()
        codes, cells = codes_of(encoded), encoded.dictionary.to_pylist()
        return np.where(codes == ABSENT, len(cells), codes).astype(np.int32), [*cells, None]
    if pa.types.is_float64(array.type):
        numbers = array.fill_null(np.nan).to_numpy(zero_copy_only=False)
        bits, places = np.unique(numbers.view(np.int64), return_inverse=True)
        codes = np.where(mask_of(pc.is_null(array)), len(bits), places.reshape(-1)).astype(np.int32)
        return codes, [*bits.view(np.float64).tolist(), None]
    known: dict[str, int] = {}
    cells, found = [], []
    for raw in array.to_pylist():
        cell = int(raw) if isinstance(raw, Decimal) else raw
        number = known.setdefault(repr(cell), len(cells))
        if number == len(cells):
            cells.append(cell)
        found.append(number)
    return np.array(found, dtype=np.int32), cells


def _none(count: int) -> Mask:
    return np.zeros(count, dtype=np.bool_)
