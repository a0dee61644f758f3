"""Objects and conditions in plain words, on one line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from feature_registry.compatibility.identities import Key
from feature_registry.conditions import All, Any, CohortRef, Condition, FeatureTest, ModelTest, Not, Schedule, Share
from feature_registry.documents import ExperimentRule, RankRule, Rule
from feature_registry.registry import Registry

_LONGEST = 120

_NOUNS: Mapping[str, str] = MappingProxyType(
    {
        "features": "feature",
        "cohorts": "cohort",
        "models": "model",
        "layers": "layer",
        "experiments": "experiment",
        "decisions": "decision",
        "payloads": "payload",
        "candidates": "candidate",
        "groups": "group",
        "units": "unit",
        "policies": "policy",
        "environments": "environment",
    }
)

_OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        "in": "is one of",
        "not_in": "is none of",
        "less": "is less than",
        "at_most": "is at most",
        "more": "is more than",
        "at_least": "is at least",
        "between": "is between",
        "before": "is before",
        "after": "is after",
        "newer_than": "is newer than",
        "older_than": "is older than",
        "has_any": "have any of",
        "has_all": "have all of",
        "has_none": "have none of",
    }
)
"""Operators in words, where their name with spaces is none."""


def named(key: Key) -> str:
    """An object in words, such as "the cohort `dach`"."""
    return f"the {_NOUNS[key[0]]} `{key[1]}`"


def whom(registry: Registry, rule: Rule, index: int) -> str:
    """Whom a rule of a decision is for; rules before it take theirs first."""
    parts = []
    if isinstance(rule, ExperimentRule):
        experiment = registry.experiments[rule.experiment]
        parts.append(f"units of `{experiment.unit}` in the experiment `{rule.experiment}`")
        if experiment.cohort is not None:
            parts.append(f"in the cohort `{experiment.cohort}`")
    if rule.condition is not None:
        parts.append(in_words(rule.condition) if parts else f"visitors {in_words(rule.condition)}")
    if isinstance(rule, RankRule):
        parts.append(f"who can be shown one of the group `{rule.rank}`")
    words = ", ".join(parts) if parts else "all visitors"
    return words if index == 0 else f"{words}, whom no earlier rule matches"


def in_words(condition: Condition) -> str:
    """Who satisfies a condition, to follow "visitors"; cut where it grows too long."""
    text = _in_words(condition)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _in_words(condition: Condition) -> str:
    match condition:
        case All(items):
            return " and ".join(_grouped(item, Any) for item in items)
        case Any(items):
            return " or ".join(_grouped(item, All) for item in items)
        case Not(CohortRef(name)):
            return f"not in the cohort `{name}`"
        case Not(item):
            return f"not ({_in_words(item)})"
        case CohortRef(name):
            return f"in the cohort `{name}`"
        case FeatureTest(feature, operator, argument):
            if operator == "is_missing":
                return f"whose `{feature}` is {'missing' if argument else 'known'}"
            return f"whose `{feature}` {_OPERATORS.get(operator, operator.replace('_', ' '))} {_argument(argument)}"
        case ModelTest(model, op):
            bounds = [f"{bound:g}" for bound in (condition.low, condition.high) if bound is not None]
            told = " and ".join(bounds) if condition.class_name is None else condition.class_name
            return f"whose score of `{model}` {'is' if op == 'is' else f'is {op}'.replace('_', ' ')} {told}"
        case Share(fraction, unit):
            return f"in a share of {100 * fraction:g} % of `{unit}`"
        case Schedule(zone):
            return f"in the hours of a schedule in {zone}"
        case _:
            assert_never(condition)


def _grouped(item: Condition, kind: type[All | Any]) -> str:
    return f"({_in_words(item)})" if isinstance(item, kind) else _in_words(item)


def _argument(argument: object) -> str:
    if isinstance(argument, tuple):
        return ", ".join(map(_argument, argument))
    if isinstance(argument, bool):
        return str(argument).lower()
    return f"{argument:.15g}" if isinstance(argument, float) else f"`{argument}`"
