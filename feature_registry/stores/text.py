"""The JSON text of stores: the same value gives the same bytes, in lines that people and git can compare."""

from __future__ import annotations

import json
from collections.abc import Iterator

_WIDTH = 100
_INDENT = "  "
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def pretty(value: object, *, broken: int = 1) -> bytes:
    """JSON with a line feed at its end. What fits into a line stands on one, below the first `broken` levels.

    Keys keep their order: in a registry it can mean something. NaN and infinities raise ValueError.
    """
    return ("".join(_pieces(value, "", broken, 0)) + "\n").encode()


def canonical(value: object) -> bytes:
    """JSON in the one form that is hashed: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def line(value: object) -> str:
    """JSON on one line, with keys in their order."""
    return _ENCODER.encode(value)


def _pieces(value: object, indent: str, broken: int, before: int) -> Iterator[str]:
    """`before` counts the characters that stand before the value on its line."""
    if not isinstance(value, dict | list) or not value:
        yield line(value)
        return
    if broken <= 0:
        flat = line(value)
        if len(indent) + before + len(flat) <= _WIDTH:
            yield flat
            return
    inner = indent + _INDENT
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    entries = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    separator = opening + "\n"
    for key, item in entries:
        name = "" if key is None else f"{line(key)}: "
        yield f"{separator}{inner}{name}"
        yield from _pieces(item, inner, broken - 1, len(name) + 1)
        separator = ",\n"
    yield f"\n{indent}{closing}"
