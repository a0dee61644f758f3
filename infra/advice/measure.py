"""Whether a decision alone fits each platform: its artefact is built, weighed and held to the limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from decision_engine.advisor import EDGE_PLATFORMS, Fit
from decision_engine.budget import PLATFORM_OF_TARGET, check_budget, platform_of, weigh
from decision_engine.models import Models
from feature_registry import Registry
from infra.errors import InfraError
from infra.targets import assemble, program_for

TARGET_OF_PLATFORM = {
    "cloudflare": "cloudflare",
    "cloudfront": "cloudfront",
    "lambda-edge": "lambda-edge-node",
    "fastly": "fastly",
    "akamai": "akamai",
}
"""The target that stands for each platform of the price lists."""

_ALONE = ("cloudfront",)
"""Platforms that take so little that many decisions do not fit together; to shorten the code of many takes long."""


def measured_fits(registry: Registry, models: Models, decisions: Sequence[str]) -> Callable[[str], tuple[Fit, ...]]:
    """Of each decision a line for each platform at the edge, in the order of the price lists.

    Where all the decisions fit together, each of them does; only elsewhere is one built alone.
    """
    asked = [name for name in EDGE_PLATFORMS if name not in _ALONE]
    together = {fit.platform: fit for fit in _fits(registry, models, decisions, asked) if fit.problem is None}
    crowded = [name for name in EDGE_PLATFORMS if name not in together]

    def of_decision(decision: str) -> tuple[Fit, ...]:
        alone = {fit.platform: fit for fit in _fits(registry, models, [decision], crowded)}
        return tuple(alone[name] if name in alone else together[name] for name in EDGE_PLATFORMS)

    return of_decision


def _fits(registry: Registry, models: Models, decisions: Sequence[str], platforms: Sequence[str]) -> list[Fit]:
    documents = {name: registry.decisions[name].model_copy(update={"runs": "edge"}) for name in decisions}
    part = replace(registry, decisions=documents)
    return [_fit(part, models, name) for name in platforms]


def _fit(registry: Registry, models: Models, name: str) -> Fit:
    target = TARGET_OF_PLATFORM[name]
    assert PLATFORM_OF_TARGET[target] == name, "each platform has a target of its own"
    program = program_for(target, registry, models)
    try:
        artefact = assemble(target, program)
    except InfraError as problem:
        return Fit(name, 0, len(registry.decisions), problem.diagnostics[0].message)
    weighed = weigh(artefact, program)
    excesses = check_budget(weighed, platform_of(target), program)
    problem_text = excesses[0].message if excesses else None
    return Fit(name, weighed.code.raw, len(registry.decisions), problem_text)
