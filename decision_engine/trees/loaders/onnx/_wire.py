"""Protocol buffers' wire format, as far as ONNX files use it: a message is a row of fields, each a tag and a value.

    tag: a varint, 8 * the number + the kind: 0 varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes

A list of numbers stands either packed in one field of bytes, or as one field each; the latter runs are decoded at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from decision_engine.trees.errors import ModelError

SAVE_AGAIN = "the file is damaged: convert the model again and copy it whole"

Integers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
_LONGEST_VARINT = 10
_PIECE = 1_000_000
"""How many bytes of varints are decoded at once: decoding takes about fifty times the memory."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a number for a varint, else bytes."""

    number: int
    kind: int
    integer: int
    content: memoryview

    @property
    def text(self) -> str:
        """The bytes as text."""
        return bytes(self.content).decode("utf-8", "replace")


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message, in order; ModelError `damaged-file` where they do not fit into it."""
    at = 0
    nothing = message[:0]
    while at < len(message):
        tag, at = read_varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = read_varint(message, at)
            yield Field(number, kind, value, nothing)
            continue
        length = {EIGHT: 8, FOUR: 4}.get(kind)
        if kind == BYTES:
            length, at = read_varint(message, at)
        if length is None or length > len(message) - at:
            raise damaged()
        yield Field(number, kind, 0, message[at : at + length])
        at += length


def read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """The varint at a place, and the place after it."""
    value = 0
    for i, byte in enumerate(message[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return value, at + i + 1
    raise damaged()


def integers(message: memoryview) -> Integers:
    """Packed varints, signed."""
    found: list[Integers] = []
    at = 0
    while at < len(message):
        values, ends = _varints(message[at : at + _PIECE])
        if not len(ends):
            raise damaged()
        found.append(values)
        at += int(ends[-1]) + 1
    return np.concatenate(found) if found else np.empty(0, np.int64)


def run_of_integers(message: memoryview, at: int, tag: int) -> tuple[Integers, int]:
    """The varints of a run of fields that all have the one-byte `tag`, and the place after the run."""
    found = [np.empty(0, np.int64)]
    while at < len(message):
        values, ends = _varints(message[at : at + _PIECE])
        odd = np.flatnonzero(values[::2] != tag)
        pairs = min(int(odd[0]) if len(odd) else len(values), len(values) // 2)
        if not pairs:
            break
        found.append(values[1 : 2 * pairs : 2].copy())
        at += int(ends[2 * pairs - 1]) + 1
    return np.concatenate(found), at


def run_of_floats(message: memoryview, at: int, tag: int) -> tuple[Floats, int]:
    """The float32 numbers of a run of fields that all have the one-byte `tag`, and the place after the run."""
    count = (len(message) - at) // 5
    rows = np.frombuffer(message, np.uint8, 5 * count, at).reshape(count, 5)
    odd = np.flatnonzero(rows[:, 0] != tag)
    length = int(odd[0]) if len(odd) else count
    return float32s(memoryview(rows[:length, 1:].tobytes())), at + 5 * length


def run_of_texts(message: memoryview, at: int, tag: int) -> tuple[list[str], int]:
    """The texts, each shorter than 128 bytes, of a run of fields that all have the one-byte `tag`, and the place after
    the run."""
    data = bytes(message)
    found: list[str] = []
    known: dict[bytes, str] = {}
    while at + 1 < len(data) and data[at] == tag and data[at + 1] < 0x80:
        end = at + 2 + data[at + 1]
        word = data[at + 2 : end]
        if end > len(data):
            raise damaged()
        if word not in known:
            known[word] = word.decode("utf-8", "replace")
        found.append(known[word])
        at = end
    return found, at


def float32s(message: memoryview) -> Floats:
    """Packed float32 numbers, as doubles."""
    return _numbers(message, "<f4")


def float64s(message: memoryview) -> Floats:
    """Packed doubles."""
    return _numbers(message, "<f8")


def damaged() -> ModelError:
    """The error for a message that is cut off or is none."""
    return ModelError("damaged-file", "expected a message of protocol buffers, found one cut off", help=SAVE_AGAIN)


def _numbers(message: memoryview, dtype: str) -> Floats:
    if len(message) % np.dtype(dtype).itemsize:
        raise damaged()
    return np.frombuffer(message, dtype).astype(np.float64)


def _varints(message: memoryview) -> tuple[Integers, Integers]:
    """As many whole varints as the bytes hold, and the place of the last byte of each."""
    data = np.frombuffer(message, np.uint8)
    ends = np.flatnonzero(data < 0x80)
    if not len(ends):
        return np.empty(0, np.int64), ends
    used = int(ends[-1]) + 1
    starts = np.concatenate(([0], ends[:-1] + 1))
    place = np.arange(used) - np.repeat(starts, ends - starts + 1)
    # A longer varint is none: its value does not matter, since what reads it refuses it, or stops before.
    shift = 7 * np.minimum(place, _LONGEST_VARINT - 1)
    parts = (data[:used] & 0x7F).astype(np.uint64) << shift.astype(np.uint64)
    return np.bitwise_or.reduceat(parts, starts).view(np.int64), ends
