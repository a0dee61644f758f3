"""What the arithmetic and the comparisons of the IR mean, on Python floats: the meaning that every target
reproduces."""

from __future__ import annotations

import math
from typing import assert_never

from decision_engine.ir.nodes import Arithmetic, Comparison


def apply(op: Arithmetic, left: float, right: float) -> float:
    """IEEE-754 `left` op `right`; NaN when either is NaN; division by zero gives an infinity, or NaN for 0/0."""
    if math.isnan(left) or math.isnan(right):
        return math.nan
    match op:
        case Arithmetic.ADD:
            return left + right
        case Arithmetic.SUBTRACT:
            return left - right
        case Arithmetic.MULTIPLY:
            return left * right
        case Arithmetic.DIVIDE:
            return _divide(left, right)
        case Arithmetic.MIN:
            return min(left, right, key=_total_order)
        case Arithmetic.MAX:
            return max(left, right, key=_total_order)
        case _:
            assert_never(op)


def compare(op: Comparison, left: float, right: float) -> bool:
    """`left` op `right`; false when either is NaN."""
    match op:
        case Comparison.LESS:
            return left < right
        case Comparison.AT_MOST:
            return left <= right
        case Comparison.EQUAL:
            return left == right
        case Comparison.NOT_EQUAL:
            return left < right or left > right
        case _:
            assert_never(op)


def _divide(left: float, right: float) -> float:
    if right != 0.0:
        return left / right
    if left == 0.0:
        return math.nan
    return math.copysign(math.inf, math.copysign(1.0, left) * math.copysign(1.0, right))


def _total_order(x: float) -> tuple[float, float]:
    return x, math.copysign(1.0, x)
