"""What the rules of decisions read: features, through cohorts, models, experiments and payloads, with the way there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from feature_registry.asking import unsure_of
from feature_registry.checks.draft import Draft
from feature_registry.conditions import CohortRef, Condition, FeatureTest, ModelTest, walk
from feature_registry.documents import ExperimentRule, Feature, RankRule, Rule
from feature_registry.scores import DaysSinceScore, FeatureScore, ModelScore, walk_score

Ways: TypeAlias = dict[str, tuple[str, ...]]
"""Feature -> what leads to it, from the outside in."""


@dataclass
class Reads:
    """Finds the features that are read and that `wanted` picks. Each cohort is looked at once.

    A derived feature counts, and what it reads does not: its own contract covers that (checks/derived.py).
    """

    draft: Draft
    wanted: Callable[[Feature], bool]
    cohorts: dict[str, tuple[Ways, list[str]]] = field(default_factory=dict)
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        features = self.draft.registry.features
        self.names = frozenset(name for name, feature in features.items() if self.wanted(feature))

    def of_rule(self, rule: Rule) -> Ways:
        """What a rule reads, with the way to it."""
        if not self.names:
            return {}
        found = self.of_condition(rule.condition)
        unsure = unsure_of(rule)
        if unsure is not None:
            _join(found, self.of_condition(unsure.condition), "what makes it unsure")
        if isinstance(rule, ExperimentRule):
            experiment = self.draft.registry.experiments.get(rule.experiment)
            if experiment is not None and experiment.cohort is not None:
                _join(found, self._of_cohorts([experiment.cohort]), f"the experiment `{rule.experiment}`")
        elif isinstance(rule, RankRule):
            for score in walk_score(rule.by):
                if isinstance(score, FeatureScore | DaysSinceScore):
                    _join(found, self._of_features((score.feature,)))
                elif isinstance(score, ModelScore):
                    _join(found, self._of_model(score.model))
            for name in self.draft.registry.group(rule.rank):
                _join(found, self.of_condition(self.draft.registry.payloads[name].condition), f"the payload `{name}`")
        return found

    def of_condition(self, condition: Condition | None) -> Ways:
        """What a condition reads, with the way to it."""
        if condition is None:
            return {}
        found, cohorts = self._direct(condition)
        _join(found, self._of_cohorts(cohorts))
        return found

    def _of_cohorts(self, names: Iterable[str]) -> Ways:
        """What cohorts read, with the shortest way to it; cycles do no harm."""
        found: Ways = {}
        seen: set[str] = set()
        pending: deque[tuple[str, tuple[str, ...]]] = deque((name, ()) for name in names)
        while pending:
            name, way = pending.popleft()
            if name in seen or name not in self.draft.registry.cohorts:
                continue
            seen.add(name)
            if name not in self.cohorts:
                self.cohorts[name] = self._direct(self.draft.registry.cohorts[name].condition)
            direct, inner = self.cohorts[name]
            longer = (*way, f"the cohort `{name}`")
            for feature, last in direct.items():
                found.setdefault(feature, (*longer, *last))
            pending.extend((following, longer) for following in inner)
        return found

    def _direct(self, condition: Condition) -> tuple[Ways, list[str]]:
        """What a condition reads without its cohorts, and the names of these."""
        found: Ways = {}
        cohorts: list[str] = []
        for inner in walk(condition):
            match inner:
                case FeatureTest(feature):
                    _join(found, self._of_features((feature,)))
                case ModelTest(model):
                    _join(found, self._of_model(model))
                case CohortRef(name):
                    cohorts.append(name)
                case _:
                    pass
        return found, cohorts

    def _of_model(self, name: str) -> Ways:
        model = self.draft.registry.models.get(name)
        inputs = () if model is None else model.inputs.values()
        found: Ways = {}
        _join(found, self._of_features(one.feature for one in inputs if one.feature is not None), f"the model `{name}`")
        return found

    def _of_features(self, names: Iterable[str]) -> Ways:
        return {name: () for name in names if name in self.names}


def _join(found: Ways, more: Ways, through: str | None = None) -> None:
    for feature, way in more.items():
        found.setdefault(feature, way if through is None else (through, *way))
