"""Decisions to choices among leaves: one leaf for each static outcome that a rule can have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from decision_engine.ir import Ref
from decision_engine.ir.nodes import AllOf, AnyOf, Candidate, Choose, Code, Decision, Leaf, Ranking
from decision_engine.lowering.conditions import always, lower_condition
from decision_engine.lowering.experiments import lower_enrolment, lower_variation
from decision_engine.lowering.scope import RegistryScope
from decision_engine.lowering.scores import lower_ranking_score
from decision_engine.lowering.unsure import lower_asking
from decision_engine.reasons import Reason
from feature_registry import DecisionDocument, ExperimentRule, RankRule, Rule, ShowRule
from feature_registry.asking import Asking, asking
from feature_registry.conditions import Condition, default_salt


@dataclass(slots=True)
class _Outcomes:
    """The leaves and rankings of a decision while its rules are lowered."""

    leaves: list[Leaf] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)

    def add(self, leaf: Leaf) -> int:
        self.leaves.append(leaf)
        return len(self.leaves) - 1


def lower_decision(scope: RegistryScope, name: str, document: DecisionDocument) -> Decision:
    """The decision `name`: the first rule whose condition is true gives the outcome, else `otherwise` does."""
    outcomes = _Outcomes()
    owner = default_salt("decisions", name)
    arms = tuple(
        _lower_rule(scope, outcomes, rule, index, owner, asking(scope.registry.policies, name, document, rule))
        for index, rule in enumerate(document.rules)
    )
    otherwise = scope.payload(document.otherwise)
    last = outcomes.add(Leaf(otherwise, Reason.DEFAULT if arms else Reason.STATIC, None))
    neutral = outcomes.add(Leaf(otherwise, Reason.ERROR, None))
    code = scope.add(Code(last))
    outcome = scope.add(Choose(arms, code)) if arms else code
    return Decision(name, outcome, tuple(outcomes.leaves), tuple(outcomes.rankings), neutral)


def _lower_rule(
    scope: RegistryScope, outcomes: _Outcomes, rule: Rule, index: int, owner: str, asks: Asking | None
) -> tuple[Ref, Ref]:
    """(condition, code) of one rule."""
    match rule:
        case ShowRule():
            reason = Reason.STATIC if rule.condition is None else Reason.TARGETING_MATCH
            leaf = Leaf(scope.payload(rule.show), reason, index)
            condition = _condition(scope, rule.condition, owner)
            return condition, _code(scope, outcomes, leaf, asks, owner)
        case ExperimentRule():
            # In the experiment's order: that of the keys of `show` does not count in the registry's digest.
            codes = {
                name: outcomes.add(Leaf(scope.payload(rule.show[name]), Reason.SPLIT, index, rule.experiment, name))
                for name in scope.registry.experiments[rule.experiment].variations
            }
            enrolled = lower_enrolment(scope, rule.experiment)
            condition = scope.add(AllOf((_condition(scope, rule.condition, owner), enrolled)))
            return condition, lower_variation(scope, rule.experiment, codes)
        case RankRule():
            return _lower_ranking(scope, outcomes, rule, index, owner, asks)


def _lower_ranking(
    scope: RegistryScope, outcomes: _Outcomes, rule: RankRule, index: int, owner: str, asks: Asking | None
) -> tuple[Ref, Ref]:
    """A ranking matches when its condition is true and at least one candidate is eligible."""
    candidates = []
    for payload_name in scope.registry.group(rule.rank):
        payload = scope.registry.payloads[payload_name]
        eligible = _condition(scope, payload.condition, default_salt("payloads", payload_name))
        score = lower_ranking_score(scope, rule.by, payload.attributes)
        candidates.append(Candidate(scope.payload(payload_name), eligible, score))
    first = len(outcomes.leaves)
    code = _code(scope, outcomes, Leaf(None, Reason.TARGETING_MATCH, index), asks, owner, candidates)
    for leaf in range(first, len(outcomes.leaves)):
        outcomes.rankings.append(Ranking(leaf, tuple(candidates), min(rule.top, len(candidates))))
    someone = scope.add(AnyOf(tuple(candidate.eligible for candidate in candidates)))
    return scope.add(AllOf((_condition(scope, rule.condition, owner), someone))), code


def _code(
    scope: RegistryScope,
    outcomes: _Outcomes,
    leaf: Leaf,
    asks: Asking | None,
    owner: str,
    candidates: Sequence[Candidate] = (),
) -> Ref:
    """The code of a rule's outcome: its leaf, or the one that asks where that holds, which shows the same."""
    if asks is None:
        return scope.add(Code(outcomes.add(leaf)))
    condition = lower_asking(scope, asks, owner, candidates)
    sure = None if condition is None else scope.add(Code(outcomes.add(leaf)))
    unsure = scope.add(Code(outcomes.add(replace(leaf, ask=asks.within))))
    if condition is None or sure is None:
        return unsure
    return scope.add(Choose(((condition, unsure),), sure))


def _condition(scope: RegistryScope, condition: Condition | None, owner: str) -> Ref:
    return always(scope) if condition is None else lower_condition(scope, condition, owner)
