"""The two pieces of XGBoost's single-precision arithmetic that Python lacks: reading a decimal, and a logarithm."""

from __future__ import annotations

import ctypes
import math
import struct
from fractions import Fraction

import numpy as np


def float32_of_text(text: str) -> float:
    """The float32 value nearest to a decimal, ties to even, rounded once; infinite beyond the largest."""
    near = float(text)
    rounded = ctypes.c_float(near).value
    if near == rounded or struct.pack("<d", near)[:3] != b"\0\0\0":
        # INVARIANT (no-double-rounding): only a double halfway between two float32 values can round another way than
        # its decimal; it has at most 25 significant bits.
        return rounded
    other = float(np.nextafter(np.float32(rounded), np.float32(math.copysign(math.inf, near - rounded))))
    if not math.isfinite(other) or Fraction(near) * 2 != Fraction(rounded) + Fraction(other):
        return rounded
    exact = Fraction(text)
    if exact == near:
        return rounded
    return max(rounded, other) if exact > near else min(rounded, other)


def log_float32(x: float) -> float:
    """The natural logarithm of a float32 value as glibc and musl compute `logf`, bit for bit; x is positive, finite.

    It is not always the float32 nearest to the logarithm. From "optimized routines" of Arm Limited, logf.c (MIT): with
    x = z * 2^k, z in [0.6875, 1.375), and c a tabled value near z, log(x) = log1p(z / c - 1) + log(c) + k * log(2).
    """
    if x == 1.0:
        return 0.0
    bits = _bits(x)
    scale = 0
    if bits < 0x00800000:  # a denormal is made normal first
        bits, scale = _bits(x * 2.0**23), 23
    shifted = bits - 0x3F330000
    exponent = (shifted >> 23) - scale
    inverse, logarithm = _TABLE[(shifted >> 19) % 16]
    z: float = struct.unpack("<f", struct.pack("<I", bits - (shifted & ~0x7FFFFF)))[0]
    r = z * inverse - 1.0
    start = logarithm + exponent * _LN2
    r2 = r * r
    y = _A1 * r + _A2
    y = _A0 * r2 + y
    y = y * r2 + (start + r)
    return ctypes.c_float(y).value


_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_A0 = float.fromhex("-0x1.00ea348b88334p-2")
_A1 = float.fromhex("0x1.5575b0be00b6ap-2")
_A2 = float.fromhex("-0x1.ffffef20a4123p-2")
_TABLE = tuple(
    (float.fromhex(inverse), float.fromhex(logarithm))
    for inverse, logarithm in (
        ("0x1.661ec79f8f3bep+0", "-0x1.57bf7808caadep-2"),
        ("0x1.571ed4aaf883dp+0", "-0x1.2bef0a7c06ddbp-2"),
        ("0x1.49539f0f010bp+0", "-0x1.01eae7f513a67p-2"),
        ("0x1.3c995b0b80385p+0", "-0x1.b31d8a68224e9p-3"),
        ("0x1.30d190c8864a5p+0", "-0x1.6574f0ac07758p-3"),
        ("0x1.25e227b0b8eap+0", "-0x1.1aa2bc79c81p-3"),
        ("0x1.1bb4a4a1a343fp+0", "-0x1.a4e76ce8c0e5ep-4"),
        ("0x1.12358f08ae5bap+0", "-0x1.1973c5a611cccp-4"),
        ("0x1.0953f419900a7p+0", "-0x1.252f438e10c1ep-5"),
        ("0x1p+0", "0x0p+0"),
        ("0x1.e608cfd9a47acp-1", "0x1.aa5aa5df25984p-5"),
        ("0x1.ca4b31f026aap-1", "0x1.c5e53aa362eb4p-4"),
        ("0x1.b2036576afce6p-1", "0x1.526e57720db08p-3"),
        ("0x1.9c2d163a1aa2dp-1", "0x1.bc2860d22477p-3"),
        ("0x1.886e6037841edp-1", "0x1.1058bc8a07ee1p-2"),
        ("0x1.767dcf5534862p-1", "0x1.4043057b6ee09p-2"),
    )
)
"""For each sixteenth of z's range: 1 / c, and log(c)."""


def _bits(x: float) -> int:
    bits: int = struct.unpack("<I", struct.pack("<f", x))[0]
    return bits
