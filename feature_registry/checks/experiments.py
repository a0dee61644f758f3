"""Experiments: weights, layers, time windows, and what their variations show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import inf

from feature_registry.bucketings import DEFAULT_BUCKETING, FLAGD, FLAGD_LEGACY
from feature_registry.checks.draft import Draft, Spot
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Experiment, ExperimentRule
from feature_registry.findings import number_text, short
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import did_you_mean, listed


def weights(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for experiments with fewer than two variations, or with nothing to share out among them.

    Of an experiment with problems of its own, variations may have been left out: those left are not counted.
    """
    for name, experiment in draft.registry.experiments.items():
        spot = Spot("experiments", name, "/variations")
        found = len(experiment.variations)
        if found < 2 and draft.is_sound("experiments", name):
            message = f"expected at least two variations, found {'one' if found else 'none'}"
            yield draft.error("too-few", spot, message, 'for instance {"control": 50, "bold": 50}')
        elif found >= 2 and not sum(experiment.variations.values()) > 0:
            message = "expected weights with a sum above 0, found 0"
            yield draft.error("bad-weights", spot, message, "give at least one variation a weight")


def bucketings(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for experiments whose keys do not go with their bucketing."""
    for name, experiment in draft.registry.experiments.items():
        if not draft.is_sound("experiments", name):
            continue
        if experiment.bucketing == DEFAULT_BUCKETING:
            given = [key for key in ("seed", "seed_after", "ranges") if getattr(experiment, key) not in (None, "")]
            help_line = "they go with a named bucketing; our own takes `salt` and the weights"
        else:
            other = (("layer", None), ("traffic", 1.0), ("salt", None), ("share", (0.0, 1.0)))
            given = [key for key, usual in other if getattr(experiment, key) != usual]
            help_line = "a named bucketing has `seed` and `ranges`, which say all of who is enrolled"
            if experiment.seed_after and experiment.bucketing not in (FLAGD, FLAGD_LEGACY):
                given.append("seed_after")
        for key in given:
            message = f"expected no `{key}` beside the bucketing `{experiment.bucketing}`, found one"
            yield draft.error("bad-bucketing", Spot("experiments", name, f"/{key}"), message, help_line, key=True)
        if experiment.bucketing != DEFAULT_BUCKETING:
            yield from _named(draft, name, experiment)


def _named(draft: Draft, name: str, experiment: Experiment) -> Iterator[Diagnostic]:
    """Errors for a named bucketing without its seed, or without exactly one range for each variation."""
    spot = Spot("experiments", name, "/bucketing")
    if experiment.seed is None:
        yield draft.error("bad-bucketing", spot, "missing key `seed` of the named bucketing", "for instance its key")
    if experiment.ranges is None or set(experiment.ranges) != set(experiment.variations):
        message = "expected a range for each variation of a named bucketing"
        help_line = f'"ranges" names {listed(experiment.variations)}, each with [low, high]'
        yield draft.error("bad-bucketing", spot, message, help_line)
    elif all(low >= high for low, high in experiment.ranges.values()):
        message = "expected a range that is not empty, found none"
        yield draft.error("bad-bucketing", Spot("experiments", name, "/ranges"), message, "low is below high")


def time_windows(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for experiments that end before they start, and for a degrade policy that goes the wrong way."""
    for name, experiment in draft.registry.experiments.items():
        if experiment.starts is not None and experiment.ends is not None and experiment.ends <= experiment.starts:
            message = "expected `ends` after `starts`, found it before or at the same time"
            yield draft.error("bad-window", Spot("experiments", name, "/ends"), message, "the end is exclusive")
    degrade = draft.registry.policies.degrade
    if (
        degrade.soft_max_age is not None
        and degrade.hard_max_age is not None
        and degrade.hard_max_age < degrade.soft_max_age
    ):
        message = "expected `hard_max_age` to be at least `soft_max_age`, found it shorter"
        yield draft.error("bad-window", Spot("policies", "degrade", "/hard_max_age"), message, "swap the two")


def layer_units(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for experiments that bucket another unit than their layer, or that share a layer they do not name."""
    for name, experiment in draft.registry.experiments.items():
        layer = draft.registry.layers.get(experiment.layer) if experiment.layer is not None else None
        if layer is not None and layer.unit != experiment.unit:
            message = f"expected the unit of the layer `{experiment.layer}`, `{layer.unit}`, found `{experiment.unit}`"
            help_line = "experiments of a layer keep apart only when they bucket the same unit"
            yield draft.error("layer-unit", Spot("experiments", name, "/unit"), message, help_line)
        if experiment.layer is None and experiment.share != (0.0, 1.0):
            message = "expected a layer beside `share`, found none"
            help_line = "a share is a part of a layer; `traffic` enrols a part of the units without one"
            yield draft.error("share-without-layer", Spot("experiments", name, "/share"), message, help_line, key=True)


def layer_overlaps(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for experiments of one layer whose shares overlap while both run."""
    by_layer: dict[str, list[tuple[str, Experiment]]] = {}
    for name, experiment in draft.registry.experiments.items():
        if experiment.layer is not None and draft.is_sound("experiments", name):
            by_layer.setdefault(experiment.layer, []).append((name, experiment))
    for layer, members in by_layer.items():
        for (first, one), (second, other) in combinations(members, 2):
            low, high = max(one.share[0], other.share[0]), min(one.share[1], other.share[1])
            if low < high and _run_together(one, other):
                overlap = f"[{number_text(low)}, {number_text(high)}]"
                message = f"`{second}` and `{first}` both take {overlap} of the layer `{layer}`"
                help_line = "give each a share of its own, or let one end before the other starts"
                yield draft.error("layer-overlap", Spot("experiments", second, "/share"), message, help_line)


def variations_shown(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for rules that leave a variation out, or show one that the experiment has not."""
    for name, decision in draft.registry.decisions.items():
        for rule in decision.rules:
            if not isinstance(rule, ExperimentRule):
                continue
            experiment = draft.registry.experiments.get(rule.experiment)
            if experiment is None or not draft.is_sound("experiments", rule.experiment):
                continue
            for variation in rule.show:
                if variation not in experiment.variations:
                    spot = Spot("decisions", name, rule.at + pointer_to("show", variation))
                    message = f"unknown variation `{short(variation)}` of the experiment `{rule.experiment}`"
                    known = f"its variations are {listed(experiment.variations)}"
                    help_line = did_you_mean(variation, experiment.variations) or known
                    yield draft.error("unknown-variation", spot, message, help_line, key=True)
            left_out = [variation for variation in experiment.variations if variation not in rule.show]
            if left_out and draft.is_sound("decisions", name):
                spot = Spot("decisions", name, f"{rule.at}/show")
                message = f"missing the variation {listed(left_out)} of the experiment `{rule.experiment}`"
                yield draft.error("missing-variation", spot, message, "say which payload it shows")


def _run_together(one: Experiment, other: Experiment) -> bool:
    starts = max(-inf if each.starts is None else each.starts for each in (one, other))
    ends = min(inf if each.ends is None else each.ends for each in (one, other))
    return starts < ends
