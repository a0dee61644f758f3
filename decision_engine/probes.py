"""Probes: programs that tell of any conditions whether they hold, so that previews ask the engine that decides.

A probe is a decision of two outcomes: code 0 where its condition is true, else 1. A probe may ask whether a condition
is false instead, since of Kleene's three values false and unknown differ. Decisions can stand beside probes, so that
one pass over the vectors gives all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from decision_engine.ir import Program, Ref, verify
from decision_engine.ir.nodes import Choose, Code, Decision, Leaf, Payload
from decision_engine.lowering.conditions import is_present, lower_condition
from decision_engine.lowering.decisions import lower_decision
from decision_engine.lowering.derived import lower_derived
from decision_engine.lowering.features import feature_specs
from decision_engine.lowering.scope import RegistryScope
from decision_engine.models import Models
from decision_engine.passes import optimise
from decision_engine.reasons import Reason
from feature_registry import DecisionDocument, Registry
from feature_registry.conditions import Condition

HOLDS = 0
"""The code of a probe whose question is answered by yes."""


@dataclass(frozen=True, slots=True)
class ConditionProbe:
    """Is the condition true, or with `negated` is it false? `owner` is the document it stands in: `cohorts/loyal`."""

    condition: Condition
    owner: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class UnitProbe:
    """Is the id of the unit known?"""

    unit: str


Probe: TypeAlias = ConditionProbe | UnitProbe


Alternatives: TypeAlias = Mapping[str, Sequence[DecisionDocument]]
"""By the name of a decision, documents that are decided with the salts of that name: its own, or what would be if it
had other rules. Each is a decision of the program by itself."""


def probe_program(
    registry: Registry,
    models: Models,
    probes: Sequence[Probe],
    decisions: Alternatives = MappingProxyType({}),
    watched: Collection[str] = (),
) -> Program:
    """The optimised program whose decisions are the probes, in order, and then the decisions.

    Its features are those that it reads, and those `watched`, whose status a host tells all the same.
    """
    program = _lowered(registry, models, probes, decisions)
    small = verify(optimise(program))
    kept = {feature.name for feature in small.features} | set(watched)
    return replace(small, features=tuple(feature for feature in program.features if feature.name in kept))


def reads(
    registry: Registry, models: Models, probes: Sequence[Probe], decisions: Alternatives = MappingProxyType({})
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The features that come with a request and the units that probes and decisions ask for, as they are written:
    through cohorts, models and what is derived. Both in the registry's order."""
    inputs = _lowered(registry, models, probes, decisions).inputs
    features = {getattr(source, "feature", None) for source in inputs}
    units = {getattr(source, "unit", None) for source in inputs}
    return (
        tuple(name for name in registry.features if name in features),
        tuple(name for name in registry.policies.identity.units if name in units),
    )


def _lowered(registry: Registry, models: Models, probes: Sequence[Probe], decisions: Alternatives) -> Program:
    scope = RegistryScope(registry, models, lower_derived)
    lowered = [lower_decision(scope, name, document) for name, documents in decisions.items() for document in documents]
    payload = len(scope.payloads)
    leaves = (Leaf(payload, Reason.TARGETING_MATCH, 0), Leaf(payload, Reason.DEFAULT, None))
    yes, no = scope.add(Code(HOLDS)), scope.add(Code(1))
    asked = [Decision("", scope.add(Choose(((_lower(scope, probe), yes),), no)), leaves, (), 1) for probe in probes]
    program = Program(
        registry=registry.digest,
        features=(*feature_specs(registry), *scope.permits.values()),
        inputs=scope.inputs(),
        automata=tuple(scope.automata),
        forests=tuple(models[name].forest for name in scope.forest_names),
        payloads=(*scope.payloads, Payload("", "null")),
        nodes=scope.builder.nodes(),
        decisions=tuple(_numbered(index, decision) for index, decision in enumerate([*asked, *lowered])),
        units=tuple(registry.policies.identity.units),
        identity=None,
    )
    return verify(program)


def _lower(scope: RegistryScope, probe: Probe) -> Ref:
    match probe:
        case ConditionProbe(condition, owner, negated):
            return lower_condition(scope, condition, owner, negated)
        case UnitProbe(unit):
            return is_present(scope, scope.unit_hash(unit, "a"))


def _numbered(index: int, decision: Decision) -> Decision:
    """The decision under a name that no other has: of a program only the order of its decisions counts here."""
    return Decision(f"{index}", decision.outcome, decision.leaves, decision.rankings, decision.neutral)
