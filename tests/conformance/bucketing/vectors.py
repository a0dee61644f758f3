"""The vectors of bucketing version 1, from an implementation of its own that shares no code with the product.

    python -m tests.conformance.bucketing.vectors              compare vectors.json with this implementation
    python -m tests.conformance.bucketing.vectors --write      write vectors.json anew
    python -m tests.conformance.bucketing.vectors UNIT SALT... print the buckets of a unit, as numbers and as fractions

The formulas stand in the README of tests/conformance. The vectors are fixed: a changed value moves real visitors.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from pathlib import Path

VECTORS = Path(__file__).with_name("vectors.json")
SEED_A, SEED_B = 0, 0x9747B28C
TWO_32 = 1 << 32

DESCRIPTION = "Bucketing version 1, fixed forever. Written by `python -m tests.conformance.bucketing.vectors --write`."
UNITS = [
    "a",
    "ab",
    "abc",
    "abcd",
    "abcde",
    "1",
    "0",
    "42",
    "1000000",
    " ",
    "visitor-1",
    "visitor-2",
    "VISITOR-1",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3302",
    "00000000-0000-0000-0000-000000000000",
    "anna@example.com",
    "Anna@example.com",
    "anna+shop@example.co.uk",
    "\x00",
    "a\x00b",
    "tab\tline\n",
    "\u00e9",
    "e\u0301",
    "\u00df",
    "stra\u00dfe-12",
    "\u20ac",
    "\u65e5\u672c\u8a9e",
    "\uffff",
    "\U00010000",
    "\U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0010ffff",
    "\u05d0\u05d1\u05d2",
    '"quoted\\"',
    "x" * 31,
    "x" * 32,
    "x" * 33,
    "0123456789abcdef" * 256,
    "\u00fc" * 4096,
]
SALTS = ["layer:home", "holdout:home", "traffic:hero_test", "variation:hero_test", "share:gr\u00f6\u00dfe \U0001f600"]
FRACTIONS = [
    *(0.0, 1.0, 0.5, 0.25, 0.75, 0.125, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9, 0.05, 0.01, 0.001, 0.02, 0.33, 0.29),
    *(0.99, 0.999, 0.9999999999, 0.9999999999999999, 0.3333333333333333, 0.6666666666666666, 0.1234567890123456),
    *(1e-9, 1e-10, 2.3e-10, 2.4e-10, 5e-324, 2.3283064365386963e-10, 4.656612873077393e-10, 0.57, 0.58, 0.07, 0.14),
]
WEIGHTS: list[list[float]] = [
    [50, 50],
    [1, 1],
    [1, 1, 1],
    [1, 2, 3, 4],
    [0.1, 0.2, 0.7],
    [0.1, 0.1, 0.1],
    [33.3, 33.3, 33.4],
    [0, 1],
    [1, 0],
    [0, 1, 0],
    [90, 5, 5],
    [1, 1, 1, 1, 1, 1, 1],
    [0.000001, 999999],
    [1e-300, 1e-300],
    [9007199254740991, 1],
    [4294967295, 1],
    [1, 4294967295],
]


def murmur3(data: bytes, seed: int) -> int:
    """MurmurHash3_x86_32 of `data`, unsigned."""
    state = seed
    blocks = len(data) // 4
    for block in struct.unpack(f"<{blocks}I", data[: 4 * blocks]):
        state = (_rotate(state ^ _scramble(block), 13) * 5 + 0xE6546B64) % TWO_32
    tail = int.from_bytes(data[4 * blocks :], "little")
    return finalise(state ^ _scramble(tail) ^ len(data))


def finalise(word: int) -> int:
    """fmix32: MurmurHash3's finaliser."""
    word = (word ^ word >> 16) * 0x85EBCA6B % TWO_32
    word = (word ^ word >> 13) * 0xC2B2AE35 % TWO_32
    return word ^ word >> 16


def halves(unit: str) -> tuple[int, int]:
    """The two hashes (a, b) of a unit."""
    return murmur3(unit.encode(), SEED_A), murmur3(unit.encode(), SEED_B)


def salt_word(salt: str) -> int:
    """s(salt)."""
    word: int = struct.unpack("<I", hashlib.sha256(b"edgewise:1:" + salt.encode()).digest()[:4])[0]
    return word


def bucket(unit: str, salt: str) -> int:
    """The bucket of a unit under a salt, in [0, 2^32)."""
    a, b = halves(unit)
    return finalise(a ^ finalise((b + salt_word(salt)) % TWO_32))


def bound(fraction: float) -> int:
    """floor(fraction * 2^32), exactly, for the shortest decimal that stands for `fraction`."""
    with localcontext() as context:
        context.prec = 2000
        return int((Decimal(repr(fraction)) * TWO_32).to_integral_value(ROUND_FLOOR))


def weight_bounds(weights: list[float]) -> list[int]:
    """floor(cumulative weight / total * 2^32) for each variation, exactly."""
    exact = [Fraction(Decimal(repr(weight))) for weight in weights]
    return [sum(exact[: count + 1]) * TWO_32 // sum(exact) for count in range(len(exact))]


def vectors() -> dict[str, object]:
    """What vectors.json holds."""
    fractions = sorted({*FRACTIONS, *_fractions_below_their_doubles(12)})
    return {
        "description": DESCRIPTION,
        "buckets": [_bucket_vector(unit, salt) for unit in UNITS for salt in SALTS],
        "bounds": [{"fraction": fraction, "bound": bound(fraction)} for fraction in fractions],
        "weights": [{"weights": weights, "bounds": weight_bounds(weights)} for weights in WEIGHTS],
    }


def main(arguments: list[str]) -> int:
    """Run the command in the docstring above; 1 when vectors.json differs."""
    if arguments == ["--write"]:
        VECTORS.write_text(_text(vectors()), encoding="utf-8")
        return 0
    if arguments:
        for salt in arguments[1:]:
            place = bucket(arguments[0], salt)
            print(f"{salt}: {place} ({place / TWO_32:.6f})")
        return 0
    same = VECTORS.read_text(encoding="utf-8") == _text(vectors())
    print("vectors.json agrees" if same else "vectors.json differs")
    return 0 if same else 1


def _bucket_vector(unit: str, salt: str) -> dict[str, object]:
    a, b = halves(unit)
    return {"unit": unit, "salt": salt, "a": a, "b": b, "s": salt_word(salt), "bucket": bucket(unit, salt)}


def _fractions_below_their_doubles(count: int) -> list[float]:
    """Fractions whose decimal is a little less than k / 2^32 while the nearest double is exactly that."""
    found: list[float] = []
    place = 123456789
    while len(found) < count:
        fraction = place / TWO_32
        if bound(fraction) == place - 1:
            found.append(fraction)
        place = (place * 69069 + 1) % TWO_32
    return found


def _rotate(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) % TWO_32


def _scramble(word: int) -> int:
    return _rotate(word * 0xCC9E2D51 % TWO_32, 15) * 0x1B873593 % TWO_32


def _text(document: dict[str, object]) -> str:
    """JSON with one vector a line."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list):
            rows = ",\n".join(f"    {json.dumps(row)}" for row in value)
            parts.append(f'  "{key}": [\n{rows}\n  ]')
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
