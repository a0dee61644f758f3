"""The rules of a map on whole batches: each gives the values of a path for all rows, as arrays.

infra/replay/prepare.py says what a rule means, one row at a time. Here a rule runs on some rows of a batch, those that
it would be asked for: `first` asks its second rule only where the first gave nothing, `when` only where cells agree.
Rows that a rule cannot read are noted in `Batch.bad`; what is wrong with them, row-by-row code says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any, TypeAlias, assert_never

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from feature_registry.values import BadValueError
from infra.columns.cells import Cells
from infra.columns.values import (
    ABSENT,
    Coded,
    Integers,
    Mask,
    Moments,
    Numbers,
    Texts,
    Values,
    coded,
    is_present,
    map_coded,
    place,
    take,
    text_array,
)
from infra.replay.cells import Cell, Json, cell_text, is_empty, read_shift, read_time
from infra.replay.prepare import EARLIEST, LATEST
from infra.replay.rules import Column, Constant, First, Pick, Rule, Template, Time, When

Whole: TypeAlias = npt.NDArray[Any]
Times: TypeAlias = tuple[Whole, Mask]
"""Times in ms UTC, and the rows that have one; Python's integers where int64 might not hold a sum."""

_SMALL = 2**53


class Batch:
    """Rows of a table by column. `first` is the number of its first row from 1, `at` the time that each row has."""

    def __init__(self, columns: Mapping[str, pa.Array], count: int, first: int) -> None:
        self.columns = {name: Cells(name, array) for name, array in columns.items()}
        self.count = count
        self.first = first
        self.bad: Mask = np.zeros(count, dtype=np.bool_)
        self.times: Integers = np.zeros(count, dtype=np.int64)
        self.is_timed: Mask = np.zeros(count, dtype=np.bool_)

    def all_rows(self) -> Integers:
        """The places of all rows."""
        return np.arange(self.count)

    def cells(self, row: int) -> dict[str, Cell]:
        """The cells of a row."""
        return {name: column.cell(row) for name, column in self.columns.items()}


def evaluate(rule: Rule, batch: Batch, rows: Integers) -> Values:
    """The rule's values for these rows; rows that cannot be read have none, and are marked as bad."""
    match rule:
        case Column():
            return _column(rule, batch, rows)
        case Constant(value):
            return Coded(np.zeros(len(rows), dtype=np.int32), [value])
        case Template(parts):
            return _template(parts, batch, rows)
        case Pick():
            return _pick(rule, batch, rows)
        case First(rules):
            return _first(rules, batch, rows)
        case Time():
            times, present = _time(rule, batch, rows)
            return Moments(np.where(present, times, 0).astype(np.int64), present)
        case When(conditions, inner):
            chosen = np.flatnonzero(_agrees(conditions, batch, rows))
            return place([(chosen, evaluate(inner, batch, rows[chosen]))], len(rows))
        case _:
            assert_never(rule)


def evaluate_time(rule: Rule, batch: Batch, rows: Integers) -> Times:
    """The rule's values as times."""
    match rule:
        case Time():
            return _time(rule, batch, rows)
        case When(conditions, Time() as inner):
            chosen = np.flatnonzero(_agrees(conditions, batch, rows))
            times, present = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.bool_)
            inner_times, present[chosen] = _time(inner, batch, rows[chosen])
            times = times.astype(inner_times.dtype)
            times[chosen] = inner_times
            return times, present
        case _:
            return _read_whole(evaluate(rule, batch, rows), read_time, batch, rows)


def _column(rule: Column, batch: Batch, rows: Integers) -> Values:
    column = batch.columns[rule.column]
    if rule.values is not None:
        return _lookup(rule, rule.values, column, batch, rows)
    reading = column.read(rule.kind)
    batch.bad[rows] |= reading.bad[rows]
    return _some(reading.values, rows, batch)


def _lookup(rule: Column, values: Mapping[str, Json], column: Cells, batch: Batch, rows: Integers) -> Values:
    codes, cells = column.distinct()
    found: list[Json] = []
    is_bad = np.zeros(len(cells), dtype=np.bool_)
    for index, cell in enumerate(cells):
        text = cell_text(cell)
        if is_empty(cell):
            found.append(None)
        elif text in values:
            found.append(values[text])
        else:
            found.append(rule.otherwise)
            is_bad[index] = not rule.has_otherwise
    batch.bad[rows] |= is_bad[codes[rows]]
    return _without_nulls(codes[rows], found)


def _template(parts: tuple[str | tuple[str | None, int], ...], batch: Batch, rows: Integers) -> Values:
    if not parts:
        return Coded(np.zeros(len(rows), dtype=np.int32), [""])
    arrays: list[object] = []
    for part in parts:
        match part:
            case str():
                arrays.append(pa.scalar(part))
            case (None, width):
                numbers = pa.array(rows + batch.first).cast(pa.string())
                arrays.append(pc.utf8_lpad(numbers, width, "0") if width else numbers)
            case (str() as column, _):
                arrays.append(text_array(_some(batch.columns[column].read("text").values, rows, batch)))
    joined = pc.binary_join_element_wise(*arrays, pa.scalar(""))
    if isinstance(joined, pa.Scalar):  # literal text alone
        return Coded(np.zeros(len(rows), dtype=np.int32), [joined.as_py()])
    return Texts(joined)


def _pick(rule: Pick, batch: Batch, rows: Integers) -> Values:
    salted, sha256 = f"{rule.salt}\0".encode(), hashlib.sha256
    if rule.by:
        codes, keys = _keys(rule.by, batch, rows)
    else:
        codes, keys = np.arange(len(rows)), [b"%d" % number for number in (rows + batch.first).tolist()]
    heads = b"".join([sha256(salted + key).digest()[:8] for key in keys])
    places = _weighted(np.frombuffer(heads, ">u8").astype(np.uint64), rule.weights)
    return _without_nulls(places[codes].astype(np.int32), list(rule.items))


def _weighted(hashes: npt.NDArray[np.uint64], weights: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """The first place whose running sum of weights exceeds floor(hash * sum / 2^64)."""
    bounds = list(accumulate(weights))
    total = bounds[-1]
    if total < 2**31:  # the halves' products fit into 64 bits
        low, factor, half = hashes & np.uint64(0xFFFFFFFF), np.uint64(total), np.uint64(32)
        scaled = ((hashes >> half) * factor + (low * factor >> half)) >> half
    else:
        scaled = np.array([one * total >> 64 for one in hashes.tolist()], dtype=np.uint64)
    return np.searchsorted(np.array(bounds, dtype=np.uint64), scaled, side="right")


def _keys(by: tuple[str, ...], batch: Batch, rows: Integers) -> tuple[npt.NDArray[np.intp], list[bytes]]:
    """For each row the place of its key among the distinct ones: the texts of its cells, joined by NUL."""
    columns = [batch.columns[name].distinct() for name in by]
    codes = np.stack([codes[rows] for codes, _ in columns], axis=1)
    distinct, places = np.unique(codes, axis=0, return_inverse=True)
    texts = [list(map(cell_text, cells)) for _, cells in columns]
    keys = [
        "\0".join([texts[column][code] for column, code in enumerate(key)]).encode("utf-8", "strict")
        for key in distinct.tolist()
    ]
    return places.reshape(-1), keys


def _first(rules: tuple[Rule, ...], batch: Batch, rows: Integers) -> Values:
    parts: list[tuple[Integers, Values]] = []
    left = np.arange(len(rows))
    for rule in rules:
        if not len(left):
            break
        values = evaluate(rule, batch, rows[left])
        # A row that could not be read stops there, as row-by-row code does.
        present, is_over = is_present(values), is_present(values) | batch.bad[rows[left]]
        parts.append((left[present], take(values, np.flatnonzero(present))))
        left = left[~is_over]
    return place(parts, len(rows))


def _agrees(conditions: Mapping[str, tuple[str, ...]], batch: Batch, rows: Integers) -> Mask:
    agrees = np.ones(len(rows), dtype=np.bool_)
    for column, texts in conditions.items():
        codes, cells = batch.columns[column].distinct()
        agrees &= np.array([cell_text(cell) in texts for cell in cells], dtype=np.bool_)[codes[rows]]
    return agrees


def _time(rule: Time, batch: Batch, rows: Integers) -> Times:
    if rule.base is None:
        times: Whole = batch.times[rows]
        present = batch.is_timed[rows]
    else:
        times, present = evaluate_time(rule.base, batch, rows)
    for part in rule.plus:
        left = np.flatnonzero(present & ~batch.bad[rows])
        shifts, found = _read_whole(evaluate(part, batch, rows[left]), read_shift, batch, rows[left])
        present = np.zeros(len(rows), dtype=np.bool_)
        present[left] = found
        if shifts.dtype != times.dtype:
            times, shifts = times.astype(np.object_), shifts.astype(np.object_)
        times = times.copy()
        times[left] += shifts
    beyond = present & ((times < EARLIEST) | (times > LATEST)).astype(np.bool_)
    batch.bad[rows] |= beyond
    return times, present & ~beyond


def _read_whole(values: Values, read: Callable[[Json], int], batch: Batch, rows: Integers) -> Times:
    """Whole numbers of ms, read from each distinct value once."""
    if read is read_time and isinstance(values, Moments):
        return values.times, values.present
    if read is read_time and isinstance(values, Numbers):
        is_time = (np.floor(values.numbers) == values.numbers) & (np.abs(values.numbers) <= 8.64e15)
        batch.bad[rows] |= values.present & ~is_time
        return np.where(is_time, values.numbers, 0).astype(np.int64), values.present & is_time
    part = coded(values)
    read_values = map_coded(part, lambda value: _or_none(read, value))
    is_bad = np.array([one is None for one in read_values] + [False], dtype=np.bool_)
    batch.bad[rows] |= is_bad[part.codes]
    whole = [one if isinstance(one, int) else 0 for one in read_values] + [0]
    is_small = all(abs(one) < _SMALL for one in whole)
    times = np.array(whole, dtype=np.int64 if is_small else np.object_)[part.codes]
    return times, (part.codes != ABSENT) & ~is_bad[part.codes]


def _or_none(read: Callable[[Json], int], value: Json) -> int | None:
    try:
        return read(value)
    except BadValueError:
        return None


def _some(values: Values, rows: Integers, batch: Batch) -> Values:
    return values if len(rows) == batch.count else take(values, rows)


def _without_nulls(codes: npt.NDArray[np.int32], values: list[Json]) -> Coded:
    """Rows whose value is None have none."""
    is_null = np.array([value is None for value in values], dtype=np.bool_)
    return Coded(np.where(is_null[codes], ABSENT, codes).astype(np.int32), values)
