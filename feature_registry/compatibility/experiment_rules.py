"""Rules about experiments that run: their results are worth something only while units stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import inf

from feature_registry.compatibility.rule import (
    Comparison,
    CompatibilityRule,
    Hit,
    Told,
    Weight,
    changed,
    in_running_experiments,
    in_running_layers,
    shown,
)
from feature_registry.documents import Experiment

_NEW_TEST = "end the experiment, and start another one under a new name"


def _salts(both: Comparison) -> Iterator[Hit]:
    for name, old in both.old.experiments.items():
        new = both.new.experiments.get(name)
        if new is not None and both.is_running(name):
            told = changed("/salt", old.salt or name, new.salt or name, "the salt")
            if told is not None:
                yield Hit(("experiments", name), *told)


def _layer_salts(both: Comparison) -> Iterator[Hit]:
    for name, old in both.old.layers.items():
        new = both.new.layers.get(name)
        if new is not None and both.running_in(name):
            told = changed("/salt", old.salt or name, new.salt or name, "the salt")
            if told is not None:
                yield Hit(("layers", name), *told)


def _ranges(experiment: Experiment) -> list[tuple[str, Fraction]]:
    """The variations that take units, each with the end of its part, from 0 to 1."""
    weights = {name: Fraction(repr(float(weight))) for name, weight in experiment.variations.items()}
    total, running, found = sum(weights.values()), Fraction(0), []
    for name, weight in weights.items():
        running += weight
        if weight:
            found.append((name, running / total))
    return found


def _bucketing(old: Experiment, new: Experiment) -> Told:
    was, now = ((one.bucketing, one.seed or "", one.seed_after) for one in (old, new))
    return changed("/bucketing", " ".join(was).strip(), " ".join(now).strip(), "the bucketing")


def _places_moved(old: Experiment, new: Experiment) -> Told:
    """Units of a named bucketing stay where they are while each range keeps what it had."""
    befores, afters = old.ranges or {}, new.ranges or {}
    for name, (low, high) in befores.items():
        now = afters.get(name)
        if now is not None and low < high and not now[0] <= low < high <= now[1]:
            return "/ranges", f"the range of `{name}` changes from {shown((low, high))} to {shown(now)}"
    return None


def _reweighted(old: Experiment, new: Experiment) -> Told:
    if old.named is not None or new.named is not None:
        return _places_moved(old, new)
    if _ranges(old) == _ranges(new) or set(old.variations) - set(new.variations):
        return None
    weights = [", ".join(f"{name} {weight:g}" for name, weight in one.variations.items()) for one in (old, new)]
    return "/variations", f"the weights change from {shown(weights[0])} to {shown(weights[1])}"


def _variation_removed(old: Experiment, new: Experiment) -> Told:
    gone = [name for name, weight in old.variations.items() if weight and name not in new.variations]
    return ("/variations", f"the variations lose {shown(gone)}") if gone else None


def _share_narrowed(old: Experiment, new: Experiment) -> Told:
    if old.layer != new.layer or (new.share[0] <= old.share[0] and old.share[1] <= new.share[1]):
        return None
    return "/share", f"the part of the layer changes from {shown(old.share)} to {shown(new.share)}"


def _traffic_lowered(old: Experiment, new: Experiment) -> Told:
    return changed("/traffic", old.traffic, new.traffic, "the traffic") if new.traffic < old.traffic else None


def _cut_short(both: Comparison) -> Iterator[Hit]:
    for name, old in both.old.experiments.items():
        new = both.new.experiments.get(name)
        if new is None or not both.is_running(name):
            continue
        if (inf if new.ends is None else new.ends) < (inf if old.ends is None else old.ends):
            yield Hit(("experiments", name), "/ends", "the experiment ends earlier than it was planned to")
        elif new.starts is not None and new.starts > both.at:
            yield Hit(("experiments", name), "/starts", "the experiment runs, and would start again later")


def _audience(both: Comparison) -> Iterator[Hit]:
    for name, old in both.old.experiments.items():
        new = both.new.experiments.get(name)
        if new is None or not both.is_running(name):
            continue
        if old.cohort != new.cohort:
            message = f"the cohort changes from {shown(old.cohort)} to {shown(new.cohort)}"
            yield Hit(("experiments", name), "/cohort", message)
        elif old.cohort is not None and old.cohort in both.affected.cohorts:
            yield Hit(("experiments", name), "/cohort", f"other visitors are in the cohort `{old.cohort}`")


def _guardrail_loosened(old: Experiment, new: Experiment) -> Told:
    limits = {one.metric: one.max_drop for one in new.guardrails}
    loose = [one.metric for one in old.guardrails if limits.get(one.metric, inf) > one.max_drop]
    return ("/guardrails", f"the limits of {shown(loose)} are gone or looser") if loose else None


EXPERIMENT_RULES: tuple[CompatibilityRule, ...] = (
    CompatibilityRule(
        "experiment-salt-changed",
        Weight.BREAKING,
        "The salt of a running experiment changes.",
        "Every unit is drawn anew: visitors change variation in the middle of the test, and its results are lost.",
        _NEW_TEST,
        _salts,
    ),
    CompatibilityRule(
        "experiment-bucketing-changed",
        Weight.BREAKING,
        "A running experiment gets another bucketing, or another seed of one.",
        "Every unit is drawn anew, as by another salt.",
        "keep the bucketing that the experiment began with, until it has ended",
        in_running_experiments(_bucketing),
    ),
    CompatibilityRule(
        "experiment-unit-changed",
        Weight.BREAKING,
        "A running experiment buckets another unit.",
        "Every visitor is drawn anew, and exposures of the two units cannot be counted together.",
        _NEW_TEST,
        in_running_experiments(lambda old, new: changed("/unit", old.unit, new.unit, "the unit")),
    ),
    CompatibilityRule(
        "experiment-reweighted",
        Weight.BREAKING,
        "The weights of a running experiment change, or the order of its variations.",
        "Units move between variations: they saw both, and the sample ratio no longer tells a fault.",
        _NEW_TEST,
        in_running_experiments(_reweighted),
    ),
    CompatibilityRule(
        "experiment-variation-removed",
        Weight.BREAKING,
        "A variation of a running experiment is removed.",
        "Its units are given to the other variations, which they did not begin with.",
        _NEW_TEST,
        in_running_experiments(_variation_removed),
    ),
    CompatibilityRule(
        "experiment-layer-changed",
        Weight.BREAKING,
        "A running experiment moves to another layer, or out of one.",
        "Other units are enrolled, and those of the old layer's other experiments may be among them.",
        _NEW_TEST,
        in_running_experiments(lambda old, new: changed("/layer", old.layer, new.layer, "the layer")),
    ),
    CompatibilityRule(
        "experiment-share-narrowed",
        Weight.BREAKING,
        "A running experiment gives up a part of its layer.",
        "Units that are enrolled fall out of the test, and back to what it was compared with.",
        "keep the part until the experiment has ended; widening it is safe",
        in_running_experiments(_share_narrowed),
    ),
    CompatibilityRule(
        "experiment-traffic-lowered",
        Weight.BREAKING,
        "The traffic of a running experiment is lowered.",
        "Units that are enrolled fall out of the test. Raising it moves nobody.",
        "keep the traffic, or end the experiment",
        in_running_experiments(_traffic_lowered),
    ),
    CompatibilityRule(
        "experiment-cut-short",
        Weight.NOTICE,
        "A running experiment ends earlier than planned, or starts again later.",
        "Results that are looked at early promise too much, unless the analysis allows for it.",
        "keep the window, or use the sequential analysis",
        _cut_short,
    ),
    CompatibilityRule(
        "experiment-audience-changed",
        Weight.NOTICE,
        "Other visitors can take part in a running experiment.",
        "The results before and after are about different people.",
        "look at them apart, or give the experiment a cohort of its own",
        _audience,
    ),
    CompatibilityRule(
        "experiment-guardrail-loosened",
        Weight.BREAKING,
        "A guardrail of a running experiment is removed or allows a larger drop.",
        "The harm that it was to stop can go on.",
        "keep the guardrail until the experiment has ended",
        in_running_experiments(_guardrail_loosened),
    ),
    CompatibilityRule(
        "layer-holdout-changed",
        Weight.BREAKING,
        "The holdout of a layer changes while experiments of it run.",
        "Raised, it takes units out of the tests; lowered, it lets in units that were kept apart to compare with.",
        "change it between experiments",
        in_running_layers(lambda old, new: changed("/holdout", old.holdout, new.holdout, "the holdout")),
    ),
    CompatibilityRule(
        "layer-salt-changed",
        Weight.BREAKING,
        "The salt of a layer changes while experiments of it run.",
        "Every unit is drawn anew: other units are enrolled in each experiment of the layer.",
        "add a layer with the new salt for experiments to come",
        _layer_salts,
    ),
    CompatibilityRule(
        "layer-unit-changed",
        Weight.BREAKING,
        "A layer buckets another unit while experiments of it run.",
        "Every visitor is drawn anew in each experiment of the layer.",
        "add a layer with the new unit for experiments to come",
        in_running_layers(lambda old, new: changed("/unit", old.unit, new.unit, "the unit")),
    ),
)
