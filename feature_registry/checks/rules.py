"""Rules of decisions: those that nothing reaches, and what rankings need of their candidates."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.checks.draft import Draft, Spot
from feature_registry.conditions import All, Condition
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import CANDIDATES, DecisionDocument, ModelInput, RankRule, Rule, ShowRule
from feature_registry.findings import described
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import did_you_mean, listed
from feature_registry.scores import DaysSinceScore, FeatureScore, ItemScore, ModelScore, walk_score
from feature_registry.values import FeatureType


def unreachable_rules(draft: Draft) -> Iterator[Diagnostic]:
    """Warnings for rules behind one that matches everyone, or everyone that they match."""
    for name, decision in draft.registry.decisions.items():
        if not draft.is_sound("decisions", name):
            continue
        closing: list[tuple[Rule, frozenset[Condition]]] = []  # rules that surely match once their conditions do
        for rule in decision.rules:
            needed = frozenset(_conjuncts(rule.condition))
            earlier = next((one for one, conditions in closing if conditions <= needed), None)
            if earlier is not None:
                line = draft.registry.place("decisions", name, earlier.at).line
                whom = "everyone" if earlier.condition is None else "everyone whom this one matches"
                message = f"this rule is never reached: the rule at line {line} matches {whom}"
                yield draft.warning(
                    "unreachable-rule", Spot("decisions", name, rule.at), message, "move it up, or take it out"
                )
            elif _surely_matches(draft, rule):
                closing.append((rule, needed))


def ranking_candidates(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for rankings at the edge with too many candidates."""
    for name, decision, rule in _rankings(draft):
        found = len(_candidates(draft, rule))
        if found > CANDIDATES and decision.runs == "edge":
            message = f"expected at most {CANDIDATES} candidates at the edge, found {found} in the group `{rule.rank}`"
            help_line = 'split the group, or set "runs": "cloud" on the decision'
            yield draft.error("too-many-candidates", Spot("decisions", name, f"{rule.at}/rank"), message, help_line)


def ranking_features(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for features in scores that are no numbers."""
    for name, _, rule in _rankings(draft):
        for score in walk_score(rule.by):
            feature = (
                draft.registry.features.get(score.feature) if isinstance(score, FeatureScore | DaysSinceScore) else None
            )
            if feature is None:
                continue
            if isinstance(score, DaysSinceScore):
                if feature.type is not FeatureType.TIMESTAMP:
                    message = f"expected a timestamp, found a feature of type {feature.type}"
                    spot = Spot("decisions", name, f"{score.at}/days_since")
                    yield draft.error("not-for-type", spot, message, "days are counted from a time")
            elif feature.type not in (FeatureType.NUMBER, FeatureType.BOOL):
                message = f"expected a number or a bool, found a feature of type {feature.type}"
                help_line = "scores count with numbers; use a text in the candidates' conditions, or in a model"
                yield draft.error("not-for-type", Spot("decisions", name, f"{score.at}/feature"), message, help_line)


def ranking_attributes(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for attributes that no candidate has or that are no numbers; warnings for candidates that lack one."""
    for name, _, rule in _rankings(draft):
        for score in walk_score(rule.by):
            if isinstance(score, ItemScore):
                spot = Spot("decisions", name, f"{score.at}/item")
                yield from _attribute(draft, rule, score.attribute, None, spot)
            elif isinstance(score, ModelScore) and score.model in draft.registry.models:
                for column, source in draft.registry.models[score.model].inputs.items():
                    if source.item is not None:
                        spot = Spot("models", score.model, pointer_to("inputs", column, "item"))
                        yield from _attribute(draft, rule, source.item, source, spot)


def _rankings(draft: Draft) -> Iterator[tuple[str, DecisionDocument, RankRule]]:
    for name, decision in draft.registry.decisions.items():
        for rule in decision.rules:
            if isinstance(rule, RankRule):
                yield name, decision, rule


def _candidates(draft: Draft, rule: RankRule) -> tuple[str, ...]:
    return draft.registry.group(rule.rank)


def _attribute(
    draft: Draft, rule: RankRule, attribute: str, source: ModelInput | None, spot: Spot
) -> Iterator[Diagnostic]:
    payloads = draft.registry.payloads
    candidates = [name for name in _candidates(draft, rule) if draft.is_sound("payloads", name)]
    lacking = [name for name in candidates if attribute not in payloads[name].attributes]
    if candidates and len(lacking) == len(candidates):
        known = sorted({key for name in candidates for key in payloads[name].attributes})
        message = f"unknown attribute `{attribute}`: no candidate of the group `{rule.rank}` has it"
        help_line = did_you_mean(attribute, known) or (f"they have {listed(known)}" if known else "they have none")
        yield draft.error("unknown-attribute", spot, message, help_line)
        return
    for name in lacking:
        message = f"missing the attribute `{attribute}` that the group `{rule.rank}` is ranked by"
        yield draft.warning(
            "missing-attribute", Spot("payloads", name, ""), message, "without it the candidate ranks last"
        )
    wants_text = source is not None and source.categories is not None
    for name in candidates:
        value = payloads[name].attributes.get(attribute)
        if value is not None and isinstance(value, str) is not wants_text:
            wanted = (
                "text, since the model lists categories for it"
                if wants_text
                else "a number, `true` or `false` to rank by"
            )
            at = Spot("payloads", name, pointer_to("attributes", attribute))
            yield draft.error("wrong-type", at, f"expected {wanted}, found {described(value)}")


def _surely_matches(draft: Draft, rule: Rule) -> bool:
    """Whether the rule matches whenever its condition does: an experiment may enrol nobody, a ranking be empty."""
    if isinstance(rule, RankRule):
        return any(draft.registry.payloads[name].condition is None for name in _candidates(draft, rule))
    return isinstance(rule, ShowRule)


def _conjuncts(condition: Condition | None) -> Iterator[Condition]:
    """The conditions that must all be true."""
    if isinstance(condition, All):
        for item in condition.items:
            yield from _conjuncts(item)
    elif condition is not None:
        yield condition
