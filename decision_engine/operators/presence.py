"""is_missing: the one test that sees a missing value."""

from __future__ import annotations

from decision_engine.ir.nodes import Missing, Present, Ref
from decision_engine.operators.declaration import Argument, Operator, Scope
from feature_registry.operators import ArgumentKind, OperatorSignature

_ALL_TYPES = ("bool", "number", "category", "text", "timestamp", "tags", "version")


def lower_is_missing(scope: Scope, feature: str, expected: Argument, negated: bool) -> Ref:
    """Whether the feature is missing (or, when `expected` is false or `negated`, present)."""
    value = scope.number(feature)
    return scope.add(Missing(value) if expected is not negated else Present(value))


OPERATORS = (
    Operator(
        OperatorSignature(
            "is_missing",
            _ALL_TYPES,
            ArgumentKind.FLAG,
            "The value is missing (true) or present (false). Never unknown.",
            True,
            allows_if_missing=False,
        ),
        lambda _type, _value, expected, _now: not expected,
        lower_is_missing,
    ),
)
