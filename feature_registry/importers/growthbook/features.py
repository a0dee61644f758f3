"""GrowthBook's features as rules: forced values, rollouts, experiments, contextual bandits, prerequisites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from feature_registry.importers.draft import Arm, Show, Split
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, Within, conj, disj, negate
from feature_registry.importers.growthbook.conditions import Attributes, KnownObject
from feature_registry.importers.growthbook.experiments import (
    Setting,
    experiment_arms,
    filtered,
    hash_version,
)
from feature_registry.importers.growthbook.ranges import covered_by, known, within
from feature_registry.importers.jsonlogic.literals import is_number

Json = Mapping[str, object]

_MOST_EVALUATIONS = 2000
_NOTHING = Show("no_value", None)
_CYCLE = Show("cyclic_prerequisite", None)
"""What a feature shows whose prerequisites lead back to it."""

Result: TypeAlias = tuple[Formula, Show]
_EXPERIMENT_KEYS = (
    "coverage",
    "weights",
    "hashAttribute",
    "fallbackAttribute",
    "disableStickyBucketing",
    "bucketVersion",
    "minBucketVersion",
    "namespace",
    "meta",
    "ranges",
    "seed",
    "hashVersion",
    "filters",
    "condition",
)


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a document. `count` bounds the work on prerequisites."""

    setting: Setting
    features: Mapping[str, object]
    bandits: Mapping[str, object]
    count: list[int] = field(default_factory=lambda: [0])

    def arms(self, key: str, path: frozenset[str]) -> tuple[list[Arm], Show]:
        """The rules of a feature and what it shows otherwise; `path` are the features that ask for it."""
        self.count[0] += 1
        if self.count[0] > _MOST_EVALUATIONS:
            raise NotCarriedError("large-logic", "prerequisites lead through too many features")
        if key in path:
            return [], _CYCLE
        feature = self.features.get(key)
        if not isinstance(feature, dict):
            return [], _NOTHING
        found: list[Arm] = []
        rules = feature.get("rules") or []
        if not isinstance(rules, list):
            raise NotCarriedError("malformed", "the rules of a feature are no list")
        for rule in rules:
            if not isinstance(rule, dict):
                raise NotCarriedError("malformed", "a rule is no object")
            found += self._rule(key, rule, path | {key})
        default = feature.get("defaultValue")
        return [arm for arm in found if arm.condition != FALSE], Show("default", default)

    def prerequisites_met(self, parents: Sequence[object], path: frozenset[str]) -> Formula:
        """Whether all prerequisites of an experiment are met; a circle is not."""
        found = []
        for parent in parents:
            passes, is_cycle = self._parent(parent, path)
            found.append(conj((passes, negate(is_cycle))))
        return conj(found)

    def _rule(self, key: str, rule: Json, path: frozenset[str]) -> list[Arm]:
        setting, arms, guard = self.setting, [], TRUE
        for parent in _list(rule.get("parentConditions") or []):
            passes, is_cycle = self._parent(parent, path)
            arms.append(Arm(conj((guard, is_cycle)), _CYCLE))
            guard = conj((guard, negate(is_cycle)))
            if isinstance(parent, dict) and parent.get("gate"):
                arms.append(Arm(conj((guard, negate(passes))), Show("prerequisite", None)))
            guard = conj((guard, passes))
        if rule.get("filters"):
            guard = conj((guard, filtered(setting.draft, _list(rule["filters"]))))
        if "force" in rule:
            return [*arms, Arm(conj((guard, self._forced(key, rule))), Show("force", rule["force"]))]
        variations = rule.get("contextualVariations")
        variations = rule.get("variations") if variations is None else variations
        if not variations:
            return arms
        experiment = {name: rule[name] for name in _EXPERIMENT_KEYS if rule.get(name) is not None}
        experiment |= {"key": rule.get("key") or key, "variations": variations}
        within_it = experiment_arms(setting, experiment, lambda _: TRUE, self._leaves(rule, experiment))
        return [*arms, *(Arm(conj((guard, arm.condition)), arm.outcome) for arm in within_it)]

    def _forced(self, key: str, rule: Json) -> Formula:
        """Whether a forced value applies: its condition, and its part of the units."""
        setting, found = self.setting, []
        if rule.get("condition"):
            found.append(setting.conditions.formula(rule["condition"], Attributes(setting.draft)))
        bounds, coverage = rule.get("range"), rule.get("coverage")
        if not bounds and not is_number(coverage):
            return conj(found)
        if not bounds and coverage == 0:
            return FALSE
        names = [str(rule.get("hashAttribute") or "id")]
        fallback = rule.get("fallbackAttribute")
        if setting.sticky and not rule.get("disableStickyBucketing") and isinstance(fallback, str) and fallback:
            names.append(fallback)
        seed, missing, parts = str(rule.get("seed") or key), TRUE, []
        for name in dict.fromkeys(names):
            unit = setting.draft.unit(name)
            assert bounds or isinstance(coverage, int | float)
            wanted = _range(bounds) if bounds else covered_by(float(coverage))  # type: ignore[arg-type]  # a number, as was asked
            parts.append(conj((missing, within(unit, hash_version(rule), seed, wanted))))
            missing = conj((missing, negate(known(unit))))
        return conj((*found, disj(parts)))

    def _leaves(self, rule: Json, experiment: dict[str, object]) -> list[tuple[Formula, Json]] | None:
        """The contexts of a contextual bandit, each with its weights; the rule's weights where none matches."""
        bandit = self.bandits.get(str(rule.get("contextualBanditRef")))
        if not rule.get("contextualBanditRef") or not isinstance(bandit, dict):
            return None
        setting, found, open_to = self.setting, [], TRUE
        for context in _list(bandit.get("contexts") or []):
            if not isinstance(context, dict):
                raise NotCarriedError("malformed", "a context of a contextual bandit is no object")
            condition = setting.conditions.formula(context.get("condition") or {}, Attributes(setting.draft))
            found.append((conj((open_to, condition)), {**experiment, "weights": context.get("weights")}))
            open_to = conj((open_to, negate(condition)))
        return [*found, (open_to, experiment)]

    def _parent(self, parent: object, path: frozenset[str]) -> tuple[Formula, Formula]:
        """Whether a prerequisite's value passes, and whether it leads in a circle."""
        if not isinstance(parent, dict) or not isinstance(parent.get("id"), str):
            raise NotCarriedError("malformed-prerequisite", "a prerequisite names no feature")
        results = self._results(parent["id"], path)
        passes = _where(results, lambda shown: self._value_passes(shown, parent.get("condition") or {}))
        return passes, _where(results, lambda shown: TRUE if shown is _CYCLE else FALSE)

    def _value_passes(self, shown: Show, condition: object) -> Formula:
        subject = KnownObject(self.setting.draft.semantics, {"value": shown.value})
        return self.setting.conditions.formula(condition, subject)

    def _results(self, key: str, path: frozenset[str]) -> list[Result]:
        """What a feature shows by cases, the last of which always holds."""
        arms, otherwise = self.arms(key, path)
        found: list[Result] = []
        for arm in arms:
            if isinstance(arm.outcome, Show):
                found.append((arm.condition, arm.outcome))
            else:
                found += [(conj((arm.condition, one)), shown) for one, shown in _expanded(arm.outcome)]
        return [*found, (TRUE, otherwise)]


def _expanded(split: Split) -> list[Result]:
    shared = (split.unit, split.bucketing, split.seed, split.seed_after)
    rows = zip(split.variations, split.ranges, strict=True)
    return [(Within(*shared, low, high), shown) for (_, _, shown), (low, high) in rows if low < high]


def _where(results: Sequence[Result], test: object) -> Formula:
    """Whether the first result whose formula holds passes the test."""
    assert callable(test)
    found: Formula = FALSE
    for formula, shown in reversed(results):
        passes: Formula = test(shown)
        if formula == TRUE or passes == found:
            found = passes
        elif passes == TRUE:
            found = disj((formula, found))
        elif passes == FALSE:
            found = conj((negate(formula), found))
        else:
            found = disj((conj((formula, passes)), conj((negate(formula), found))))
    return found


def _range(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2 or not all(map(is_number, value)):
        raise NotCarriedError("malformed-range", "a range is no list of two numbers")
    return float(value[0]), float(value[1])


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise NotCarriedError("malformed", "something that should be a list is none")
    return value
