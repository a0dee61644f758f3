"""One hash table of all texts that a reader knows, each in its context."""

from __future__ import annotations

import struct

from decision_engine.targets.wasm.layout import Layout

TOP = 1
"""The context of the object's own members; context 0 knows nothing."""

LONGEST = 4096
"""The most bytes of a text that a reader takes."""

FIRST_FACTOR, SECOND_FACTOR = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
KEY, TEXT, VALUE = 0, 4, 8
"""Where the parts of an entry stand; an entry whose key is 0 is free."""

ENTRY_BYTES = 16
_ENTRY = struct.Struct("<4i")
_LEAST_BITS = 4


class Names:
    """Texts with the number that each stands for, in a context of its own; filled, then placed."""

    def __init__(self) -> None:
        self._contexts = TOP
        self._numbers: dict[tuple[int, bytes], int] = {}

    def context(self) -> int:
        """A context that is not in use."""
        self._contexts += 1
        return self._contexts

    def has(self, context: int, text: str) -> bool:
        """Whether the text is known there."""
        return (context, text.encode()) in self._numbers

    def add(self, context: int, text: str, number: int) -> None:
        """Make a text known; one that no request can write to a reader is left out."""
        content = text.encode()
        if len(content) <= LONGEST:
            self._numbers[context, content] = number

    def place(self, layout: Layout) -> tuple[int, int]:
        """Put the table into memory; gives its address, and the logarithm of its size. At least half of it is free."""
        bits = max(_LEAST_BITS, (2 * len(self._numbers) - 1).bit_length())
        entries = [_ENTRY.pack(0, 0, 0, 0)] * (1 << bits)
        free = [True] * (1 << bits)
        for (context, text), number in self._numbers.items():
            slot = _first_slot(context, text, bits)
            while not free[slot]:
                slot = (slot + 1) % (1 << bits)
            free[slot] = False
            # The reader compares eight bytes at a time, and masks what is beyond the text.
            entries[slot] = _ENTRY.pack(_key(context, text), layout.place(text + bytes(8), 1), number, 0)
        return layout.place(b"".join(entries)), bits


def _first_slot(context: int, text: bytes, bits: int) -> int:
    """Where the search begins: a product over the key, the first eight bytes and, of a longer text, the last eight."""
    head = int.from_bytes(text[:8], "little")
    tail = int.from_bytes(text[-8:], "little") if len(text) > 8 else 0
    product = (head + tail * FIRST_FACTOR + _key(context, text)) * SECOND_FACTOR
    return (product % (1 << 64)) >> (64 - bits)


def _key(context: int, text: bytes) -> int:
    return context << 16 | len(text)
