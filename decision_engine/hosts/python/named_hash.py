"""Places of ids by named bucketings: how other systems hash (docs/reference/host.md, "Vector")."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .murmur import murmur3

_MASK = 0xFFFFFFFF
_LARGEST = 2147483647


def place(bucketing: str, text: str) -> float:
    """The place of a text that holds an id and its seed. Raises KeyError for a bucketing that is not known."""
    return _PLACES[bucketing](text)


def fnv1a(text: str) -> int:
    """FNV-1a of 32 bits (Fowler, Noll, Vo) over UTF-16 code units, a unit for a byte."""
    if text.isascii():
        units: bytes | memoryview = text.encode("ascii")
    else:
        units = memoryview(text.encode("utf-16-le")).cast("H")
    h = 0x811C9DC5
    for unit in units:
        h = (h ^ unit) * 0x01000193 & _MASK
    return h


def _legacy(text: str) -> float:
    h = murmur3(text.encode(), 0)
    return abs(h - ((h & 0x80000000) << 1)) / _LARGEST * 100


_PLACES: Mapping[str, Callable[[str], float]] = {
    "growthbook-1": lambda text: fnv1a(text) % 1000 / 1000,
    "growthbook-2": lambda text: fnv1a(str(fnv1a(text))) % 10000 / 10000,
    "flagd": lambda text: murmur3(text.encode(), 0) / 4294967296,
    "flagd-legacy": _legacy,
}
