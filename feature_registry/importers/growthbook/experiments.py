"""GrowthBook's experiments: who takes part, and in which variation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from feature_registry.importers.draft import Arm, RegistryDraft, Show, Split
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, conj, disj, negate
from feature_registry.importers.growthbook.conditions import Attributes, Conditions
from feature_registry.importers.growthbook.ranges import (
    BUCKETINGS,
    Range,
    bucket_ranges,
    clamped,
    known,
    within,
    within_some,
)
from feature_registry.importers.growthbook.urls import is_targeted
from feature_registry.importers.jsonlogic.literals import is_number
from feature_registry.importers.regular_expressions import literal
from feature_registry.importers.values import Attribute

Json = Mapping[str, object]
Prerequisites = Callable[[Sequence[object]], Formula]
"""Whether the prerequisites of an experiment are met."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for all experiments of a document."""

    draft: RegistryDraft
    conditions: Conditions
    forced: Json
    enabled: bool
    quality_assurance: bool
    sticky: bool
    overrides: bool


def experiment_arms(
    setting: Setting,
    experiment: Json,
    prerequisites: Prerequisites,
    leaves: Sequence[tuple[Formula, Json]] | None = None,
) -> list[Arm]:
    """The rules of an experiment, in order; who matches none is not in it. Raises NotCarriedError.

    `leaves` are the experiment as different people see it, with formulas of which exactly one holds.
    """
    variations = _list(experiment.get("variations"))
    if len(variations) < 2 or not setting.enabled:
        return []
    key = str(experiment["key"])
    shown = _shown(experiment, variations)
    passing = [bool(meta.get("passthrough")) for meta in _metas(experiment, len(variations))]
    guard = TRUE
    if "urlPatterns" in experiment:
        guard = is_targeted(setting.draft, _list(experiment["urlPatterns"]))
    arms: list[Arm] = []
    if setting.overrides:
        for index, test in enumerate(_overrides(setting.draft, key, len(variations))):
            if passing[index]:
                guard = conj((guard, negate(test)))
            else:
                arms.append(Arm(conj((guard, test)), shown[index]))
    if key in setting.forced:
        forced = setting.forced[key]
        if isinstance(forced, int) and 0 <= forced < len(variations) and not passing[forced]:
            arms.append(Arm(guard, shown[forced]))
        return arms
    if experiment.get("status") == "draft" or experiment.get("active") is False:
        return arms
    if experiment.get("groups") or experiment.get("url"):
        raise NotCarriedError("legacy-targeting", "the experiment is targeted by `groups` or `url`, of old versions")
    for formula, leaf in leaves or [(TRUE, experiment)]:
        arms += _assigned(setting, leaf, conj((guard, formula)), shown, passing, prerequisites)
    return arms


def filtered(draft: RegistryDraft, filters: Sequence[object]) -> Formula:
    """Whether the unit passes all filters."""
    found = []
    for one in filters:
        if not isinstance(one, dict):
            raise NotCarriedError("malformed-filter", "a filter is no object")
        unit = draft.unit(str(one.get("attribute") or "id"))
        version = _version(one.get("hashVersion"), 2)
        ranges = [_range(item) for item in _list(one.get("ranges"))]
        found.append(within_some(unit, version, str(one.get("seed", "")), ranges))
    return conj(found)


def ranges_of(experiment: Json) -> list[Range]:
    """The range of places of each variation."""
    count = len(_list(experiment.get("variations")))
    if experiment.get("ranges"):
        given = [_range(item) for item in _list(experiment["ranges"])]
        return (given + [(0.0, 0.0)] * count)[:count]
    coverage, weights = experiment.get("coverage"), experiment.get("weights")
    listed = [weight for weight in weights if is_number(weight)] if isinstance(weights, list) else None
    return bucket_ranges(count, float(coverage) if isinstance(coverage, int | float) else None, listed)


def hash_version(experiment: Json) -> int:
    """The version of the hash; 1 when it is not given."""
    return _version(experiment.get("hashVersion"), 1)


def _assigned(
    setting: Setting,
    experiment: Json,
    guard: Formula,
    shown: list[Show],
    passing: list[bool],
    prerequisites: Prerequisites,
) -> list[Arm]:
    """The rules for those who are assigned by their place, or were before."""
    if hash_version(experiment) not in BUCKETINGS or setting.quality_assurance or experiment.get("status") == "stopped":
        forces_all = "force" in experiment and hash_version(experiment) in BUCKETINGS
        if not forces_all:
            return []
    arms: list[Arm] = []
    units = _units(setting, experiment)
    is_sticky = setting.sticky and not experiment.get("disableStickyBucketing")
    if is_sticky:
        found, blocked = _sticky(setting, experiment)
        guard = conj((guard, negate(blocked)))
        there = disj(known(unit) for unit in units)
        for index, test in enumerate(found):
            if passing[index]:
                guard = conj((guard, negate(test)))
            else:
                arms.append(Arm(conj((guard, test, there)), _forced(experiment, shown, shown[index])))
    missing: Formula = TRUE
    for unit in units:
        open_to = conj((guard, missing, _targeted(setting, experiment, unit, prerequisites)))
        arms += _split(setting, experiment, open_to, unit, shown, passing)
        missing = conj((missing, negate(known(unit))))
    return [arm for arm in arms if arm.condition != FALSE]


def _forced(experiment: Json, shown: list[Show], otherwise: Show) -> Show:
    force = experiment.get("force")
    return shown[force] if "force" in experiment and isinstance(force, int) and 0 <= force < len(shown) else otherwise


def _targeted(setting: Setting, experiment: Json, unit: str, prerequisites: Prerequisites) -> Formula:
    found = []
    if experiment.get("filters"):
        found.append(filtered(setting.draft, _list(experiment["filters"])))
    elif experiment.get("namespace"):
        namespace = _list(experiment["namespace"])
        if len(namespace) != 3:
            raise NotCarriedError("malformed-namespace", "a namespace is no list of an id and a range")
        found.append(within(unit, 1, f"__{namespace[0]}", _range(namespace[1:])))
    if experiment.get("condition"):
        found.append(setting.conditions.formula(experiment["condition"], Attributes(setting.draft)))
    if experiment.get("parentConditions"):
        found.append(prerequisites(_list(experiment["parentConditions"])))
    return conj(found)


def _split(
    setting: Setting, experiment: Json, guard: Formula, unit: str, shown: list[Show], passing: list[bool]
) -> list[Arm]:
    ranges, version = ranges_of(experiment), hash_version(experiment)
    seed = str(experiment.get("seed") or experiment["key"])
    if "force" in experiment:
        forced = experiment["force"]
        if not isinstance(forced, int) or not 0 <= forced < len(shown) or passing[forced]:
            return []
        return [Arm(conj((guard, within_some(unit, version, seed, ranges))), shown[forced])]
    rows = []
    for index, bounds in enumerate(ranges):
        if passing[index]:
            if any(bounds[0] < high and low < bounds[1] for low, high in ranges[index + 1 :]):
                guard = conj((guard, negate(within(unit, version, seed, bounds))))
        else:
            rows.append((shown[index], bounds))
    if all(low >= high for _, (low, high) in rows):
        return []
    if len(rows) < 2:
        return [Arm(conj((guard, within(unit, version, seed, bounds))), one) for one, bounds in rows]
    weights = _weights(experiment, len(ranges))
    kept = [weight for weight, passes in zip(weights, passing, strict=True) if not passes]
    split = Split(
        experiment=str(experiment["key"]),
        bucketing=BUCKETINGS[version],
        unit=unit,
        seed=seed,
        seed_after="",
        variations=tuple((one.key, weight, one) for (one, _), weight in zip(rows, kept, strict=True)),
        ranges=tuple(clamped(bounds) for _, bounds in rows),
    )
    return [Arm(guard, split)]


def _weights(experiment: Json, count: int) -> list[float]:
    """What the variations weigh: the widths of their ranges."""
    return [max(0.0, round(high - low, 6)) for low, high in map(clamped, ranges_of(experiment))][:count]


def _sticky(setting: Setting, experiment: Json) -> tuple[list[Formula], Formula]:
    """For each variation whether the visitor keeps it, and whether an old assignment bars from the experiment."""
    key, metas = str(experiment["key"]), _metas(experiment, len(_list(experiment.get("variations"))))
    version, lowest = int(_number(experiment.get("bucketVersion"))), int(_number(experiment.get("minBucketVersion")))
    if lowest > 100:
        raise NotCarriedError("many-bucket-versions", "more than 100 versions of buckets are barred")

    def assignment(of: int) -> Attribute:
        return Attribute(setting.draft, f"{key}__{of}", "sticky")

    barred = disj(negate(assignment(of).is_null()) for of in range(lowest))
    found: list[Formula] = []
    seen: set[str] = set()
    for meta in metas:
        name = meta.get("key")
        is_first = isinstance(name, str) and name not in seen
        found.append(assignment(version).test("text", None, "is", name) if is_first else FALSE)
        if isinstance(name, str):
            seen.add(name)
    return found, barred


def _overrides(draft: RegistryDraft, key: str, count: int) -> list[Formula]:
    """For each variation whether the page's query forces it: ?KEY=NUMBER."""
    try:
        value = Attribute(draft, key, "query")
        if "." in key:
            return []
        numbers = [r"[\+\-]?0+" if index == 0 else rf"\+?0*{literal(str(index))}" for index in range(count)]
        return [value.test("text", None, "matches", rf"\s*{one}(?:[^0-9][\d\D]*)?") for one in numbers]
    except NotCarriedError:
        return []  # a key that no query can hold forces nothing


def _units(setting: Setting, experiment: Json) -> list[str]:
    """The unit, and with sticky bucketing the one that stands in where it is missing."""
    names = [str(experiment.get("hashAttribute") or "id")]
    fallback = experiment.get("fallbackAttribute")
    if setting.sticky and not experiment.get("disableStickyBucketing") and isinstance(fallback, str) and fallback:
        names.append(fallback)
    return [setting.draft.unit(name) for name in dict.fromkeys(names)]


def _shown(experiment: Json, variations: list[object]) -> list[Show]:
    metas = _metas(experiment, len(variations))
    return [
        Show(str(meta.get("key") or index), value)
        for index, (value, meta) in enumerate(zip(variations, metas, strict=True))
    ]


def _metas(experiment: Json, count: int) -> list[Mapping[str, object]]:
    given: list[Mapping[str, object]] = [
        meta if isinstance(meta, dict) else {} for meta in _list(experiment.get("meta") or [])
    ]
    return (given + [{}] * count)[:count]


def _range(value: object) -> Range:
    if not isinstance(value, list) or len(value) != 2 or not all(map(is_number, value)):
        raise NotCarriedError("malformed-range", "a range is no list of two numbers")
    return float(value[0]), float(value[1])


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise NotCarriedError("malformed", "something that should be a list is none")
    return value


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _version(value: object, usual: int) -> int:
    """A hash version; 0, which no hash has, for what is none."""
    if not value:
        return usual
    return int(value) if isinstance(value, int | float) and value in (1, 2) else 0
