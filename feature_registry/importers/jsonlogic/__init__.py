"""JsonLogic: expressions as formulas over features, as far as they can be."""

from feature_registry.importers.jsonlogic.evaluate import CustomOperator, Evaluator
from feature_registry.importers.jsonlogic.rules import import_rule
from feature_registry.importers.jsonlogic.symbols import (
    Bucketed,
    Cases,
    Clock,
    Constant,
    Joined,
    Moment,
    Reference,
    Several,
    Slice,
    Symbol,
    decided,
    product,
    trimmed,
)

__all__ = [
    "Bucketed",
    "Cases",
    "Clock",
    "Constant",
    "CustomOperator",
    "Evaluator",
    "Joined",
    "Moment",
    "Reference",
    "Several",
    "Slice",
    "Symbol",
    "decided",
    "import_rule",
    "product",
    "trimmed",
]
