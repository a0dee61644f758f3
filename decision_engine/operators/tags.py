"""has_any, has_all, has_none: tests on a set of tags."""

from __future__ import annotations

from decision_engine.ir.nodes import AllOf, AnyOf, Compare, Comparison, Ref
from decision_engine.operators.declaration import Argument, Operator, Scope
from feature_registry.operators import ArgumentKind, OperatorSignature

_TYPES = ("tags",)


def _memberships(scope: Scope, feature: str, tags: Argument, present: float) -> tuple[Ref, ...]:
    """For each tag: whether its membership is `present` (1.0 or 0.0)."""
    wanted = scope.constant(present)
    return tuple(scope.add(Compare(Comparison.EQUAL, scope.tag(feature, tag), wanted)) for tag in tags)


def _lower_has_any(scope: Scope, feature: str, tags: Argument, negated: bool) -> Ref:
    if negated:
        return scope.add(AllOf(_memberships(scope, feature, tags, 0.0)))
    return scope.add(AnyOf(_memberships(scope, feature, tags, 1.0)))


def _lower_has_all(scope: Scope, feature: str, tags: Argument, negated: bool) -> Ref:
    if negated:
        return scope.add(AnyOf(_memberships(scope, feature, tags, 0.0)))
    return scope.add(AllOf(_memberships(scope, feature, tags, 1.0)))


OPERATORS = (
    Operator(
        OperatorSignature(
            "has_any", _TYPES, ArgumentKind.TAGS, "The set holds at least one of the tags.", ["shoes", "bags"]
        ),
        lambda _type, value, tags, _now: any(tag in value for tag in tags),
        _lower_has_any,
    ),
    Operator(
        OperatorSignature("has_all", _TYPES, ArgumentKind.TAGS, "The set holds all of the tags.", ["shoes", "bags"]),
        lambda _type, value, tags, _now: all(tag in value for tag in tags),
        _lower_has_all,
    ),
    Operator(
        OperatorSignature(
            "has_none", _TYPES, ArgumentKind.TAGS, "The set is known and holds none of the tags.", ["shoes", "bags"]
        ),
        lambda _type, value, tags, _now: not any(tag in value for tag in tags),
        lambda scope, feature, tags, negated: _lower_has_any(scope, feature, tags, not negated),
    ),
)
