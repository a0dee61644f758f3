"""Artefacts held to the limits of their platform, with what they cost in their manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from decision_engine.artefact import Artefact, described
from decision_engine.budget import Breakdown, Platform, check_budget, measure, platform_of, weigh
from decision_engine.ir import Program
from feature_registry import error
from infra.errors import NOWHERE, InfraError


def within_budget(
    artefact: Artefact,
    program: Program,
    build: Callable[[Program], Artefact],
    *,
    budget: int | None = None,
    more: Mapping[str, Any] | None = None,
) -> Artefact:
    """The artefact, with its breakdown and `more` in its manifest; `build` made it of `program`.

    `budget` limits the bytes of its code beside what the platform does. Raises InfraError for each limit it passes.
    """
    platform = platform_of(artefact.target)
    breakdown = measure(artefact, program, build)
    excesses = check_budget(breakdown, platform, program, budget)
    if excesses:
        raise InfraError([error("over-budget", one.message, NOWHERE, one.advice) for one in excesses])
    return described(artefact, {"budget": budget_json(breakdown, platform, budget), **(more or {})})


def keeps_budget(artefact: Artefact, program: Program, budget: int | None) -> bool:
    """Whether an artefact passes no limit."""
    return not check_budget(weigh(artefact, program), platform_of(artefact.target), program, budget)


def budget_json(breakdown: Breakdown, platform: Platform | None, budget: int | None) -> dict[str, Any]:
    """The breakdown with the limits that it was held to."""
    limits = (
        {}
        if platform is None
        else {
            str(quantity): {"value": limit.value, "as_of": limit.as_of, "source": limit.source, "note": limit.note}
            for quantity, limit in platform.limits.items()
        }
    )
    return {
        "platform": None if platform is None else platform.name,
        "asked": budget,
        **breakdown.to_json(),
        "limits": limits,
    }
