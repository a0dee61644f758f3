"""starts_with, ends_with, contains, matches: tests on open text, run by the host while it encodes."""

from __future__ import annotations

from collections.abc import Callable

from decision_engine.ir.nodes import Compare, Comparison, Ref
from decision_engine.operators.declaration import Argument, Lowering, Operator, Scope
from decision_engine.patterns import PatternError, compile_pattern, matches
from feature_registry.operators import ArgumentKind, OperatorSignature

_TYPES = ("text",)


def _lowering(test: str) -> Lowering:
    def lower(scope: Scope, feature: str, operand: Argument, negated: bool) -> Ref:
        expected = scope.constant(0.0 if negated else 1.0)
        return scope.add(Compare(Comparison.EQUAL, scope.text_test(feature, test, operand), expected))

    return lower


def _pattern_problem(source: object) -> str | None:
    """What is wrong with a pattern, with what to do about it; None when it compiles."""
    try:
        compile_pattern(str(source))
    except PatternError as error:
        return f"{error.message} at character {error.position + 1}; {error.help}"
    return None


def _text_operator(
    name: str, summary: str, example: str, holds: Callable[[str, str], bool], kind: ArgumentKind = ArgumentKind.TEXT
) -> Operator:
    check = _pattern_problem if kind is ArgumentKind.PATTERN else None
    signature = OperatorSignature(name, _TYPES, kind, summary, example, check_argument=check)
    return Operator(signature, lambda _type, value, operand, _now: holds(value, operand), _lowering(name))


OPERATORS = (
    _text_operator(
        "starts_with", "The text begins with the given one.", "/sale/", lambda value, operand: value.startswith(operand)
    ),
    _text_operator(
        "ends_with", "The text ends with the given one.", ".html", lambda value, operand: value.endswith(operand)
    ),
    _text_operator("contains", "The text holds the given one.", "sneaker", lambda value, operand: operand in value),
    _text_operator(
        "matches",
        "The whole text matches the pattern (see the reference page of patterns).",
        "/(de|en)/sale/[0-9]+",
        lambda value, operand: matches(compile_pattern(operand), value),
        ArgumentKind.PATTERN,
    ),
)
