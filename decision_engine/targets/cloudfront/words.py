"""Lists of names as one text, where parts that come again are one capital letter each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from string import ascii_uppercase

from decision_engine.targets.cloudfront.text import text

_LONGEST = 16


def word_list(words: Sequence[str]) -> str:
    """An expression for the list of `words`, which hold neither blanks nor capital letters."""
    plain = f'{text(" ".join(words))}.split(" ")'
    shortened, parts = _shorten(" ".join(words))
    if not parts:
        return plain
    listed = f'{text(" ".join(parts))}.split(" ")'
    packed = f"unpack({text(shortened)}, {listed})"
    return min(plain, packed, key=lambda one: len(one) + (_CODE if one is packed else 0))


_CODE = 75
"""Bytes of `unpack`, which stands in the runtime."""


def _shorten(whole: str) -> tuple[str, list[str]]:
    parts: list[str] = []
    while len(parts) < len(ascii_uppercase):
        best = max(_candidates(whole), key=lambda one: (_saved(one, whole), one), default="")
        if not best or _saved(best, whole) <= 0:
            break
        whole = whole.replace(best, ascii_uppercase[len(parts)])
        parts.append(best)
    return whole, parts


def _candidates(whole: str) -> list[str]:
    found: Counter[str] = Counter()
    for size in range(3, _LONGEST):
        found.update(whole[at : at + size] for at in range(len(whole) - size + 1))
    return [part for part, count in found.items() if count > 1 and " " not in part and part == part.lower()]


def _saved(part: str, whole: str) -> int:
    return whole.count(part) * (len(part) - 1) - len(part) - 1
