"""Universal Binary JSON (ubjson.org, draft 12), as much of it as XGBoost writes and a little more.

A value is a marker and what belongs to it; numbers are big-endian. Lengths are values of integer markers:

    Z T F             null, true, false            N                 no-op: refused, XGBoost writes none
    i U I l L         integers of 8 (signed, unsigned), 16, 32, 64 bits
    d D               float32, float64             C                 a character
    S length bytes    a text                       H length bytes    a decimal: refused, XGBoost writes none
    [ values ]        { length bytes value ... }   either may give `#` count, and before it `$` the marker of all values

INVARIANT (bounded): what a length or a count declares is held against the bytes that are left, and against the values
that may still be read, before anything is built.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from array import array
from typing import TypeAlias

from decision_engine.trees.errors import ModelError

Value: TypeAlias = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 64
"""The deepest nesting; XGBoost's files have about 10 levels."""

COST = 20
"""How many values anything outside a typed array counts for: it takes as much time, and an object as much memory."""

SAVE_AGAIN = "the file is damaged: save the model again with `booster.save_model` and copy it whole"

_SIZES = {
    b"i": (1, "b"),
    b"U": (1, "B"),
    b"I": (2, "h"),
    b"l": (4, "i"),
    b"L": (8, "q"),
    b"d": (4, "f"),
    b"D": (8, "d"),
}
_CONSTANTS: dict[bytes, Value] = {b"Z": None, b"T": True, b"F": False}


def read_ubjson(content: bytes, max_values: int) -> Value:
    """The one value in `content`. Raises ModelError, with the offset of the fault, when it is not whole or has more
    than `max_values` values in all."""
    reader = _Reader(content, max_values)
    value = reader.value(reader.marker(), 0)
    if reader.offset < len(content):
        raise _damaged(
            f"expected the end of the file at byte {reader.offset}, found {len(content) - reader.offset} more"
        )
    return value


class _Reader:
    """A position in the bytes, and how many values may still be read."""

    def __init__(self, content: bytes, max_values: int) -> None:
        self.content = content
        self.offset = 0
        self.max_values = max_values
        self.left = max_values

    def value(self, marker: bytes, depth: int) -> Value:
        """The value after `marker`."""
        self.spend(COST)
        if marker in _SIZES:
            return self.number(marker)
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker == b"S":
            return self.text()
        if marker == b"C":
            return self.take(1).decode("latin-1")
        if marker not in (b"[", b"{"):
            raise _damaged(f"expected a value's marker at byte {self.offset - 1}, found 0x{marker.hex()}")
        if depth >= MAX_DEPTH:
            raise _damaged(f"expected at most {MAX_DEPTH} levels, found another at byte {self.offset - 1}")
        return self.array(depth + 1) if marker == b"[" else self.object(depth + 1)

    def array(self, depth: int) -> list[Value]:
        kind, count = self.head()
        if kind in _SIZES and count is not None:
            return self.numbers(kind, count)
        values: list[Value] = []
        while count is None or len(values) < count:
            marker = kind or self.marker()
            if marker == b"]" and count is None:
                break
            values.append(self.value(marker, depth))
        return values

    def object(self, depth: int) -> dict[str, Value]:
        kind, count = self.head()
        members: dict[str, Value] = {}
        while count is None or len(members) < count:
            if count is None and self.peek() == b"}":
                self.offset += 1
                break
            start = self.offset
            key = self.text()
            if key in members:
                message = f"expected each key once in an object, found `{key[:40]}` again at byte {start}"
                raise ModelError("repeated-key", message, help=SAVE_AGAIN)
            members[key] = self.value(kind or self.marker(), depth)
        return members

    def head(self) -> tuple[bytes | None, int | None]:
        """The marker of all values and their count, if the container gives them."""
        kind = None
        if self.peek() == b"$":
            self.offset += 1
            kind = self.take(1)
            if self.peek() != b"#":
                raise _damaged(f"expected a count (`#`) after a type at byte {self.offset}, found none")
        if self.peek() != b"#":
            return kind, None
        self.offset += 1
        start = self.offset
        count = self.length()
        # A value takes a byte at least, except constants, which take part in no file of XGBoost.
        if count > len(self.content) - self.offset or kind in _CONSTANTS:
            message = f"expected the count at byte {start} to fit into {len(self.content) - self.offset} bytes"
            raise ModelError("truncated", f"{message}, found {count}", help=SAVE_AGAIN)
        return kind, count

    def numbers(self, kind: bytes, count: int) -> list[Value]:
        size, code = _SIZES[kind]
        self.spend(count)
        values = array(code, self.take(size * count))
        if sys.byteorder == "little":
            values.byteswap()
        if kind == b"D":
            return [ctypes.c_float(value).value for value in values]
        return list(values)

    def number(self, marker: bytes) -> int | float:
        size, code = _SIZES[marker]
        value: int | float = struct.unpack(f">{code}", self.take(size))[0]
        return ctypes.c_float(value).value if marker == b"D" else value

    def text(self) -> str:
        start = self.offset
        content = self.take(self.length())
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise _damaged(f"expected a text in UTF-8 at byte {start}, found other bytes") from None

    def length(self) -> int:
        start = self.offset
        marker = self.marker()
        if marker not in (b"i", b"U", b"I", b"l", b"L"):
            raise _damaged(f"expected a length at byte {start}, found 0x{marker.hex()}")
        value = self.number(marker)
        if value < 0:
            raise _damaged(f"expected a length at byte {start}, found {value}")
        return int(value)

    def marker(self) -> bytes:
        """The next byte."""
        return self.take(1)

    def peek(self) -> bytes:
        """The next byte, which is read again."""
        found = self.take(1)
        self.offset -= 1
        return found

    def take(self, count: int) -> bytes:
        if count > len(self.content) - self.offset:
            left = len(self.content) - self.offset
            message = f"expected {count} bytes at byte {self.offset}, found {left} to the end of the file"
            raise ModelError("truncated", message, help=SAVE_AGAIN)
        self.offset += count
        return self.content[self.offset - count : self.offset]

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            message = f"expected at most {self.max_values:,} values, found more at byte {self.offset}"
            raise ModelError("model-too-large", message, help="train fewer trees, or shallower ones")


def _damaged(message: str) -> ModelError:
    return ModelError("damaged-file", message, help=SAVE_AGAIN)
