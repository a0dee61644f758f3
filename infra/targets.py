"""The targets that a registry is compiled for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from decision_engine.artefact import Artefact
from decision_engine.ir import Program
from decision_engine.models import Models
from decision_engine.pipeline import compile_program
from decision_engine.targets.javascript.build import build_javascript
from decision_engine.targets.python.build import build_python
from decision_engine.targets.wasm.build import build_wasm
from decision_engine.trees import ModelError
from feature_registry import Registry, error
from functions.edge.cloudflare.build import build_cloudflare
from infra.errors import NOWHERE, InfraError

TARGETS: Mapping[str, Callable[[Program], Artefact]] = MappingProxyType(
    {
        "cloudflare": build_cloudflare,
        "python": build_python,
        "wasm": build_wasm,
        "javascript": build_javascript,
    }
)
"""Each target's name, and what makes its artefact of a program."""

EDGE_TARGETS = frozenset({"cloudflare"})
"""Targets without the decisions that run in the cloud."""


def build(target: str, registry: Registry, models: Models | None = None) -> Artefact:
    """The registry's artefact for a target.

    Raises RegistryError when a model file is damaged, and InfraError when a model cannot be packed for the target.
    """
    program = compile_program(registry, models, edge_only=target in EDGE_TARGETS)
    try:
        return TARGETS[target](program)
    except ModelError as problem:
        raise InfraError([error(problem.code, problem.message, NOWHERE, problem.help)]) from problem
