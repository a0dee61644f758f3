"""Which rules ask the cloud, and in which time: a rule's own `unsure` with what the policy `hybrid` says of it."""

from __future__ import annotations

from dataclasses import dataclass

from feature_registry.conditions import Condition
from feature_registry.documents import DecisionDocument, Hybrid, Policies, RankRule, Rule, ShowRule, Unsure

HYBRID = "hybrid"
"""The name of the policy."""


@dataclass(frozen=True, slots=True)
class Asking:
    """When a rule that matched asks, and its time in ms: all that stands here must hold.

    `own` is the rule's condition, `policy` that of the policy: their shares have different salts. `margin` is the lead
    of a ranking's first score over the second below which it asks.
    """

    within: int
    own: Condition | None
    policy: Condition | None
    margin: float | None


def unsure_of(rule: Rule) -> Unsure | None:
    """What a rule says of being unsure; an experiment's never is."""
    return rule.unsure if isinstance(rule, ShowRule | RankRule) else None


def asking(policies: Policies, name: str, decision: DecisionDocument, rule: Rule) -> Asking | None:
    """When a rule of the decision `name` asks; None when it never does.

    A decision that runs in the cloud has nobody to ask.
    """
    unsure, hybrid = unsure_of(rule), policies.hybrid
    if unsure is None or decision.runs == "cloud" or not may_ask(hybrid, name):
        return None
    within = unsure.within if unsure.within is not None else None if hybrid is None else hybrid.within
    if not within:
        return None
    return Asking(within, unsure.condition, None if hybrid is None else hybrid.condition, unsure.margin)


def may_ask(hybrid: Hybrid | None, name: str) -> bool:
    """Whether the policy, if there is one, lets the decision `name` ask."""
    return hybrid is None or hybrid.decisions is None or name in hybrid.decisions
