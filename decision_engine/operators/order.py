"""less, at_most, more, at_least, between: order of numbers, of versions, and of texts by their UTF-16 code units."""

from __future__ import annotations

from decision_engine.hosts.python.versions import precedence
from decision_engine.ir.nodes import AllOf, AnyOf, Compare, Comparison, Ref
from decision_engine.operators.declaration import Argument, Operator, Scope, Value
from feature_registry.operators import ArgumentKind, OperatorSignature

_TYPES = ("number", "version", "text")


def _order(type_: str, value: Value, bound: Argument) -> int:
    """Negative, zero or positive: the value is below, at or above the bound."""
    if type_ == "text":
        value, bound = value.encode("utf-16-be"), bound.encode("utf-16-be")
    limit = precedence(bound) if type_ == "version" else bound
    return int(value > limit) - int(value < limit)


def _sides(scope: Scope, feature: str, bound: Argument) -> tuple[Ref, Ref]:
    """Two refs whose order is that of the feature's value and the bound; not for texts."""
    if scope.type_of(feature) == "version":
        return scope.version_rank(feature, bound), scope.constant(1.0)
    return scope.number(feature), scope.constant(float(bound))


def _lower_text(scope: Scope, feature: str, test: str, bound: Argument, negated: bool) -> Ref:
    expected = scope.constant(0.0 if negated else 1.0)
    return scope.add(Compare(Comparison.EQUAL, scope.text_test(feature, test, bound), expected))


def _lower_less(scope: Scope, feature: str, bound: Argument, negated: bool) -> Ref:
    if scope.type_of(feature) == "text":
        return _lower_text(scope, feature, "below", bound, negated)
    value, limit = _sides(scope, feature, bound)
    return scope.add(Compare(Comparison.AT_MOST, limit, value) if negated else Compare(Comparison.LESS, value, limit))


def _lower_more(scope: Scope, feature: str, bound: Argument, negated: bool) -> Ref:
    if scope.type_of(feature) == "text":
        return _lower_text(scope, feature, "above", bound, negated)
    value, limit = _sides(scope, feature, bound)
    return scope.add(Compare(Comparison.AT_MOST, value, limit) if negated else Compare(Comparison.LESS, limit, value))


def _lower_between(scope: Scope, feature: str, bounds: Argument, negated: bool) -> Ref:
    low, high = bounds
    if negated:
        return scope.add(AnyOf((_lower_less(scope, feature, low, False), _lower_more(scope, feature, high, False))))
    return scope.add(AllOf((_lower_less(scope, feature, low, True), _lower_more(scope, feature, high, True))))


def _between(type_: str, value: Value, bounds: Argument) -> bool:
    return _order(type_, value, bounds[0]) >= 0 and _order(type_, value, bounds[1]) <= 0


OPERATORS = (
    Operator(
        OperatorSignature("less", _TYPES, ArgumentKind.VALUE, "The value is below the given one.", 100),
        lambda type_, value, bound, _now: _order(type_, value, bound) < 0,
        _lower_less,
    ),
    Operator(
        OperatorSignature("at_most", _TYPES, ArgumentKind.VALUE, "The value is the given one or below it.", 100),
        lambda type_, value, bound, _now: _order(type_, value, bound) <= 0,
        lambda scope, feature, bound, negated: _lower_more(scope, feature, bound, not negated),
    ),
    Operator(
        OperatorSignature("more", _TYPES, ArgumentKind.VALUE, "The value is above the given one.", 100),
        lambda type_, value, bound, _now: _order(type_, value, bound) > 0,
        _lower_more,
    ),
    Operator(
        OperatorSignature("at_least", _TYPES, ArgumentKind.VALUE, "The value is the given one or above it.", 100),
        lambda type_, value, bound, _now: _order(type_, value, bound) >= 0,
        lambda scope, feature, bound, negated: _lower_less(scope, feature, bound, not negated),
    ),
    Operator(
        OperatorSignature(
            "between", _TYPES, ArgumentKind.RANGE, "The value lies in the range, both ends included.", [20, 100]
        ),
        lambda type_, value, bounds, _now: _between(type_, value, bounds),
        _lower_between,
    ),
)
