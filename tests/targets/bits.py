"""Doubles as bits, so that tests tell -0.0 from 0.0 and find NaN equal to NaN."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence


def bits(values: Iterable[float]) -> list[str]:
    """Each double in hexadecimal, the first byte the sign; any NaN is `nan`."""
    return ["nan" if math.isnan(value) else struct.pack(">d", value).hex() for value in values]


def all_bits(rows: Iterable[Sequence[float]]) -> list[list[str]]:
    """`bits` of each row."""
    return [bits(row) for row in rows]
