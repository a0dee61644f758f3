"""Python text: literals, arrays, and the binding strength of its operators."""

from __future__ import annotations

import math
from collections.abc import Sequence

from decision_engine.targets.text import ArrayType, Fragment, encode_array

CONDITIONAL = 1
OR = 2
AND = 3
NOT = 4
COMPARISON = 5
ADDITIVE = 6
MULTIPLICATIVE = 7
UNARY = 8
PRIMARY = 9
"""How strongly operators bind (The Python Language Reference, 6.17): a larger number binds tighter."""

_FORMATS: dict[ArrayType, str] = {"f64": "d", "f32": "f", "u8": "B", "u16": "H", "i32": "i", "u32": "I"}


def number(value: float) -> str:
    """An expression for exactly this double, always a float; NaN and the infinities are names of the module."""
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return repr(float(value))


def literal(value: float) -> Fragment:
    """`number` as part of an expression."""
    text = number(value)
    return Fragment(text, UNARY if text.startswith("-") else PRIMARY)


def array(kind: ArrayType, values: Sequence[float]) -> str:
    """An expression for a tuple of numbers: written out, or base64 where that is shorter."""
    items = [number(value) if kind in ("f64", "f32") else str(value) for value in values]
    listed = f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    encoded = f'_numbers("{_FORMATS[kind]}", "{encode_array(kind, values)}")'
    return listed if len(listed) <= len(encoded) else encoded
