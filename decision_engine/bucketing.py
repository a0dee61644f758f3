"""Bucketing, version 1: salts, buckets and bounds in unsigned 32-bit arithmetic.

a = MurmurHash3_x86_32(utf8(unit), 0), b = MurmurHash3_x86_32(utf8(unit), 0x9747b28c); bucket = fmix32(a xor
fmix32(b + s(salt))).
MurmurHash3 and its finaliser: Austin Appleby, SMHasher, 2011.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction

_MASK = 0xFFFFFFFF


def salt_word(salt: str) -> int:
    """s(salt): the first four bytes, little endian, of SHA-256("edgewise:1:" + salt)."""
    return int.from_bytes(hashlib.sha256(f"edgewise:1:{salt}".encode()).digest()[:4], "little")


def bucket(a: int, b: int, salt: int) -> int:
    """The bucket, in [0, 2^32), of a unit with hashes `a` and `b` under the salt word `salt`."""
    return fmix32(a ^ fmix32((b + salt) & _MASK))


def fmix32(h: int) -> int:
    """MurmurHash3's 32-bit finaliser."""
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & _MASK
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & _MASK
    return h ^ (h >> 16)


def bound(fraction: float) -> int:
    """floor(fraction * 2^32) for the decimal that `fraction` was written as, exactly; in [0, 2^32]."""
    return int(Fraction(repr(fraction)) * 2**32)


def weight_bounds(weights: Sequence[float]) -> tuple[int, ...]:
    """The upper bound of each variation's range of buckets, from its weight; the last is 2^32. The weights' sum is
    positive."""
    exact = [Fraction(repr(weight)) for weight in weights]
    total = sum(exact)
    running = Fraction(0)
    bounds = []
    for weight in exact:
        running += weight
        bounds.append(int(running / total * 2**32))
    return tuple(bounds)
