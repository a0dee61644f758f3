"""Rules, experiments and rankings evaluated as they are written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from typing import assert_never

from decision_engine.bucketing import bound, weight_bounds
from decision_engine.ir.arithmetic import apply
from decision_engine.ir.nodes import Arithmetic
from decision_engine.models import attribute_number, output_value
from decision_engine.reference.conditions import Attributes, Evaluation
from decision_engine.reference.expressions import apply_function, days_since
from decision_engine.reference.trace import CandidateTrace, Trace, UnsureTrace
from feature_registry import Experiment, RankRule
from feature_registry.asking import HYBRID, Asking
from feature_registry.bucketings import NamedSeed
from feature_registry.conditions import default_salt
from feature_registry.scores import (
    ArithmeticScore,
    DaysSinceScore,
    FeatureScore,
    ItemScore,
    ModelScore,
    NumberScore,
    Score,
    UnaryScore,
)


def enrolment(evaluation: Evaluation, name: str) -> Iterator[Trace]:
    """What must hold for the unit to take part in the experiment, in the order in which it is asked."""
    experiment = evaluation.registry.experiments[name]
    unit = experiment.unit
    if experiment.named is not None:
        yield from _in_ranges(evaluation, experiment, experiment.named)
        yield from _allowed(evaluation, experiment)
        return
    known = evaluation.bucket(unit, "") is not None
    yield Trace(f"{unit} is known", known, status=None if known else "missing")
    if not known:
        return
    if experiment.layer is not None:
        yield from _in_layer(evaluation, experiment, experiment.layer)
    traffic = evaluation.bucket(unit, f"traffic:{experiment.salt or name}")
    assert traffic is not None, "the unit is known"
    yield Trace(f"within the traffic of {experiment.traffic:.4g}", traffic < bound(experiment.traffic), value=traffic)
    yield from _allowed(evaluation, experiment)


def _allowed(evaluation: Evaluation, experiment: Experiment) -> Iterator[Trace]:
    if experiment.cohort is not None:
        yield evaluation.cohort(experiment.cohort)
    if experiment.starts is not None:
        yield Trace("the experiment has started", evaluation.at >= experiment.starts)
    if experiment.ends is not None:
        yield Trace("the experiment has not ended", evaluation.at < experiment.ends)


def _in_ranges(evaluation: Evaluation, experiment: Experiment, seed: NamedSeed) -> Iterator[Trace]:
    found = evaluation.place(experiment.unit, seed)
    text = f"{experiment.unit} lies within a variation's range by {experiment.bucketing}"
    truth = found is not None and _variation_at(experiment, found) is not None
    yield Trace(text, truth, value=found, status="missing" if found is None else None)


def _variation_at(experiment: Experiment, place: float) -> str | None:
    """The first variation, in their order, within whose range the place lies."""
    ranges = experiment.ranges or {}
    return next((name for name in experiment.variations if ranges[name][0] <= place < ranges[name][1]), None)


def variation(evaluation: Evaluation, name: str) -> str:
    """The variation that an enrolled unit falls into."""
    experiment = evaluation.registry.experiments[name]
    if experiment.named is not None:
        found = evaluation.place(experiment.unit, experiment.named)
        chosen = None if found is None else _variation_at(experiment, found)
        assert chosen is not None, "an enrolled unit lies within a range"
        return chosen
    place = evaluation.bucket(experiment.unit, f"variation:{experiment.salt or name}")
    assert place is not None, "an enrolled unit is known"
    bounds = weight_bounds(list(experiment.variations.values()))
    return next(chosen for chosen, high in zip(experiment.variations, bounds, strict=True) if place < high)


def candidates(evaluation: Evaluation, rule: RankRule) -> tuple[CandidateTrace, ...]:
    """Every candidate of the group, in the registry's order, with eligibility and score."""
    found = []
    for name in evaluation.registry.group(rule.rank):
        payload = evaluation.registry.payloads[name]
        condition = payload.condition
        eligible = None if condition is None else evaluation.evaluate(condition, default_salt("payloads", name))
        value = _ranking_score(evaluation, rule.by, payload.attributes)
        found.append(CandidateTrace(name, eligible, None if math.isnan(value) else value))
    return tuple(found)


def ranked(found: tuple[CandidateTrace, ...], top: int) -> list[str]:
    """The eligible candidates' payloads: highest score first, missing scores last, ties in order."""
    eligible = [item for item in found if item.eligible is None or item.eligible.truth is True]
    eligible.sort(key=lambda item: (item.score is None, -(item.score or 0.0)))
    return [item.payload for item in eligible[:top]]


def unsure(evaluation: Evaluation, asks: Asking, owner: str, items: tuple[CandidateTrace, ...]) -> UnsureTrace:
    """Whether a rule that matched asks the cloud; `items` are the candidates of its ranking."""
    tests = []
    if asks.own is not None:
        tests.append(evaluation.evaluate(asks.own, owner))
    if asks.policy is not None:
        tests.append(evaluation.evaluate(asks.policy, default_salt("policies", HYBRID)))
    if asks.margin is not None:
        tests.append(_lead(items, asks.margin))
    return UnsureTrace(asks.within, all(test.truth is True for test in tests), tuple(tests))


def _lead(items: tuple[CandidateTrace, ...], margin: float) -> Trace:
    """Whether the first score leads the second by less than `margin`; not with fewer than two scores."""
    eligible = [one for one in items if one.eligible is None or one.eligible.truth is True]
    scores = sorted((one.score for one in eligible if one.score is not None), reverse=True)
    words = f"the first score leads by less than {margin:.15g}"
    if len(scores) < 2:
        return Trace(words, False, None, "missing")
    return Trace(words, scores[0] - scores[1] < margin, scores[0] - scores[1], "present")


def _in_layer(evaluation: Evaluation, experiment: Experiment, name: str) -> Iterator[Trace]:
    layer = evaluation.registry.layers[name]
    salt = layer.salt or name
    held = evaluation.bucket(experiment.unit, f"holdout:{salt}")
    place = evaluation.bucket(experiment.unit, f"layer:{salt}")
    assert held is not None, "the unit is known"
    assert place is not None, "the unit is known"
    low, high = experiment.share
    yield Trace(f"not in the holdout of layer {name} ({layer.holdout:.4g})", held >= bound(layer.holdout), value=held)
    yield Trace(
        f"within the share {low:.4g} to {high:.4g} of layer {name}", bound(low) <= place < bound(high), value=place
    )


def _ranking_score(evaluation: Evaluation, score: Score, item: Attributes) -> float:
    """A model alone orders by its margin."""
    if isinstance(score, ModelScore):
        return evaluation.margins(evaluation.models[score.model], item)[0]
    return _score(evaluation, score, item)


def _score(evaluation: Evaluation, score: Score, item: Attributes) -> float:
    match score:
        case NumberScore(value):
            return float(value)
        case FeatureScore(feature):
            return evaluation.number(feature)
        case DaysSinceScore(feature):
            return days_since(evaluation.served[feature], evaluation.at)
        case UnaryScore(function, score_):
            return apply_function(function, _score(evaluation, score_, item))
        case ItemScore(attribute):
            return attribute_number(item.get(attribute), None)
        case ModelScore(name):
            model = evaluation.models[name]
            raw = evaluation.margins(model, item)[0]
            return output_value(model, raw)
        case ArithmeticScore(op, items):
            operation = Arithmetic(op.value)
            return reduce(
                lambda left, right: apply(operation, left, right), [_score(evaluation, part, item) for part in items]
            )
        case _:
            assert_never(score)
