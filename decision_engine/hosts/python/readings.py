"""Readings: what a raw value of another type becomes before it is checked, as JavaScript converts values.

Each takes any value of JSON but null, and gives a raw value of the feature's type, or None where it has none.
docs/reference/host.md ("Readings") says the same in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

Read: TypeAlias = Callable[[object], object]

LARGEST = 9007199254740991.0

_SPACE = "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BASED = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_INFINITY = re.compile(r"([+-]?)Infinity")
_DIGITS = re.compile(r"[0-9]+")
_PARTIAL_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_INDICES = 4294967295
_LINE_BREAKS = ("\n", "\r", "\u2028", "\u2029")


def reading(name: str, kind: str) -> Read:
    """The reading `name` of features of type `kind`. Raises KeyError for one that is not known."""
    if kind != "tags":
        return _READINGS[name]
    element = _ELEMENTS[name]

    def read(raw: object) -> object:
        if type(raw) is not list:
            return None
        return [found for found in map(element, raw) if found is not None]

    return read


def number_of(raw: object) -> float | None:
    """Number(raw), with infinities as the largest magnitude; None where it is not a number."""
    if type(raw) is bool:
        return 1.0 if raw else 0.0
    if type(raw) is int or type(raw) is float:
        return float(raw)
    if raw is None:
        return 0.0
    return None if type(raw) is dict else _number_of_text(text_of(raw))


def text_of(raw: object) -> str:
    """String(raw)."""
    if type(raw) is str:
        return raw
    if type(raw) is bool:
        return "true" if raw else "false"
    if type(raw) is int or type(raw) is float:
        return number_text(float(raw))
    if type(raw) is list:
        return ",".join(["" if item is None else text_of(item) for item in raw])
    return "null" if raw is None else "[object Object]"


def json_of(raw: object) -> str:
    """JSON.stringify(raw)."""
    if type(raw) is list:
        return "[" + ",".join(map(json_of, raw)) + "]"
    if type(raw) is dict:
        return "{" + ",".join([f"{json_of(key)}:{json_of(raw[key])}" for key in _ordered(raw)]) + "}"
    return json.dumps(raw, ensure_ascii=False) if type(raw) is str else text_of(raw)


def number_text(value: float) -> str:
    """The text of a finite double as JavaScript writes it (ECMA-262, Number::toString)."""
    if value == 0:
        return "0"
    sign, (mantissa, _, exponent) = ("-" if value < 0 else ""), repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = int(exponent or 0) + len(whole) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def padded_version(raw: object) -> str:
    """A version as text whose order is that of versions: numeric parts are padded to five places."""
    text = raw if type(raw) is str and raw else text_of(raw) if type(raw) in (int, float) else "0"
    assert isinstance(text, str)
    parts = re.split("[-.]", _without_build(text).removeprefix("v"))
    if len(parts) == 3:
        parts.append("~")
    return "-".join([part.rjust(5) if _DIGITS.fullmatch(part) else part for part in parts])


def _without_build(text: str) -> str:
    """Without what follows the first `+` that no line break follows: there the source's pattern ends."""
    plus = text.find("+", max(map(text.rfind, _LINE_BREAKS)) + 1)
    return text if plus < 0 else text[:plus]


def _number_of_text(text: str) -> float | None:
    stripped = text.strip(_SPACE)
    if not stripped:
        return 0.0
    if _DECIMAL.fullmatch(stripped):
        return max(-LARGEST, min(LARGEST, float(stripped)))
    if _BASED.fullmatch(stripped):
        return float(min(int(LARGEST), int(stripped, 0)))
    found = _INFINITY.fullmatch(stripped)
    if found is None:
        return None
    return -LARGEST if found.group(1) == "-" else LARGEST


def _ordered(raw: dict[str, object]) -> list[str]:
    """Keys as JavaScript orders them: array indices first, ascending."""
    indices = [key for key in raw if _INDEX.fullmatch(key) and int(key) < _INDICES]
    if not indices:
        return list(raw)
    return [*sorted(indices, key=int), *(key for key in raw if key not in set(indices))]


def _truth(raw: object) -> bool:
    return type(raw) is list or type(raw) is dict or bool(raw)


def _kind(raw: object) -> str:
    if type(raw) is bool:
        return "boolean"
    if type(raw) is str:
        return "string"
    if type(raw) is list:
        return "array"
    return "object" if type(raw) is dict else "number"


def _size(raw: object) -> float | None:
    return float(len(raw)) if type(raw) is list else None


def _extreme(choose: Callable[[list[float]], float]) -> Read:
    def read(raw: object) -> float | None:
        if type(raw) is not list:
            return None
        found = [number for number in (number_of(item) for item in raw if item is not None) if number is not None]
        return choose(found) if found else None

    return read


def _lower(raw: object) -> str | None:
    return raw.lower() if type(raw) is str else None


def _own_text(raw: object) -> str | None:
    return raw if type(raw) is str else None


def _lenient_version(raw: object) -> str:
    text = text_of(raw)
    text = text[1:] if text[:1] in ("v", "V") else text
    if _PARTIAL_VERSION.fullmatch(text):
        return text + (".0" if "." in text else ".0.0")
    trimmed = text.strip(_SPACE)
    return trimmed.removeprefix("v")


def _number_tag(raw: object) -> str | None:
    number = number_of(raw)
    return None if number is None else number_text(number)


_READINGS: Mapping[str, Read] = {
    "truth": _truth,
    "number": number_of,
    "size": _size,
    "largest": _extreme(max),
    "smallest": _extreme(min),
    "kind": _kind,
    "text": text_of,
    "lower-case": _lower,
    "json": json_of,
    "padded-version": padded_version,
    "lenient-version": _lenient_version,
}
_ELEMENTS: Mapping[str, Read] = {
    "text": text_of,
    "texts": _own_text,
    "lower-case": _lower,
    "json": json_of,
    "number": _number_tag,
}
