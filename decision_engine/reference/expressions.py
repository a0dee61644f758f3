"""Derived features evaluated as they are written: numbers, conditions and bands of the features that were served."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from typing import assert_never

from decision_engine.hosts.python.values import Status, Value
from decision_engine.ir.arithmetic import apply
from decision_engine.ir.nodes import Arithmetic
from decision_engine.reference.features import Served
from decision_engine.reference.trace import Truth
from feature_registry import Feature
from feature_registry.conditions import Condition
from feature_registry.derivations import BandDerivation, BoolDerivation, NumberDerivation, read_features
from feature_registry.scores import (
    ArithmeticScore,
    DaysSinceScore,
    FeatureScore,
    ItemScore,
    ModelScore,
    NumberScore,
    Score,
    UnaryOperation,
    UnaryScore,
)
from feature_registry.values import LARGEST_NUMBER

_DAY = 86_400_000.0


def serve_derived(
    feature: Feature,
    served: Mapping[str, Served],
    at: int,
    denied: frozenset[str],
    truth_of: Callable[[Condition], Truth],
) -> Served:
    """The derived feature at time `at` (ms UTC), from the features `served` that it reads.

    It is as old as the oldest of these. A purpose denied to it denies it. Without a value it is stale when one of them
    is; with one it is stale, or a default, when one of them is.
    """
    assert feature.derivation is not None, "it is a derived one"
    inputs = read_features(feature.derivation)
    if denied.intersection(feature.purposes):
        return Served(None, Status.DENIED, None, feature.kind, inputs)
    read = [served[name] for name in inputs]
    age = max((one.age for one in read if one.age is not None), default=None)
    value = _value(feature, served, at, truth_of)
    statuses = {one.status for one in read}
    if value is None:
        missing = Status.MISSING if feature.default is None else Status.DEFAULT
        status = Status.STALE if Status.STALE in statuses else missing
        return Served(_default(feature), status, age, feature.kind, inputs)
    worst = next((status for status in (Status.STALE, Status.DEFAULT) if status in statuses), Status.PRESENT)
    return Served(value, worst, age, feature.kind, inputs)


def apply_function(function: UnaryOperation, x: float) -> float:
    """The function of a number; NaN for NaN, and an infinity for itself. No whole number is -0.0."""
    if function is UnaryOperation.ABS:
        return abs(x)
    if not math.isfinite(x):
        return x
    match function:
        case UnaryOperation.FLOOR:
            return float(math.floor(x))
        case UnaryOperation.CEIL:
            return float(math.ceil(x))
        case UnaryOperation.ROUND:
            return float(round(x))
        case _:
            assert_never(function)


def days_since(served: Served, at: int) -> float:
    """The days from a timestamp to `at`, NaN when it is missing."""
    return apply(Arithmetic.DIVIDE, float(at) - _number(served), _DAY)


def _value(
    feature: Feature, served: Mapping[str, Served], at: int, truth_of: Callable[[Condition], Truth]
) -> Value | None:
    match feature.derivation:
        case BoolDerivation(condition):
            return truth_of(condition)
        case NumberDerivation(score):
            low, high = feature.bounds or (-LARGEST_NUMBER, LARGEST_NUMBER)
            number = _evaluate(score, served, at)
            return number if max(low, -LARGEST_NUMBER) <= number <= min(high, LARGEST_NUMBER) else None
        case BandDerivation(score, limits):
            number = _evaluate(score, served, at)
            if not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
                return None
            assert feature.values is not None, "a derived category lists its bands"
            return feature.values[sum(number >= limit for limit in limits)]
        case None:
            raise AssertionError("a feature that is read from the request")
        case _:
            assert_never(feature.derivation)


def _evaluate(score: Score, served: Mapping[str, Served], at: int) -> float:
    match score:
        case NumberScore(value):
            return value
        case FeatureScore(feature):
            return _number(served[feature])
        case DaysSinceScore(feature):
            return days_since(served[feature], at)
        case UnaryScore(function, item):
            return apply_function(function, _evaluate(item, served, at))
        case ArithmeticScore(op, items):
            operation = Arithmetic(op.value)
            numbers = [_evaluate(item, served, at) for item in items]
            return reduce(lambda left, right: _finite(apply(operation, left, right)), numbers)
        case ItemScore() | ModelScore():
            raise AssertionError("the reader refuses candidates and models in a derived feature")
        case _:
            assert_never(score)


def _finite(x: float) -> float:
    return x if math.isfinite(x) else math.nan


def _number(served: Served) -> float:
    """A number, a bool or a timestamp as a double; NaN when missing."""
    value = served.value
    if value is None:
        return math.nan
    assert isinstance(value, int | float), "expressions read numbers, bools and timestamps only"
    return float(value)


def _default(feature: Feature) -> Value | None:
    default = feature.default
    assert not isinstance(default, tuple), "tags are not derived"
    return float(default) if isinstance(default, int | float) and not isinstance(default, bool) else default
