"""before, after, newer_than, older_than: timestamps against a fixed time or against the time of the request."""

from __future__ import annotations

from decision_engine.ir.nodes import Arithmetic, Binary, Compare, Comparison, Ref
from decision_engine.operators.declaration import Argument, Operator, Scope
from feature_registry.operators import ArgumentKind, OperatorSignature

_TYPES = ("timestamp",)


def _lower_before(scope: Scope, feature: str, instant: Argument, negated: bool) -> Ref:
    value, limit = scope.number(feature), scope.constant(float(instant))
    return scope.add(Compare(Comparison.AT_MOST, limit, value) if negated else Compare(Comparison.LESS, value, limit))


def _lower_after(scope: Scope, feature: str, instant: Argument, negated: bool) -> Ref:
    value, limit = scope.number(feature), scope.constant(float(instant))
    return scope.add(Compare(Comparison.AT_MOST, value, limit) if negated else Compare(Comparison.LESS, limit, value))


def _lower_newer_than(scope: Scope, feature: str, duration: Argument, negated: bool) -> Ref:
    age = scope.add(Binary(Arithmetic.SUBTRACT, scope.now(), scope.number(feature)))
    limit = scope.constant(float(duration))
    return scope.add(Compare(Comparison.LESS, limit, age) if negated else Compare(Comparison.AT_MOST, age, limit))


OPERATORS = (
    Operator(
        OperatorSignature(
            "before", _TYPES, ArgumentKind.TIME, "The time lies before the given one.", "2026-11-27T00:00:00+01:00"
        ),
        lambda _type, value, instant, _now: value < instant,
        _lower_before,
    ),
    Operator(
        OperatorSignature(
            "after", _TYPES, ArgumentKind.TIME, "The time lies after the given one.", "2026-11-27T00:00:00+01:00"
        ),
        lambda _type, value, instant, _now: value > instant,
        _lower_after,
    ),
    Operator(
        OperatorSignature(
            "newer_than",
            _TYPES,
            ArgumentKind.DURATION,
            "The time lies at most this long before the request, or after it.",
            "30d",
        ),
        lambda _type, value, duration, now: now - value <= duration,
        _lower_newer_than,
    ),
    Operator(
        OperatorSignature(
            "older_than", _TYPES, ArgumentKind.DURATION, "The time lies longer than this before the request.", "30d"
        ),
        lambda _type, value, duration, now: now - value > duration,
        lambda scope, feature, duration, negated: _lower_newer_than(scope, feature, duration, not negated),
    ),
)
