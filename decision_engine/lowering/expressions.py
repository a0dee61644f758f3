"""Functions of numbers, and the expressions of derived features, to f64 nodes.

In an expression an operation whose result is infinite is missing: `guarded` makes it NaN by x - (x - x), which is x for
every finite x, the sign of zero included. Where the operands' sizes rule an infinity out, no guard is put.
"""

from __future__ import annotations

import math
from typing import assert_never

from decision_engine.ir import Ref
from decision_engine.ir.nodes import Arithmetic, Binary, Compare, Comparison, Select
from decision_engine.lowering.scope import RegistryScope
from feature_registry.scores import (
    ArithmeticScore,
    DaysSinceScore,
    FeatureScore,
    ItemScore,
    ModelScore,
    NumberScore,
    Score,
    ScoreOperation,
    UnaryOperation,
    UnaryScore,
)
from feature_registry.values import LARGEST_NUMBER

DAY = 86_400_000.0
"""Milliseconds."""

_WHOLE = 2.0**52
"""From here on every double is a whole number, and adding it to a smaller one rounds that to a whole number."""
_HUGE = 1e300
"""Sizes below it are far from infinity."""


def lower_expression(scope: RegistryScope, score: Score) -> Ref:
    """The number of a derived feature: NaN where a feature in it is missing, or an operation gives no finite number."""
    ref, _ = _sized(scope, score)
    return ref


def lower_function(scope: RegistryScope, function: UnaryOperation, x: Ref) -> Ref:
    """The function of a number, as `reference.expressions.apply_function` has it; NaN for NaN."""
    match function:
        case UnaryOperation.ABS:
            return _absolute(scope, x)
        case UnaryOperation.ROUND:
            return _rounded(scope, x)
        case UnaryOperation.FLOOR:
            rounded = _rounded(scope, x)
            return _binary(scope, Arithmetic.SUBTRACT, rounded, _one_if(scope, x, rounded))
        case UnaryOperation.CEIL:
            rounded = _rounded(scope, x)
            return _binary(scope, Arithmetic.ADD, rounded, _one_if(scope, rounded, x))
        case _:
            assert_never(function)


def lower_days_since(scope: RegistryScope, feature: str) -> Ref:
    """The days from a timestamp to the time of the request."""
    passed = _binary(scope, Arithmetic.SUBTRACT, scope.now(), scope.number(feature))
    return _binary(scope, Arithmetic.DIVIDE, passed, scope.constant(DAY))


def _sized(scope: RegistryScope, score: Score) -> tuple[Ref, float]:
    """The number, and a bound of its size."""
    match score:
        case NumberScore(value):
            return scope.constant(value), abs(value)
        case FeatureScore(feature):
            return scope.number(feature), LARGEST_NUMBER
        case DaysSinceScore(feature):
            return lower_days_since(scope, feature), LARGEST_NUMBER
        case UnaryScore(function, item):
            ref, size = _sized(scope, item)
            return lower_function(scope, function, ref), size + 1.0
        case ArithmeticScore(op, items):
            ref, size = _sized(scope, items[0])
            for item in items[1:]:
                right, right_size = _sized(scope, item)
                size = _size(op, size, right_size)
                ref = _guarded(scope, _binary(scope, Arithmetic(op.value), ref, right), size)
            return ref, min(size, _largest())
        case ItemScore() | ModelScore():
            raise AssertionError("the reader refuses candidates and models in a derived feature")
        case _:
            assert_never(score)


def _size(op: ScoreOperation, left: float, right: float) -> float:
    match op:
        case ScoreOperation.ADD | ScoreOperation.SUBTRACT:
            return left + right
        case ScoreOperation.MULTIPLY:
            return left * right
        case ScoreOperation.DIVIDE:
            return math.inf
        case ScoreOperation.MIN | ScoreOperation.MAX:
            return max(left, right)
        case _:
            assert_never(op)


def _largest() -> float:
    return math.nextafter(math.inf, 0.0)


def _guarded(scope: RegistryScope, x: Ref, size: float) -> Ref:
    if size < _HUGE:
        return x
    return _binary(scope, Arithmetic.SUBTRACT, x, _binary(scope, Arithmetic.SUBTRACT, x, x))


def _absolute(scope: RegistryScope, x: Ref) -> Ref:
    return _binary(scope, Arithmetic.MAX, x, _binary(scope, Arithmetic.SUBTRACT, scope.constant(0.0), x))


def _rounded(scope: RegistryScope, x: Ref) -> Ref:
    """To the nearest whole number, ties to even, never -0.0: x + 2^52 - 2^52, on the side of zero where x lies."""
    whole = scope.constant(_WHOLE)
    below = scope.add(Compare(Comparison.LESS, x, scope.constant(0.0)))
    negative = _binary(scope, Arithmetic.ADD, _binary(scope, Arithmetic.SUBTRACT, x, whole), whole)
    positive = _binary(scope, Arithmetic.SUBTRACT, _binary(scope, Arithmetic.ADD, x, whole), whole)
    small = scope.add(Compare(Comparison.LESS, _absolute(scope, x), whole))
    return scope.add(Select(small, scope.add(Select(below, negative, positive)), x))


def _one_if(scope: RegistryScope, left: Ref, right: Ref) -> Ref:
    """1 where left < right, else 0."""
    is_less = scope.add(Compare(Comparison.LESS, left, right))
    return scope.add(Select(is_less, scope.constant(1.0), scope.constant(0.0)))


def _binary(scope: RegistryScope, op: Arithmetic, left: Ref, right: Ref) -> Ref:
    return scope.add(Binary(op, left, right))
