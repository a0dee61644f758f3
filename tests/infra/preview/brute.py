"""Previews by brute force: every request through the reference evaluator, one at a time."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from decision_engine.models import Models
from decision_engine.reference import Reference
from decision_engine.reference.conditions import Evaluation
from decision_engine.reference.trace import Truth
from feature_registry import Registry
from feature_registry.conditions import All, CohortRef, Condition, Not, default_salt
from feature_registry.conditions import Any as AnyOf
from infra.replay.request_files import Session

NOW = 1_763_712_000_000


class Brute:
    """All requests evaluated by one registry."""

    def __init__(self, registry: Registry, models: Models, sessions: Sequence[Session]) -> None:
        self.registry = registry
        reference = Reference(registry, models)
        self.evaluations, self.outcomes, self.statuses = [], [], []
        for request, own in sessions:
            at = NOW if own is None else own
            evaluated = reference.evaluate(request, at, list(registry.decisions))
            self.evaluations.append(Evaluation(registry, models, request, at, evaluated.features))
            self.outcomes.append(evaluated.answer["decisions"])
            self.statuses.append({name: str(served.status) for name, served in evaluated.features.items()})

    def cohort(self, name: str) -> list[Truth]:
        """The truth of a cohort in each row."""
        return [evaluation.cohort(name).truth for evaluation in self.evaluations]

    def truths(self, condition: Condition, owner: str) -> list[Truth]:
        """The truth of a condition in each row."""
        return [evaluation.evaluate(condition, owner).truth for evaluation in self.evaluations]

    def funnel(self, cohort: str, expand: bool) -> dict[str, Any]:
        """The funnel as `preview_json` has it, without words."""
        rows = list(range(len(self.evaluations)))
        return self._step(self.registry.cohorts[cohort].condition, default_salt("cohorts", cohort), rows, expand)

    def statuses_of(self, feature: str) -> Counter[str]:
        """How often the feature had which status."""
        return Counter(row[feature] for row in self.statuses)

    def _step(self, condition: Condition, owner: str, seen: list[int], expand: bool) -> dict[str, Any]:
        truths = self.truths(condition, owner)
        passed = [row for row in seen if truths[row] is True]
        items: list[dict[str, Any]] = []
        match condition:
            case All(inner):
                coming = seen
                for item in inner:
                    items.append(self._step(item, owner, coming, expand))
                    own = self.truths(item, owner)
                    coming = [row for row in coming if own[row] is True]
                assert coming == passed
            case AnyOf(inner):
                coming = seen
                for item in inner:
                    items.append(self._step(item, owner, coming, expand))
                    own = self.truths(item, owner)
                    coming = [row for row in coming if own[row] is not True]
                assert sorted({*passed, *coming}) == seen
            case Not(item):
                items.append(self._step(item, owner, seen, expand))
            case CohortRef(name):
                if expand:
                    inner_condition = self.registry.cohorts[name].condition
                    items.append(self._step(inner_condition, default_salt("cohorts", name), seen, expand))
            case _:
                pass
        unknown = sum(truths[row] is None for row in seen)
        return {"seen": len(seen), "passed": len(passed), "unknown": unknown, "items": items}


def numbers_of(step: dict[str, Any]) -> dict[str, Any]:
    """A funnel of `preview_json` without its words, after a look at its sums."""
    assert step["dropped"] == step["seen"] - step["passed"]
    items = step["items"]
    if step["kind"] == "all":
        assert step["passed"] == step["seen"] - sum(item["dropped"] for item in items)
    if step["kind"] == "any":
        assert step["passed"] == sum(item["passed"] for item in items)
    if step["kind"] == "cohort" and items:
        assert items[0]["passed"] == step["passed"]
    return {**{name: step[name] for name in ("seen", "passed", "unknown")}, "items": [numbers_of(one) for one in items]}
