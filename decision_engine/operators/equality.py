"""is, is_not, in, not_in: equality with one value or with several."""

from __future__ import annotations

from decision_engine.hosts.python.versions import precedence
from decision_engine.ir.nodes import AllOf, AnyOf, Compare, Comparison, NoneOf, OneOf, Ref
from decision_engine.operators.declaration import Argument, Operator, Scope, Value
from feature_registry.operators import ArgumentKind, OperatorSignature


def _equals(type_: str, value: Value, expected: Argument, _now: float) -> bool:
    if type_ == "version":
        return bool(value == precedence(expected))
    return bool(value == expected)


def _in(type_: str, value: Value, expected: Argument, now: float) -> bool:
    return any(_equals(type_, value, item, now) for item in expected)


def _lower_in(scope: Scope, feature: str, values: Argument, negated: bool) -> Ref:
    type_ = scope.type_of(feature)
    if type_ == "version":
        return _lower_versions(scope, feature, values, negated)
    if type_ in ("category", "text"):
        places = [scope.level(feature, text) for text in values]
        ref, members = places[0][0], {level for _, level in places}
    else:
        ref, members = (
            scope.number(feature),
            {float(value) + 0.0 for value in values},
        )  # a set holds one of 0.0 and -0.0
    node = NoneOf if negated else OneOf
    return scope.add(node(ref, tuple(sorted(members))))


def _lower_versions(scope: Scope, feature: str, versions: Argument, negated: bool) -> Ref:
    comparison = Comparison.NOT_EQUAL if negated else Comparison.EQUAL
    equal = scope.constant(1.0)
    tests = tuple(scope.add(Compare(comparison, scope.version_rank(feature, version), equal)) for version in versions)
    return scope.add(AllOf(tests) if negated else AnyOf(tests))


def _lower_is(scope: Scope, feature: str, value: Argument, negated: bool) -> Ref:
    return _lower_in(scope, feature, (value,), negated)


_ANY_BUT_TAGS = ("bool", "number", "category", "text", "timestamp", "version")
_LISTED = ("number", "category", "text", "version")

OPERATORS = (
    Operator(
        OperatorSignature("is", _ANY_BUT_TAGS, ArgumentKind.VALUE, "The value equals the given one.", "DE"),
        _equals,
        _lower_is,
    ),
    Operator(
        OperatorSignature(
            "is_not", _ANY_BUT_TAGS, ArgumentKind.VALUE, "The value is present and differs from the given one.", "DE"
        ),
        lambda type_, value, expected, now: not _equals(type_, value, expected, now),
        lambda scope, feature, value, negated: _lower_is(scope, feature, value, not negated),
    ),
    Operator(
        OperatorSignature("in", _LISTED, ArgumentKind.VALUES, "The value equals one of the list.", ["DE", "AT", "CH"]),
        _in,
        _lower_in,
    ),
    Operator(
        OperatorSignature(
            "not_in", _LISTED, ArgumentKind.VALUES, "The value is present and equals none of the list.", ["DE", "AT"]
        ),
        lambda type_, value, expected, now: not _in(type_, value, expected, now),
        lambda scope, feature, values, negated: _lower_in(scope, feature, values, not negated),
    ),
)
