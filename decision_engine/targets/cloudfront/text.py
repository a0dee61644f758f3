"""The shortest JavaScript literals: numbers, texts, lists."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal


def number(value: float) -> str:
    """The shortest literal that reads back as exactly this double: `.5`, `18e5`, `1e-7`; NaN as `0/0`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0.0:
        return f"{sign}0"
    _, digits, exponent = Decimal(repr(abs(float(value)))).normalize().as_tuple()
    assert isinstance(exponent, int), "a finite number"
    text = "".join(map(str, digits))
    return sign + min(_forms(text, exponent), key=len)


def text(value: str) -> str:
    """A literal in double quotes; characters beyond ASCII stay as they are, line ends and controls are escaped."""
    return '"' + "".join(_ESCAPES.get(one) or _escaped(one) for one in value) + '"'


def numbers(values: Iterable[float]) -> str:
    """A list of numbers."""
    return f"[{','.join(number(value) for value in values)}]"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def _escaped(one: str) -> str:
    return f"\\x{ord(one):02x}" if ord(one) < 32 or ord(one) == 127 else one


def _forms(digits: str, exponent: int) -> Iterable[str]:
    """Ways to write digits * 10^exponent."""
    if exponent >= 0:
        yield digits + "0" * exponent
    elif -exponent < len(digits):
        yield f"{digits[:exponent]}.{digits[exponent:]}"
    else:
        yield f".{'0' * (-exponent - len(digits))}{digits}"
    if exponent:
        yield f"{digits}e{exponent}"
