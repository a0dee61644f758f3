"""What the checks look at: the documents that could be read, and what they were read with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from feature_registry import diagnostics
from feature_registry.asking import HYBRID, unsure_of
from feature_registry.conditions import Condition, walk
from feature_registry.derivations import BoolDerivation
from feature_registry.diagnostics import Diagnostic
from feature_registry.operators import OperatorSignature
from feature_registry.registry import Registry


@dataclass(frozen=True)
class Spot:
    """A place that a check can complain about: a document, and a JSON pointer in it."""

    kind: str
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Reference:
    """At `spot` stands the `name` of an object of a kind; groups, units and purposes count as kinds here."""

    spot: Spot
    kind: str
    name: str


@dataclass(frozen=True)
class Draft:
    """A registry under check.

    `broken` names the documents (kind, name) that have problems of their own; of these only the sound parts stand in
    `registry`. When `is_complete` is false a file could not be read, so names that seem unknown may stand in it.
    """

    registry: Registry
    operators: Mapping[str, OperatorSignature]
    broken: frozenset[tuple[str, str]]
    is_complete: bool
    references: list[Reference] = field(default_factory=list, repr=False, compare=False)
    """Every reference, once it has been looked for (see references.py)."""

    def names(self, kind: str) -> Collection[str]:
        """The names of all objects of a kind, the broken ones included."""
        return self._names[kind]

    def is_sound(self, kind: str, name: str) -> bool:
        """Whether a document has no problems of its own."""
        return (kind, name) not in self.broken

    def error(self, code: str, spot: Spot, message: str, help: str | None = None, *, key: bool = False) -> Diagnostic:
        """An error at a spot."""
        return diagnostics.error(code, message, self.registry.place(spot.kind, spot.name, spot.at, key=key), help)

    def warning(self, code: str, spot: Spot, message: str, help: str | None = None, *, key: bool = False) -> Diagnostic:
        """A warning at a spot."""
        return diagnostics.warning(code, message, self.registry.place(spot.kind, spot.name, spot.at, key=key), help)

    @cached_property
    def conditions(self) -> tuple[tuple[Spot, Condition], ...]:
        """Every condition of the registry, inner ones too, with its spot."""
        return tuple(
            (Spot(kind, name, inner.at), inner)
            for kind, name, outer in self._outer_conditions()
            for inner in walk(outer)
        )

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        names: dict[str, set[str]] = {}
        for kind, name in self.registry.files:
            names.setdefault(kind, set()).add(name)
        return {kind: names.get(kind, set()) for kind in _KINDS}

    def _outer_conditions(self) -> Iterator[tuple[str, str, Condition]]:
        for name, feature in self.registry.features.items():
            if isinstance(feature.derivation, BoolDerivation):
                yield "features", name, feature.derivation.condition
        for name, cohort in self.registry.cohorts.items():
            yield "cohorts", name, cohort.condition
        for name, payload in self.registry.payloads.items():
            if payload.condition is not None:
                yield "payloads", name, payload.condition
        for name, decision in self.registry.decisions.items():
            for rule in decision.rules:
                if rule.condition is not None:
                    yield "decisions", name, rule.condition
                unsure = unsure_of(rule)
                if unsure is not None and unsure.condition is not None:
                    yield "decisions", name, unsure.condition
        hybrid = self.registry.policies.hybrid
        if hybrid is not None and hybrid.condition is not None:
            yield "policies", HYBRID, hybrid.condition


Check: TypeAlias = Callable[[Draft], Iterator[Diagnostic]]

_KINDS = ("features", "cohorts", "models", "layers", "experiments", "decisions", "payloads", "policies", "environments")
