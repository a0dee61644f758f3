"""Rules about features: what a value means, and where it may go."""

from __future__ import annotations

from math import inf

from feature_registry.compatibility.rule import (
    CompatibilityRule,
    Told,
    Weight,
    changed,
    duration,
    in_all_features,
    in_features,
    shown,
)
from feature_registry.documents import Feature

_CLASSES = ("anonymous", "pseudonymous", "personal", "sensitive")
_ADD = "add a feature with the new meaning beside this one, move its readers over, then retire this one"
_MEANING = ("type", "source", "kind")
"""The attributes that say what a value is, beside its unit and its derivation."""


def _unit(old: Feature, new: Feature) -> Told:
    """A unit that is told for the first time is no change."""
    return None if old.unit is None else changed("/unit", old.unit, new.unit, "the unit")


def _range_narrowed(old: Feature, new: Feature) -> Told:
    was, now = old.bounds or (-inf, inf), new.bounds or (-inf, inf)
    if now[0] <= was[0] and was[1] <= now[1]:
        return None
    return "/range", f"the range changes from {shown(old.bounds)} to {shown(new.bounds)}"


def _range_widened(old: Feature, new: Feature) -> Told:
    was, now = old.bounds or (-inf, inf), new.bounds or (-inf, inf)
    if was[0] <= now[0] and now[1] <= was[1]:
        return None
    return "/range", f"the range changes from {shown(old.bounds)} to {shown(new.bounds)}"


def _values_removed(old: Feature, new: Feature) -> Told:
    if new.values is None or (old.values is not None and set(old.values) <= set(new.values)):
        return None
    gone = "every other text" if old.values is None else shown([one for one in old.values if one not in new.values])
    return "/values", f"the values lose {gone}"


def _purpose_widened(old: Feature, new: Feature) -> Told:
    more = [one for one in new.purposes if one not in old.purposes]
    return ("/purposes", f"the purposes gain {shown(more)}") if more else None


def _consent_dropped(old: Feature, new: Feature) -> Told:
    gone = [one for one in old.purposes if one not in new.purposes]
    return ("/purposes", f"the purposes lose {shown(gone)}") if gone else None


def _class_lowered(old: Feature, new: Feature) -> Told:
    is_lower = _CLASSES.index(new.data_class) < _CLASSES.index(old.data_class)
    return changed("/data_class", old.data_class, new.data_class, "the data class") if is_lower else None


def _max_age(old: Feature, new: Feature, *, extended: bool) -> Told:
    was, now = (inf if one.max_age is None else one.max_age for one in (old, new))
    if was == now or (now > was) is not extended:
        return None
    return "/max_age", f"the largest age changes from {duration(old.max_age)} to {duration(new.max_age)}"


def _region_widened(old: Feature, new: Feature) -> Told:
    return None if old.region is None else changed("/region", old.region, new.region, "the region")


def _tier_lowered(old: Feature, new: Feature) -> Told:
    is_lower = new.tier < old.tier and new.data_class != "anonymous"
    return changed("/tier", old.tier, new.tier, "the tier") if is_lower else None


def _tier_raised(old: Feature, new: Feature) -> Told:
    return changed("/tier", old.tier, new.tier, "the tier") if new.tier > old.tier else None


def _meaning_moved(old: Feature, new: Feature) -> bool:
    same = all(getattr(old, name) == getattr(new, name) for name in _MEANING)
    return not same or _unit(old, new) is not None or old.derivation != new.derivation


def _without_version(old: Feature, new: Feature) -> Told:
    if new.version != old.version or not _meaning_moved(old, new):
        return None
    return "/version", f"the meaning changes, and the version stays at {shown(new.version)}"


def _version_alone(old: Feature, new: Feature) -> Told:
    if new.version <= old.version or _meaning_moved(old, new) or old.default != new.default:
        return None
    return changed("/version", old.version, new.version, "the version alone")


def _version_lowered(old: Feature, new: Feature) -> Told:
    return changed("/version", old.version, new.version, "the version") if new.version < old.version else None


FEATURE_RULES: tuple[CompatibilityRule, ...] = (
    CompatibilityRule(
        "feature-type-changed",
        Weight.BREAKING,
        "A feature that is read gets another type.",
        "Values that the shop sends today are of the old type: under the new one they count as missing.",
        _ADD,
        in_features(lambda old, new: changed("/type", old.type, new.type, "the type")),
    ),
    CompatibilityRule(
        "feature-unit-changed",
        Weight.BREAKING,
        "The numbers of a feature that is read are counted in another unit.",
        "Thresholds and models were made for the old unit: 100 cents are not 100 euros.",
        _ADD,
        in_features(_unit),
    ),
    CompatibilityRule(
        "feature-range-narrowed",
        Weight.BREAKING,
        "The range of a feature that is read loses values.",
        "Values that counted until now count as missing.",
        "keep the old range, or add a feature with the new one",
        in_features(_range_narrowed),
    ),
    CompatibilityRule(
        "feature-range-widened",
        Weight.NOTICE,
        "The range of a feature that is read gains values.",
        "Values that were missing until now count; models may not have seen any of them.",
        "see whether thresholds and models fit the new values",
        in_features(_range_widened),
    ),
    CompatibilityRule(
        "feature-default-changed",
        Weight.BREAKING,
        "The default of a feature that is read changes.",
        "Every visitor without a value is taken for another kind of visitor, all at once.",
        _ADD,
        in_features(lambda old, new: changed("/default", old.default, new.default, "the default")),
    ),
    CompatibilityRule(
        "feature-source-changed",
        Weight.BREAKING,
        "A feature that is read is taken from another place of the request.",
        "Pages and profiles that fill the old place are no longer heard, and what stands at the new one may differ.",
        "fill the new place first, as a feature of its own, then move the readers over",
        in_features(lambda old, new: changed("/from", old.source, new.source, "the source")),
    ),
    CompatibilityRule(
        "feature-entity-changed",
        Weight.BREAKING,
        "A feature that is read stops to describe the request and describes the visitor, or the other way round.",
        "What is kept in a profile lives on after the request: other readers get other values.",
        _ADD,
        in_features(lambda old, new: changed("/kind", old.kind, new.kind, "the kind")),
    ),
    CompatibilityRule(
        "feature-derivation-changed",
        Weight.BREAKING,
        "A derived feature that is read is computed in another way.",
        "Thresholds and models were made for what the old expression gives.",
        _ADD,
        in_features(
            lambda old, new: None if old.derivation == new.derivation else ("/derive", "the derivation changes")
        ),
    ),
    CompatibilityRule(
        "feature-values-removed",
        Weight.BREAKING,
        "The closed list of a feature that is read loses values, or an open feature gets a list.",
        "A value that is no longer listed counts as missing.",
        "keep the value in the list until no page sends it any more",
        in_features(_values_removed),
    ),
    CompatibilityRule(
        "feature-changed-without-version",
        Weight.BREAKING,
        "The meaning of a feature that is read changes, and its version does not.",
        "Models name the version that they were trained with: without a new one they are fed with something else.",
        "raise `version`, and train models with the new feature",
        in_features(_without_version),
    ),
    CompatibilityRule(
        "feature-version-without-change",
        Weight.NOTICE,
        "The version of a feature that is read is raised, and its meaning stays.",
        "Models that name the version have to be trained again for nothing.",
        "raise the version with the meaning only",
        in_features(_version_alone),
    ),
    CompatibilityRule(
        "feature-version-lowered",
        Weight.BREAKING,
        "The version of a feature that is read goes down.",
        "Two meanings would have the same number, and models could not tell them apart.",
        "give an old meaning that returns a new, higher version",
        in_features(_version_lowered),
    ),
    CompatibilityRule(
        "feature-tier-raised",
        Weight.BREAKING,
        "A feature that is read moves away from the edge.",
        "The live release reads it where it is no longer sent to.",
        "move the decisions that read it first, then the feature",
        in_features(_tier_raised),
    ),
    CompatibilityRule(
        "feature-tier-lowered",
        Weight.BREAKING,
        "A feature that is not anonymous moves towards the edge.",
        "Data about people leaves the place that it was kept in.",
        "ask who answers for privacy, then allow it by name",
        in_all_features(_tier_lowered),
    ),
    CompatibilityRule(
        "feature-purpose-widened",
        Weight.BREAKING,
        "A feature is used for more purposes.",
        "Visitors gave the value for the old purposes; for the new one they were not asked.",
        "collect the value anew, as a feature with the new purpose",
        in_all_features(_purpose_widened),
    ),
    CompatibilityRule(
        "feature-consent-dropped",
        Weight.BREAKING,
        "A feature needs the consent to fewer purposes.",
        "Visitors who said no to the purpose are served by the value all the same.",
        "keep the purpose; where the value is not needed for it, collect it anew",
        in_all_features(_consent_dropped),
    ),
    CompatibilityRule(
        "feature-data-class-lowered",
        Weight.BREAKING,
        "A feature is said to tell less about a person than it was.",
        "The value is the same: under a lower class it may go where it must not.",
        "add a feature that in fact tells less, such as a coarser value",
        in_all_features(_class_lowered),
    ),
    CompatibilityRule(
        "feature-max-age-extended",
        Weight.BREAKING,
        "A feature may be older than it could be.",
        "Values that were stale until now count again, and data is kept for longer.",
        "keep the age, or allow it by name when those who answer for the data agree",
        in_all_features(lambda old, new: _max_age(old, new, extended=True)),
    ),
    CompatibilityRule(
        "feature-max-age-shortened",
        Weight.NOTICE,
        "A feature that is read goes stale earlier.",
        "Values that counted until now count as missing, where they are not sent more often.",
        "see with `edgewise replay` how many requests it concerns",
        in_features(lambda old, new: _max_age(old, new, extended=False)),
    ),
    CompatibilityRule(
        "feature-region-widened",
        Weight.BREAKING,
        "A feature may leave the region that it had to stay in.",
        "The data was collected under the promise that it stays there.",
        "keep the region; add a feature for the other one",
        in_all_features(_region_widened),
    ),
)
