"""The funnel of a condition: its parts as steps, each with two probes, counted batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from decision_engine.probes import ConditionProbe, Probe
from decision_engine.reference.words import describe
from feature_registry import Registry
from feature_registry.conditions import All, Any, CohortRef, Condition, Not, default_salt
from infra.columns.values import Mask
from infra.preview.figures import StepCounts

Truth: TypeAlias = Callable[[int], Mask]
"""The rows for which the probe of a number says yes."""

MOST_STEPS = 1_000
"""Cohorts are not unfolded beyond so many steps; a cohort that is used everywhere could stand there without end."""


@dataclass(frozen=True, slots=True)
class Step:
    """A condition with the numbers of its probes: is it true, is it false. `number` counts the steps of the funnel."""

    condition: str
    kind: str
    number: int
    is_true: int
    is_false: int
    items: tuple[Step, ...]


class Funnel:
    """The steps of a cohort, and what was counted of them. Its probes are appended to `probes`."""

    def __init__(self, registry: Registry, cohort: str, probes: list[Probe], *, expand: bool) -> None:
        self._registry, self._probes, self._expand = registry, probes, expand
        self._count = 0
        self.root = self._step(registry.cohorts[cohort].condition, default_salt("cohorts", cohort))
        self._seen = np.zeros((3, self._count), dtype=np.int64)

    def add(self, truth: Truth, rows: int) -> None:
        """Count a batch."""
        self._add(self.root, np.ones(rows, dtype=np.bool_), truth)

    def counts(self, step: Step | None = None) -> StepCounts:
        """The figures of the whole funnel."""
        step = self.root if step is None else step
        seen, passed, unknown = self._seen[:, step.number].tolist()
        return StepCounts(step.condition, step.kind, seen, passed, unknown, tuple(map(self.counts, step.items)))

    def _step(self, condition: Condition, owner: str) -> Step:
        number, is_true = self._count, len(self._probes)
        self._count += 1
        self._probes += [ConditionProbe(condition, owner), ConditionProbe(condition, owner, negated=True)]
        kind, items = "test", tuple[Step, ...]()
        match condition:
            case All(inner):
                kind, items = "all", tuple(self._step(item, owner) for item in inner)
            case Any(inner):
                kind, items = "any", tuple(self._step(item, owner) for item in inner)
            case Not(item):
                kind, items = "not", (self._step(item, owner),)
            case CohortRef(name):
                kind = "cohort"
                if self._expand and self._count < MOST_STEPS:
                    items = (self._step(self._registry.cohorts[name].condition, default_salt("cohorts", name)),)
            case _:
                pass
        return Step(describe(condition), kind, number, is_true, is_true + 1, items)

    def _add(self, step: Step, seen: Mask, truth: Truth) -> None:
        passed = seen & truth(step.is_true)
        unknown = seen & ~passed & ~truth(step.is_false)
        self._seen[:, step.number] += [np.count_nonzero(one) for one in (seen, passed, unknown)]
        coming = seen
        for item in step.items:
            self._add(item, coming, truth)
            if step.kind == "all":
                coming = coming & truth(item.is_true)
            elif step.kind == "any":
                coming = coming & ~truth(item.is_true)
