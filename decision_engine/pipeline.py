"""The way from a registry to a program, as one function."""

from __future__ import annotations

from decision_engine.ir import Program, verify
from decision_engine.lowering import lower
from decision_engine.models import Models, load_models
from decision_engine.passes import optimise
from feature_registry import Registry


def compile_program(
    registry: Registry, models: Models | None = None, *, edge_only: bool = False, passes: bool = True
) -> Program:
    """Lower the registry and run the passes. Raises RegistryError when a model file is damaged or does not fit."""
    program = lower(registry, load_models(registry) if models is None else models, edge_only=edge_only)
    return verify(optimise(program)) if passes else program
