"""Operators on features, each a single declaration; adding one is adding a declaration to one file here."""

from decision_engine.operators import equality, order, presence, tags, texts, times
from decision_engine.operators.declaration import Operator, Scope, Value

OPERATORS: dict[str, Operator] = {
    operator.signature.name: operator
    for module in (equality, order, times, tags, texts, presence)
    for operator in module.OPERATORS
}
"""Every operator by its name, in the order of the reference pages."""

SIGNATURES = tuple(operator.signature for operator in OPERATORS.values())
"""What the registry needs to know of the operators; handed to it as a value."""

__all__ = ["OPERATORS", "SIGNATURES", "Operator", "Scope", "Value"]
