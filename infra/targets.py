"""The targets that a registry is compiled for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from decision_engine.artefact import Artefact
from decision_engine.ir import Program
from decision_engine.models import Models
from decision_engine.pipeline import compile_program
from decision_engine.targets.errors import TargetError
from decision_engine.targets.javascript.build import build_javascript
from decision_engine.targets.python.build import build_python
from decision_engine.targets.python.wheel import build_wheel
from decision_engine.targets.wasm.build import build_wasm
from decision_engine.trees import ModelError
from feature_registry import Registry, error
from functions.edge.akamai.build import build_akamai
from functions.edge.browser.build import build_browser
from functions.edge.bun.build import build_bun
from functions.edge.cloudflare.build import build_cloudflare
from functions.edge.cloudfront.build import build_cloudfront
from functions.edge.deno.build import build_deno
from functions.edge.fastly.build import build_fastly
from functions.edge.lambda_edge.build import build_lambda_edge_node, build_lambda_edge_python
from functions.edge.python_worker.build import build_python_worker
from infra.budgets import within_budget
from infra.errors import NOWHERE, InfraError

TARGETS: Mapping[str, Callable[[Program], Artefact]] = MappingProxyType(
    {
        "cloudflare": build_cloudflare,
        "cloudfront": build_cloudfront,
        "python": build_python,
        "python-wheel": build_wheel,
        "python-worker": build_python_worker,
        "wasm": build_wasm,
        "javascript": build_javascript,
        "lambda-edge-node": build_lambda_edge_node,
        "lambda-edge-python": build_lambda_edge_python,
        "fastly": build_fastly,
        "akamai": build_akamai,
        "browser": build_browser,
        "deno": build_deno,
        "bun": build_bun,
    }
)
"""Each target's name, and what makes its artefact of a program."""

EDGE_TARGETS = frozenset(
    {
        "cloudflare",
        "cloudfront",
        "python-worker",
        "lambda-edge-node",
        "lambda-edge-python",
        "fastly",
        "akamai",
        "browser",
        "deno",
        "bun",
    }
)
"""Targets without the decisions that run in the cloud."""


def build(target: str, registry: Registry, models: Models | None = None, *, budget: int | None = None) -> Artefact:
    """The registry's artefact for a target, with what it costs in its manifest.

    `budget` limits the bytes of its code beside the platform.
    Raises RegistryError when a model file is damaged, and InfraError when a model cannot be packed for the target, or
    when the artefact passes a limit of its platform.
    """
    program = program_for(target, registry, models)
    return within_budget(assemble(target, program), program, lambda smaller: assemble(target, smaller), budget=budget)


def program_for(target: str, registry: Registry, models: Models | None = None) -> Program:
    """The registry's program as a target gets it. Raises RegistryError when a model file is damaged."""
    return compile_program(registry, models, edge_only=target in EDGE_TARGETS)


def assemble(target: str, program: Program) -> Artefact:
    """A program's artefact for a target, held to nothing. Raises InfraError when a model cannot be packed."""
    try:
        return TARGETS[target](program)
    except (ModelError, TargetError) as problem:
        raise InfraError([error(problem.code, problem.message, NOWHERE, problem.help)]) from problem
