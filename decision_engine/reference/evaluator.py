"""A request through the whole registry: features served, decisions decided, everything traced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from decision_engine.compact_json import compact
from decision_engine.lowering.features import feature_spec
from decision_engine.models import Models
from decision_engine.reasons import Reason, ServingMode
from decision_engine.reference.conditions import Evaluation
from decision_engine.reference.expressions import serve_derived
from decision_engine.reference.features import FeatureReader, Request, Served, denied
from decision_engine.reference.rules import candidates, enrolment, ranked, unsure, variation
from decision_engine.reference.trace import CandidateTrace, DecisionTrace, RuleTrace, Trace
from feature_registry import DecisionDocument, ExperimentRule, RankRule, Registry, Rule, ShowRule
from feature_registry.asking import asking
from feature_registry.conditions import default_salt
from feature_registry.derivations import read_features

Answer: TypeAlias = dict[str, Any]
"""The answer of docs/reference/host.md as Python values; `decision_engine.compact_json.compact` gives its text."""


class UnknownDecisionError(ValueError):
    """A request asks for a decision that the registry has not; `name` is that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"unknown decision `{name}`")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An answer with the features as they were served and the trace of every decision."""

    answer: Answer
    features: Mapping[str, Served]
    traces: tuple[DecisionTrace, ...]


class Reference:
    """The reference evaluator of one registry."""

    def __init__(self, registry: Registry, models: Models) -> None:
        self._registry = registry
        self._models = models
        self._readers = {
            name: FeatureReader(feature_spec(name, feature), feature.kind)
            for name, feature in registry.features.items()
            if feature.derivation is None
        }

    def evaluate(self, request: Request, at: int, decisions: Sequence[str] | None = None) -> Evaluated:
        """Decide at time `at` (ms UTC); only the named decisions, or else those that the request names, or else all.

        Raises UnknownDecisionError.
        """
        names = self._names(request.get("decisions") if decisions is None else decisions)
        evaluation = self._serve(request, at)
        served = {name: evaluation.served[name] for name in self._registry.features}
        decided = {name: _decide(evaluation, name, self._registry.decisions[name]) for name in names}
        answer = {
            "decisions": {name: outcome for name, (outcome, _) in decided.items()},
            "registry": self._registry.digest,
            "at": at,
        }
        return Evaluated(answer, served, tuple(trace for _, trace in decided.values()))

    def decide(self, request: Request, at: int) -> str:
        """The answer's text."""
        return compact(self.evaluate(request, at).answer)

    def _serve(self, request: Request, at: int) -> Evaluation:
        """The features as served; derived ones after those that they read."""
        served = {name: reader.serve(request, at) for name, reader in self._readers.items()}
        evaluation = Evaluation(self._registry, self._models, request, at, served)
        refused = denied(request)

        def serve(name: str) -> None:
            feature = self._registry.features[name]
            if name in served or feature.derivation is None:
                return
            for inner in read_features(feature.derivation):
                serve(inner)
            owner = default_salt("features", name)
            served[name] = serve_derived(
                feature, served, at, refused, lambda condition: evaluation.evaluate(condition, owner).truth
            )

        for name in self._registry.features:
            serve(name)
        return evaluation

    def _names(self, wanted: object) -> list[str]:
        if wanted is None:
            return list(self._registry.decisions)
        assert isinstance(wanted, Sequence)
        for name in wanted:
            if name not in self._registry.decisions:
                raise UnknownDecisionError(name)
        return [name for name in self._registry.decisions if name in wanted]


def _decide(evaluation: Evaluation, name: str, document: DecisionDocument) -> tuple[dict[str, Any], DecisionTrace]:
    outcome: dict[str, Any] | None = None
    ranking: tuple[CandidateTrace, ...] = ()
    traces = []
    for index, rule in enumerate(document.rules):
        tests = tuple(_tests(evaluation, rule, default_salt("decisions", name)))
        items = candidates(evaluation, rule) if isinstance(rule, RankRule) else ()
        matched = all(test.truth is True for test in tests) and (not items or bool(ranked(items, 1)))
        asks = asking(evaluation.registry.policies, name, document, rule)
        doubt = None if asks is None else unsure(evaluation, asks, default_salt("decisions", name), items)
        traces.append(RuleTrace(index, _shows(rule), matched, tests, doubt))
        if matched and outcome is None:
            outcome = _outcome(evaluation, rule, index, items)
            outcome |= {"ask": doubt.within} if doubt is not None and doubt.asks else {}
            ranking = items
    if outcome is None:
        reason = Reason.DEFAULT if document.rules else Reason.STATIC
        outcome = _result(document.otherwise, evaluation.registry.payloads[document.otherwise].value, reason, None)
    return outcome, DecisionTrace(name, tuple(traces), ranking)


def _tests(evaluation: Evaluation, rule: Rule, owner: str) -> list[Trace]:
    tests = [] if rule.condition is None else [evaluation.evaluate(rule.condition, owner)]
    return [*tests, *enrolment(evaluation, rule.experiment)] if isinstance(rule, ExperimentRule) else tests


def _outcome(evaluation: Evaluation, rule: Rule, index: int, items: tuple[CandidateTrace, ...]) -> dict[str, Any]:
    payloads = evaluation.registry.payloads
    match rule:
        case ShowRule():
            reason = Reason.STATIC if rule.condition is None else Reason.TARGETING_MATCH
            return _result(rule.show, payloads[rule.show].value, reason, index)
        case ExperimentRule():
            chosen = variation(evaluation, rule.experiment)
            key = rule.show[chosen]
            return _result(key, payloads[key].value, Reason.SPLIT, index, rule.experiment, chosen)
        case RankRule():
            best = ranked(items, rule.top)
            value = {"items": [{"key": key, "value": payloads[key].value} for key in best]}
            return _result(best[0], value, Reason.TARGETING_MATCH, index)


def _result(
    key: str,
    value: object,
    reason: Reason,
    rule: int | None,
    experiment: str | None = None,
    variation: str | None = None,
) -> dict[str, Any]:
    return {
        "outcome": key,
        "payload": value,
        "reason": str(reason),
        "rule": rule,
        "experiment": experiment,
        "variation": variation,
        "mode": str(ServingMode.EDGE),
    }


def _shows(rule: Rule) -> str:
    match rule:
        case ShowRule():
            return rule.show
        case ExperimentRule():
            return f"experiment {rule.experiment}"
        case RankRule():
            return f"the best {rule.top} of {rule.rank}"
