"""Tiers: a decision at the edge reads no feature that stays in the cloud."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from feature_registry.checks.draft import Draft, Spot
from feature_registry.conditions import CohortRef, Condition, FeatureTest, ModelTest, walk
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import ExperimentRule, RankRule, Rule
from feature_registry.scores import FeatureScore, ModelScore, walk_score

_CLOUD_TIER = 3


def cloud_features_at_the_edge(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for rules of edge decisions that read tier 3, with the way from the rule to the feature."""
    reads = _Reads(draft)
    for name, decision in draft.registry.decisions.items():
        if decision.runs != "edge":
            continue
        for rule in decision.rules:
            for feature, way in reads.of_rule(rule).items():
                through = f" through {', '.join(way)}" if way else ""
                number = rule.at.rpartition("/")[2]
                message = f"`{name}` runs at the edge, but its rule {number} reads `{feature}` of tier 3{through}"
                help_line = f'set "runs": "cloud" on `{name}`, or sync `{feature}` to the edge as tier 2'
                yield draft.error("tier-3-at-edge", Spot("decisions", name, rule.at), message, help_line)


_Ways = dict[str, tuple[str, ...]]  # feature of tier 3 -> what leads to it, from the outside in


@dataclass
class _Reads:
    """Finds what is read. Each cohort is looked at once."""

    draft: Draft
    cohorts: dict[str, tuple[_Ways, list[str]]] = field(default_factory=dict)

    def of_rule(self, rule: Rule) -> _Ways:
        found = self._of_condition(rule.condition)
        if isinstance(rule, ExperimentRule):
            experiment = self.draft.registry.experiments.get(rule.experiment)
            if experiment is not None and experiment.cohort is not None:
                _join(found, self._of_cohorts([experiment.cohort]), f"the experiment `{rule.experiment}`")
        elif isinstance(rule, RankRule):
            for score in walk_score(rule.by):
                if isinstance(score, FeatureScore):
                    _join(found, self._of_features((score.feature,)))
                elif isinstance(score, ModelScore):
                    _join(found, self._of_model(score.model))
            for name in self.draft.registry.group(rule.rank):
                _join(found, self._of_condition(self.draft.registry.payloads[name].condition), f"the payload `{name}`")
        return found

    def _of_condition(self, condition: Condition | None) -> _Ways:
        if condition is None:
            return {}
        found, cohorts = self._direct(condition)
        _join(found, self._of_cohorts(cohorts))
        return found

    def _of_cohorts(self, names: Iterable[str]) -> _Ways:
        """What cohorts read, with the shortest way to it; cycles do no harm."""
        found: _Ways = {}
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

    def _direct(self, condition: Condition) -> tuple[_Ways, list[str]]:
        """What a condition reads without its cohorts, and the names of these."""
        found: _Ways = {}
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

    def _of_model(self, name: str) -> _Ways:
        model = self.draft.registry.models.get(name)
        inputs = () if model is None else model.inputs.values()
        found: _Ways = {}
        _join(found, self._of_features(one.feature for one in inputs if one.feature is not None), f"the model `{name}`")
        return found

    def _of_features(self, names: Iterable[str]) -> _Ways:
        features = self.draft.registry.features
        return {name: () for name in names if name in features and features[name].tier == _CLOUD_TIER}


def _join(found: _Ways, more: _Ways, through: str | None = None) -> None:
    for feature, way in more.items():
        found.setdefault(feature, way if through is None else (through, *way))
