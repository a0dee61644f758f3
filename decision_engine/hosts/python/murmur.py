"""MurmurHash3_x86_32 (Austin Appleby, 2011, public domain), written for short ids.

The words of a text are mixed without the seed, so one pass serves several seeds.
"""

from __future__ import annotations

from struct import unpack_from

SEED_A = 0
SEED_B = 0x9747B28C

_MASK = 0xFFFFFFFF
_C1 = 0xCC9E2D51
_C2 = 0x1B873593


def murmur3(data: bytes, seed: int) -> int:
    """The hash as an unsigned 32-bit integer."""
    words, tail = _words(data)
    return _finish(words, tail, len(data), seed)


def halves(data: bytes) -> tuple[int, int]:
    """The two hashes of a unit's id: seed 0, and seed 0x9747b28c."""
    words, tail = _words(data)
    length = len(data)
    return _finish(words, tail, length, SEED_A), _finish(words, tail, length, SEED_B)


def _words(data: bytes) -> tuple[list[int], int]:
    """The mixed words of a text, and the mixed rest of up to three bytes."""
    count = len(data) >> 2
    mixed = []
    for word in unpack_from(f"<{count}I", data):
        k = word * _C1 & _MASK
        # The bits that the rotation leaves above 32 do not reach the product's low 32.
        mixed.append((k << 15 | k >> 17) * _C2 & _MASK)
    k = int.from_bytes(data[count << 2 :], "little") * _C1 & _MASK
    return mixed, (k << 15 | k >> 17) * _C2 & _MASK


def _finish(words: list[int], tail: int, length: int, seed: int) -> int:
    h = seed
    for k in words:
        h ^= k
        h = (h << 13 | h >> 19) * 5 + 0xE6546B64 & _MASK
    h ^= tail ^ length
    h = (h ^ h >> 16) * 0x85EBCA6B & _MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & _MASK
    return h ^ h >> 16
