"""Lowering: a checked registry to a program."""

from decision_engine.ir import Program, verify
from decision_engine.ir.nodes import Identity
from decision_engine.lowering.decisions import lower_decision
from decision_engine.lowering.derived import lower_derived
from decision_engine.lowering.features import feature_specs
from decision_engine.lowering.scope import RegistryScope
from decision_engine.models import Models
from decision_engine.service_tables import service_text
from feature_registry import Registry


def lower(registry: Registry, models: Models, *, edge_only: bool = False) -> Program:
    """The program of the registry's decisions; with `edge_only`, without those that run in the cloud.

    The registry must have passed its checks: lowering itself finds no fault with it. `models` are those of
    `load_models`.
    """
    scope = RegistryScope(registry, models, lower_derived)
    decisions = tuple(
        lower_decision(scope, name, document)
        for name, document in registry.decisions.items()
        if document.runs == "edge" or not edge_only
    )
    identity = registry.policies.identity
    return verify(
        Program(
            registry=registry.digest,
            features=(*feature_specs(registry), *scope.permits.values()),
            inputs=scope.inputs(),
            automata=tuple(scope.automata),
            forests=tuple(models[name].forest for name in scope.forest_names),
            payloads=tuple(scope.payloads),
            nodes=scope.builder.nodes(),
            decisions=decisions,
            units=tuple(identity.units),
            identity=Identity(identity.unit, identity.cookie, identity.max_age // 1000, identity.set_cookie),
            service=service_text(registry),
        )
    )


__all__ = ["lower"]
