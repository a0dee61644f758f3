"""Reads strings of the IAB's Global Privacy Platform: the header, and the sections of the United States.

Source: IAB Tech Lab, "Global Privacy Platform: Consent String Specification", version 1.1, and the specifications of
the sections. A section of the United States is a row of fields of two bits behind a version of six, in one order a
section; `LAYOUTS` has the places of those that are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .bits import Bits, is_readable, read_bits

TCF_EUROPE, TCF_CANADA, US_PRIVACY, US_NATIONAL = 2, 5, 6, 7

_HEADER_TYPE, _HEADER_VERSION = 3, 1
_MOST_SECTIONS = 64
_HIGHEST_SECTION = 4095
_MOST_SEGMENTS = 3
_GPC = 1
_SENSITIVE = (25, 26, 27)
"""Sections whose second segment is of sensitive data; its 18 bits are more than the 12 of the segment for GPC."""


class Layout(NamedTuple):
    """Places of fields, in fields: the opt-outs, the first of those of known children with their number; all fields."""

    opt_outs: tuple[int, ...]
    child: int
    children: int
    fields: int


LAYOUTS: Mapping[tuple[int, int], Layout] = {
    (7, 1): Layout((6, 7, 8), 25, 3, 32),
    (7, 2): Layout((6, 7, 8), 25, 3, 32),
    (8, 1): Layout((3, 4), 14, 2, 20),
    (9, 1): Layout((3, 4), 13, 1, 17),
    (10, 1): Layout((3, 4), 12, 1, 16),
    (11, 1): Layout((4, 5), 14, 1, 18),
    (12, 1): Layout((3, 4), 13, 3, 19),
    (13, 1): Layout((3, 4), 13, 3, 20),
    (14, 1): Layout((3, 4), 13, 3, 20),
    (15, 1): Layout((3, 4), 16, 3, 23),
    (16, 1): Layout((3, 4), 13, 1, 18),
    (17, 1): Layout((3, 4), 14, 5, 23),
    (18, 1): Layout((4, 5), 14, 1, 18),
    (19, 1): Layout((3, 4), 13, 1, 18),
    (20, 1): Layout((3, 4), 13, 3, 20),
    (21, 1): Layout((3, 4), 15, 5, 24),
    (22, 1): Layout((3, 4), 13, 1, 18),
    (23, 1): Layout((3, 4), 13, 1, 18),
    (24, 1): Layout((5, 6), 7, 0, 8),
    (25, 1): Layout((5, 6), 7, 1, 9),
    (26, 1): Layout((5, 6), 7, 1, 9),
    (27, 1): Layout((5, 6), 7, 1, 9),
}
"""(section, its version) -> where its fields stand."""

_SHORT_NATIONAL = Layout((6, 7, 8), 21, 2, 27)
"""Section 7 before it grew, which its version does not tell: that has ten characters or eleven."""
_LONGEST_SHORT_NATIONAL = 11


class UsSection(NamedTuple):
    """What a section says: fields as sent (0 not applicable, 1 opted out, 2 did not; of children 1 no, 2 consent)."""

    opt_outs: tuple[int, ...]
    children: tuple[int, ...]
    gpc: bool


def read_gpp(text: str) -> dict[int, str] | None:
    """The sections' texts by their numbers, none of them read yet; None when the header does not fit them."""
    if not is_readable(text):
        return None
    header, *sections = text.split("~", _MOST_SECTIONS + 1)
    numbers = _read_header(header)
    if numbers is None or len(numbers) != len(sections):
        return None
    return dict(zip(numbers, sections, strict=True))


def read_us(section: int, text: str) -> UsSection | None:
    """A section of the United States, 7 and up; None when any part of it cannot be read."""
    core, *others = text.split(".", _MOST_SEGMENTS)
    bits = read_bits(core)
    layout = None if bits is None else LAYOUTS.get((section, bits.read(6)))
    if bits is None or layout is None or len(others) >= _MOST_SEGMENTS:
        return None
    if section == US_NATIONAL and len(core) <= _LONGEST_SHORT_NATIONAL:
        layout = _SHORT_NATIONAL
    fields = [bits.read(2) for _ in range(layout.fields)]
    if bits.is_short:  # what follows is left alone: drafts of some sections were longer
        return None
    gpc = False
    for segment in others:
        found = _read_gpc(section, segment)
        if found is None:
            return None
        gpc = gpc or found
    children = fields[layout.child : layout.child + layout.children]
    return UsSection(tuple([fields[at] for at in layout.opt_outs]), tuple(children), gpc)


def read_us_privacy(text: str) -> UsSection | None:
    """Section 6, the older text of four letters such as `1YNN`: version, notice, opt-out of sale, contract."""
    if len(text) != 4 or text[0] != "1" or any(letter not in "YN-" for letter in text[1:]):
        return None
    return UsSection(({"-": 0, "Y": 1, "N": 2}[text[2]],), (), gpc=False)


def _read_gpc(section: int, text: str) -> bool | None:
    bits = read_bits(text)
    if bits is None:
        return None
    if section in _SENSITIVE and len(text) > 2:
        return False
    is_gpc, value = bits.read(2) == _GPC, bits.read(1)
    return value == 1 if is_gpc and bits.is_complete() else None


def _read_header(text: str) -> list[int] | None:
    bits = read_bits(text)
    if bits is None or bits.read(6) != _HEADER_TYPE or bits.read(6) != _HEADER_VERSION:
        return None
    numbers: list[int] = []
    last = 0
    for _ in range(bits.read(12)):
        is_range = bits.read(1)
        first = last + _read_fibonacci(bits)
        last = first + _read_fibonacci(bits) if is_range else first
        if bits.is_short or last > _HIGHEST_SECTION or len(numbers) + last - first >= _MOST_SECTIONS:
            return None
        numbers.extend(range(first, last + 1))
    return numbers if bits.is_complete() else None


def _read_fibonacci(bits: Bits) -> int:
    """A number as a sum of Fibonacci numbers (1, 2, 3, 5, ...), a bit each; two ones in a row end it."""
    total, current, following, before = 0, 1, 2, 0
    while not bits.is_short and current <= 2 * _HIGHEST_SECTION:
        bit = bits.read(1)
        if bit and before:
            return total
        total += current * bit
        current, following, before = following, current + following, bit
    bits.is_short = True
    return 0
