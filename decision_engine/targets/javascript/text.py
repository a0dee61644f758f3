"""JavaScript text: literals, arrays, and the binding strength of its operators."""

from __future__ import annotations

import math
from collections.abc import Sequence

from decision_engine.targets.text import ArrayType, encode_array

CONDITIONAL = 1
OR = 2
AND = 3
EQUALITY = 4
RELATIONAL = 5
ADDITIVE = 6
MULTIPLICATIVE = 7
UNARY = 8
PRIMARY = 9
"""How strongly operators bind (ECMA-262, 13.4 to 13.14): a larger number binds tighter."""

_CONSTRUCTORS: dict[ArrayType, str] = {
    "f64": "Float64Array",
    "f32": "Float32Array",
    "u8": "Uint8Array",
    "u16": "Uint16Array",
    "i32": "Int32Array",
    "u32": "Uint32Array",
}


def number(value: float) -> str:
    """The shortest usual literal that reads back as exactly this double; -0.0 is `-0`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0.0:
        return "-0" if math.copysign(1.0, value) < 0 else "0"
    # Python's repr is the shortest text that rounds to the double; JavaScript reads the same form.
    text = repr(float(value))
    return text.removesuffix(".0")


def array(kind: ArrayType, values: Sequence[float]) -> str:
    """An expression for a typed array: a plain list, or base64 where that is shorter."""
    constructor = _CONSTRUCTORS[kind]
    listed = f"new {constructor}([{', '.join(number(value) for value in values)}])"
    encoded = f'new {constructor}(bytes("{encode_array(kind, values)}").buffer)'
    return listed if len(listed) <= len(encoded) else encoded
