"""The form of an operator: one declaration holds its signature, its meaning and its lowering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from decision_engine.ir.nodes import Node, Ref
from feature_registry.operators import OperatorSignature

Value: TypeAlias = Any
"""A present value as the Python host accepts it (`hosts.python.values.Value`)."""

Argument: TypeAlias = Any
"""The operator's argument as `feature_registry.operators.typed_argument` reads it: times and durations in ms, lists
as tuples."""


class Scope(Protocol):
    """What a lowering may ask for while it builds nodes. Features are given by name; every ref is NaN when the
    feature is missing."""

    def type_of(self, feature: str) -> str:
        """The feature's type: bool, number, category, text, timestamp, tags or version."""

    def add(self, node: Node) -> Ref:
        """Add a node."""

    def constant(self, value: float) -> Ref:
        """Add a constant."""

    def number(self, feature: str) -> Ref:
        """The feature as a number (see `ir.nodes.Number`)."""

    def level(self, feature: str, text: str) -> tuple[Ref, float]:
        """The feature's level, and the level that `text` has."""

    def tag(self, feature: str, tag: str) -> Ref:
        """1 when the set holds `tag`, else 0."""

    def text_test(self, feature: str, test: str, operand: str) -> Ref:
        """1 when the text passes (see `ir.nodes.TextTest`), else 0."""

    def version_rank(self, feature: str, version: str) -> Ref:
        """0, 1 or 2: the feature's version is below, equal to or above `version`."""

    def now(self) -> Ref:
        """The time of the request in ms UTC; never missing."""


Lowering: TypeAlias = Callable[[Scope, str, Argument, bool], Ref]
"""(scope, feature, argument, negated) -> a bool ref: true exactly when the test (or, negated, its negation) is
Kleene-true."""

Meaning: TypeAlias = Callable[[str, Value, Argument, float], bool]
"""(type, value, argument, now in ms) -> whether a present value passes: the plain meaning that the reference
evaluator runs."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator on a feature.

    `holds` says what the operator means for a present value; `lower` builds the same test from the nodes of the IR. The
    conformance cases and the random tests hold the two together in every target.
    """

    signature: OperatorSignature
    holds: Meaning
    lower: Lowering
