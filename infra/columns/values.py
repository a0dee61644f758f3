"""Values of one path of many requests, row by row, as arrays: what row-by-row code would put into each request.

Four forms hold the same kind of thing, each for what it is quick at; `coded` turns all of them into the general one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from infra.replay.prepare import time_text

Mask: TypeAlias = npt.NDArray[np.bool_]
Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int32]

ABSENT = -1


@dataclass(frozen=True, slots=True)
class Coded:
    """Any JSON values: `codes` are places in `values`, ABSENT where a row has none. `None` in `values` is a null."""

    codes: Codes
    values: list[object]


@dataclass(frozen=True, slots=True)
class Numbers:
    """JSON numbers, of magnitude up to 2^53 - 1, so that doubles hold whole ones too; those not `present` are 0."""

    numbers: Floats
    present: Mask


@dataclass(frozen=True, slots=True)
class Moments:
    """Texts of RFC 3339 in UTC, as `time_text` writes them: in ms since 1970."""

    times: Integers
    present: Mask


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts; null where a row has none."""

    texts: pa.StringArray


Values: TypeAlias = Coded | Numbers | Moments | Texts


def is_present(values: Values) -> Mask:
    """The rows that have a value."""
    match values:
        case Coded(codes):
            return np.not_equal(codes, ABSENT)
        case Numbers(_, present) | Moments(_, present):
            return present
        case Texts(texts):
            return mask_of(pc.is_valid(texts))
        case _:
            assert_never(values)


def take(values: Values, rows: Integers) -> Values:
    """The values of these rows."""
    match values:
        case Coded(codes, known):
            return Coded(codes[rows], known)
        case Numbers(numbers, present):
            return Numbers(numbers[rows], present[rows])
        case Moments(times, present):
            return Moments(times[rows], present[rows])
        case Texts(texts):
            return Texts(texts.take(pa.array(rows)))
        case _:
            assert_never(values)


def coded(values: Values) -> Coded:
    """The same values in the general form; each distinct one stands there once."""
    match values:
        case Coded():
            return values
        case Numbers(numbers, present):
            # By their bits: 0.0 and -0.0 are different values.
            bits, codes = np.unique(numbers.view(np.int64), return_inverse=True)
            return Coded(_absent_unless(present, codes), bits.view(np.float64).tolist())
        case Moments(times, present):
            distinct, codes = np.unique(times, return_inverse=True)
            return Coded(_absent_unless(present, codes), [time_text(int(one)) for one in distinct])
        case Texts(texts):
            encoded = texts.dictionary_encode()
            return Coded(codes_of(encoded), encoded.dictionary.to_pylist())
        case _:
            assert_never(values)


def place(parts: Sequence[tuple[Integers, Values]], count: int) -> Values:
    """Values of `count` rows, put together from those of some rows each; no row stands in two parts."""
    kinds = {type(values) for _, values in parts}
    if len(parts) == 1 and len(parts[0][0]) == count:
        return parts[0][1]
    if kinds == {Numbers}:
        numbers, present = np.zeros(count), np.zeros(count, dtype=np.bool_)
        for rows, values in parts:
            assert isinstance(values, Numbers)
            numbers[rows], present[rows] = values.numbers, values.present
        return Numbers(numbers, present)
    if kinds == {Moments}:
        times, present = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
        for rows, values in parts:
            assert isinstance(values, Moments)
            times[rows], present[rows] = values.times, values.present
        return Moments(times, present)
    if kinds == {Texts}:
        texts = pa.concat_arrays([values.texts for _, values in parts if isinstance(values, Texts)])
        places = np.full(count, ABSENT)
        places[np.concatenate([rows for rows, _ in parts])] = np.arange(len(texts))
        return Texts(texts.take(pa.array(places, mask=places == ABSENT)))
    codes = np.full(count, ABSENT, dtype=np.int32)
    known: list[object] = []
    for rows, values in parts:
        part = coded(values)
        codes[rows] = np.where(part.codes == ABSENT, ABSENT, part.codes + len(known))
        known += part.values
    return Coded(codes, known)


def text_array(values: Values) -> pa.StringArray:
    """Values that are all texts, as an array of Arrow."""
    if isinstance(values, Texts):
        return values.texts
    part = coded(values)
    return pa.array(part.values, pa.string()).take(pa.array(part.codes, mask=part.codes == ABSENT))


def map_coded(part: Coded, make: Callable[[object], object]) -> list[object]:
    """What `make` gives for each value that some row has, in the order of `values`; None for those of no row."""
    used = np.zeros(len(part.values) + 1, dtype=np.bool_)
    used[part.codes] = True  # ABSENT marks the last place, which is no value's
    return [make(value) if is_used else None for value, is_used in zip(part.values, used, strict=False)]


def codes_of(encoded: pa.DictionaryArray) -> Codes:
    """The numbers of a dictionary's entries; ABSENT where null."""
    found: Codes = encoded.indices.fill_null(ABSENT).to_numpy(zero_copy_only=False).astype(np.int32)
    return found


def mask_of(array: pa.BooleanArray) -> Mask:
    """The bools of an array of Arrow; null is false."""
    found: Mask = array.fill_null(False).to_numpy(zero_copy_only=False)
    return found


def _absent_unless(present: Mask, codes: npt.NDArray[np.intp]) -> Codes:
    return np.where(present, codes.reshape(-1), ABSENT).astype(np.int32)
