"""Where things stand in linear memory: constants, tables filled at start, and scratch cells, in one growing plan."""

from __future__ import annotations

from decision_engine.targets.wasm.module import PAGE, Segment

FIRST = 16
"""The first address in use: address 0 stays free, so that a zero pointer is never one of ours."""


class Layout:
    """A plan of memory, filled from `FIRST` upward while a module is emitted.

    Equal contents placed twice share their bytes.
    """

    def __init__(self) -> None:
        self._end = FIRST
        self._parts: list[tuple[int, bytes]] = []
        self._placed: dict[tuple[bytes, int], int] = {}

    def place(self, content: bytes, align: int = 8) -> int:
        """Put constant bytes into memory; gives their address."""
        key = (content, align)
        if key not in self._placed:
            self._placed[key] = self.reserve(len(content), align)
            self._parts.append((self._placed[key], content))
        return self._placed[key]

    def reserve(self, size: int, align: int = 16) -> int:
        """Leave `size` zero bytes; gives their address."""
        address = -(-self._end // align) * align
        self._end = address + size
        return address

    @property
    def heap(self) -> int:
        """The first free byte after everything, a multiple of 16."""
        return -(-self._end // 16) * 16

    @property
    def pages(self) -> int:
        """Pages that hold everything up to the heap."""
        return max(1, -(-self.heap // PAGE))

    def segments(self) -> tuple[Segment, ...]:
        """The data segments; parts that only alignment separates are joined."""
        joined: list[tuple[int, bytearray]] = []
        for address, content in self._parts:
            if joined and address - (end := joined[-1][0] + len(joined[-1][1])) < 16:
                joined[-1][1].extend(bytes(address - end) + content)
            else:
                joined.append((address, bytearray(content)))
        return tuple(Segment(address, bytes(content)) for address, content in joined)
