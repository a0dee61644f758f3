"""What importers need of the engine: readings, operators, places and patterns, applied to constants."""

from __future__ import annotations

from decision_engine.hosts.python.named_hash import place
from decision_engine.hosts.python.tables import Feature
from decision_engine.hosts.python.values import acceptor
from decision_engine.operators import OPERATORS
from decision_engine.patterns import PatternError, compile_pattern
from feature_registry.bucketings import named_seed
from feature_registry.operators import typed_argument
from feature_registry.values import FeatureType


class EngineSemantics:
    """Implements `feature_registry.importers.semantics.Semantics`."""

    def read(self, type: str, reading: str | None, raw: object) -> object:
        """The value of a feature; None when it is missing."""
        feature: Feature = {
            "name": "",
            "type": type,
            "path": [],
            "default": None,
            "values": None,
            "low": None,
            "high": None,
            "max_age": None,
            "purposes": [],
            "inputs": [],
        }
        if reading is not None:
            feature["reading"] = reading
        return None if raw is None else acceptor(feature)(raw)

    def holds(self, type: str, reading: str | None, operator: str, argument: object, raw: object) -> bool:
        """Whether a raw value passes a test."""
        value = self.read(type, reading, raw)
        if value is None:
            return False
        signature = OPERATORS[operator].signature
        given = tuple(argument) if isinstance(argument, list) else argument
        typed = typed_argument(signature, FeatureType(type), given)  # type: ignore[arg-type]  # scalars, or lists of them
        return OPERATORS[operator].holds(type, value, typed, 0.0)

    def place(self, bucketing: str, seed: str, seed_after: str, text: str) -> float:
        """The place of an id by a named bucketing."""
        found = named_seed(bucketing, seed, seed_after)
        return place(bucketing, found.before + text + found.after)

    def pattern_problem(self, source: str) -> str | None:
        """What is wrong with a pattern."""
        try:
            compile_pattern(source)
        except PatternError as error:
            return error.message
        return None
