"""JSON that has nothing wrong with it, read by the standard library's scanner, with places on demand.

INVARIANT (one meaning of a text): what is read here is what json_reader.py reads, without a problem. Whatever might be
a problem there is not read here at all.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from math import isinf

from feature_registry.pointers import escape
from feature_registry.values import LARGEST_NUMBER

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def quick_value(text: str, depth: int) -> tuple[object] | None:
    """The value of a text, alone in a tuple; None when the text must be read with care.

    That is: an escape that names a character, text that is not NFC, a key that stands twice, a number that is not
    finite or beyond 2^53-1, nesting deeper than `depth`, or no JSON (RFC 8259).
    """
    if "\\u" in text or not unicodedata.is_normalized("NFC", text):
        return None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_whole, parse_float=_number, parse_constant=_constant
        )
    except (ValueError, RecursionError):
        return None
    return (value,) if _is_flat(value, depth) else None


class QuickOffsets(Mapping[str, tuple[int, int]]):
    """Where the keys (-1 for items of lists) and the values of a sound text begin, by JSON pointer.

    Only the objects and lists around what is asked for are looked through, each once; what they hold is skipped.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._inside: dict[str, dict[str, tuple[int, int]]] = {"": {"": (-1, self._skip(0))}}

    def __getitem__(self, pointer: str) -> tuple[int, int]:
        if not pointer:
            return self._inside[""][""]
        return self._members(pointer.rpartition("/")[0])[pointer]

    def __iter__(self) -> Iterator[str]:
        pending = [""]
        while pending:
            pointer = pending.pop()
            yield pointer
            if self._text[self[pointer][1]] in "{[":
                pending += reversed([one for one in self._members(pointer) if one])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _members(self, pointer: str) -> dict[str, tuple[int, int]]:
        """The offsets of what an object or list holds; raises KeyError where there is none."""
        known = self._inside.get(pointer)
        if known is None or (not pointer and len(known) == 1):
            found = self._scanned(pointer, self[pointer][1])
            known = self._inside.setdefault(pointer, {})
            known.update(found)
        return known

    def _scanned(self, pointer: str, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
        opening = self._text[at]
        closing = {"{": "}", "[": "]"}.get(opening, "")
        if not closing:
            raise KeyError(pointer)
        at, number = self._skip(at + 1), 0
        while self._text[at] != closing:
            key_at, part = -1, str(number)
            if opening == "{":
                key_at = at
                part, at = _DECODER.raw_decode(self._text, at)
                at = self._skip(self._skip(at) + 1)  # over the colon
            yield f"{pointer}/{escape(part)}", (key_at, at)
            _, at = _DECODER.raw_decode(self._text, at)
            at = self._skip(at)
            if self._text[at] == ",":
                at = self._skip(at + 1)
            number += 1

    def _skip(self, at: int) -> int:
        space = _SPACE.match(self._text, at)
        assert space is not None, "the pattern accepts the empty text"
        return space.end()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _whole(digits: str) -> float | int:
    if len(digits) > 17 or abs(int(digits)) > LARGEST_NUMBER:
        raise ValueError("a number is too large")
    return -0.0 if digits == "-0" else int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if isinf(number) or abs(number) > LARGEST_NUMBER:
        raise ValueError("a number is too large")
    return number


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _is_flat(value: object, depth: int) -> bool:
    """Whether objects and lists are nested at most `depth` deep."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        if not level:
            return True
        items = (item for one in level for item in (one.values() if isinstance(one, dict) else one))
        level = [item for item in items if isinstance(item, dict | list)]
    return not level
