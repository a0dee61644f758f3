"""Hybrid decisions: what asks has the time for it, and somebody to ask."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.asking import HYBRID, may_ask, unsure_of
from feature_registry.checks.draft import Draft, Spot
from feature_registry.checks.reads import Reads
from feature_registry.conditions import All, Condition, ModelTest
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import DecisionDocument, Rule, Unsure
from feature_registry.documents.hybrid_policy import LONGEST_BUDGET

_CLOUD_TIER = 3


def asking_times(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for rules that ask without a time, or for longer than a page may wait; warnings for those that a needed
    latency cuts short."""
    hybrid = draft.registry.policies.hybrid
    for name, decision, rule, unsure in _unsure_rules(draft):
        spot = Spot("decisions", name, f"{rule.at}/unsure")
        if unsure.within is None and hybrid is None and draft.is_sound("policies", HYBRID):
            message = "missing key `within`: the time that the cloud has to answer"
            help_line = 'for instance "within": "80ms"; the policy `hybrid` can say it for all rules'
            yield draft.error("missing-key", spot, message, help_line)
            continue
        at = spot if unsure.within is None else Spot(spot.kind, spot.name, f"{spot.at}/within")
        within = unsure.within if unsure.within is not None else 0 if hybrid is None else hybrid.within
        needed = decision.needs.latency
        if unsure.within is not None and not 1 <= unsure.within <= LONGEST_BUDGET:
            yield draft.error("out-of-range", at, f"expected 1ms to {LONGEST_BUDGET}ms, found {unsure.within}ms")
        elif needed is not None and within > needed:
            message = f"`{name}` needs an answer within {needed}ms, so asking never has {within}ms"
            yield draft.warning(
                "too-slow", at, message, f"ask within less than {needed}ms, or give the decision more time"
            )


def asking_places(draft: Draft) -> Iterator[Diagnostic]:
    """Warnings for rules that never ask: in the cloud, by a policy that leaves them out, without a policy, or with a
    band that the rule's own condition rules out; and for decisions of the cloud that must work without it."""
    hybrid = draft.registry.policies.hybrid
    for name, decision in draft.registry.decisions.items():
        if decision.runs == "cloud" and decision.needs.offline:
            message = f"`{name}` must work without the cloud, and runs there"
            help_line = 'set "runs": "edge", or take `offline` out'
            yield draft.warning("offline-in-cloud", Spot("decisions", name, "/needs/offline"), message, help_line)
    for name, decision, rule, unsure in _unsure_rules(draft):
        spot = Spot("decisions", name, f"{rule.at}/unsure")
        if decision.runs == "cloud":
            message, help_line = f"`{name}` runs in the cloud, which asks nobody", "take `unsure` out"
        elif hybrid is None:
            if not draft.is_sound("policies", HYBRID) or not draft.is_complete:
                continue
            message, help_line = (
                "no edge asks: there is no policy `hybrid`",
                'for instance {"hybrid": {}} in `policies`',
            )
        elif not may_ask(hybrid, name):
            message = f"the policy `hybrid` does not list `{name}` among the decisions that may ask"
            help_line = "list it there, or take `unsure` out"
        elif _is_apart(rule.condition, unsure.condition):
            message, help_line = (
                "the rule matches no score of the band, so it never asks",
                "widen the rule, or the band: only a rule that matches can ask",
            )
        else:
            continue
        yield draft.warning("never-asks", spot, message, help_line, key=True)


def hybrid_policy(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for a policy whose condition reads what stays in the cloud, and whose times contradict each other."""
    hybrid = draft.registry.policies.hybrid
    if hybrid is None:
        return
    reads = Reads(draft, lambda feature: feature.tier == _CLOUD_TIER)
    for feature, way in reads.of_condition(hybrid.condition).items():
        through = f" through {', '.join(way)}" if way else ""
        message = f"the edge asks by this condition, but it reads `{feature}` of tier 3{through}"
        help_line = f"sync `{feature}` to the edge as tier 2, or ask by another feature"
        yield draft.error("tier-3-at-edge", Spot("policies", HYBRID, "/if"), message, help_line)
    if hybrid.latency > LONGEST_BUDGET:
        message = f"expected at most {LONGEST_BUDGET}ms, found {hybrid.latency}ms"
        yield draft.error("out-of-range", Spot("policies", HYBRID, "/latency"), message)
    if hybrid.reserve >= hybrid.latency:
        message = f"expected less than the latency of {hybrid.latency}ms, found {hybrid.reserve}ms"
        spot = Spot("policies", HYBRID, "/reserve" if "reserve" in hybrid.model_fields_set else "/latency")
        yield draft.error("out-of-range", spot, message, "nothing would be left to ask in")
    if hybrid.breaker.longest_pause < hybrid.breaker.pause:
        message = f"expected at least the pause of {hybrid.breaker.pause}ms, found {hybrid.breaker.longest_pause}ms"
        yield draft.error("bad-window", Spot("policies", HYBRID, "/breaker"), message)


def degrade_policy(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for a value that is good and bad at once."""
    degrade = draft.registry.policies.degrade
    for key, pair in (("errors", degrade.errors), ("latency", degrade.latency)):
        if pair is not None and pair.good > pair.bad:
            message = f"expected at most {pair.bad:g}, where it is bad again, found {pair.good:g}"
            yield draft.error("bad-window", Spot("policies", "degrade", f"/{key}/good"), message, "swap the two")


def _unsure_rules(draft: Draft) -> Iterator[tuple[str, DecisionDocument, Rule, Unsure]]:
    for name, decision in draft.registry.decisions.items():
        for rule in decision.rules:
            unsure = unsure_of(rule)
            if unsure is not None:
                yield name, decision, rule, unsure


def _is_apart(condition: Condition | None, band: Condition | None) -> bool:
    """Whether a condition surely keeps out every score of a band of the same model's."""
    if not isinstance(band, ModelTest):
        return False
    items = condition.items if isinstance(condition, All) else (condition,)
    tests = [one for one in items if isinstance(one, ModelTest)]
    return any(
        (one.model, one.class_name) == (band.model, band.class_name)
        and ((_is_below(one.high, band.low)) or _is_below(band.high, one.low))
        for one in tests
    )


def _is_below(high: float | None, low: float | None) -> bool:
    """Whether everything below `high` is below `low` too."""
    return high is not None and low is not None and high <= low
