"""Experiments to nodes: who is enrolled, and in which variation.

A unit is enrolled when it is not held out of the layer, falls into the experiment's share of the layer, into its
traffic, and
the cohort and the schedule hold. Layer, holdout, traffic and variation use different salts, so raising traffic
moves no unit
between variations, and two experiments of one layer never share a unit.
"""

from __future__ import annotations

from decision_engine.bucketing import bound, weight_bounds
from decision_engine.ir import Ref
from decision_engine.ir.nodes import AllOf, AnyOf, Choose, Code, Compare, Comparison
from decision_engine.lowering.conditions import bucket, is_present, lower_cohort, within_places
from decision_engine.lowering.scope import RegistryScope
from feature_registry import Experiment, Layer

_ALL = 2**32


def lower_enrolment(scope: RegistryScope, name: str) -> Ref:
    """A bool ref: the unit is enrolled in the experiment `name`."""
    return scope.once(("enrolment", name), lambda: _enrolment(scope, name, scope.registry.experiments[name]))


def lower_variation(scope: RegistryScope, name: str, codes: dict[str, int]) -> Ref:
    """A code ref: of the variations' `codes` the one that the unit falls into."""
    experiment = scope.registry.experiments[name]
    if experiment.named is not None and experiment.ranges is not None:
        return _named_variation(scope, experiment, codes)
    place = bucket(scope, experiment.unit, f"variation:{experiment.salt or name}")
    bounds = weight_bounds(list(experiment.variations.values()))
    steps = [
        (variation, high)
        for variation, high, low in zip(experiment.variations, bounds, (0, *bounds), strict=False)
        if high > low
    ]
    arms = tuple(
        (scope.add(Compare(Comparison.LESS, place, scope.constant(float(high)))), scope.add(Code(codes[variation])))
        for variation, high in steps[:-1]
    )
    last = scope.add(Code(codes[steps[-1][0]]))
    return scope.add(Choose(arms, last)) if arms else last


def _enrolment(scope: RegistryScope, name: str, experiment: Experiment) -> Ref:
    if experiment.named is not None and experiment.ranges is not None:
        place = scope.named_hash(experiment.unit, experiment.named)
        ranges = [within_places(scope, place, low, high) for low, high in experiment.ranges.values() if low < high]
        tests = [scope.add(AnyOf(tuple(ranges)))]
    else:
        tests = _enrolled_by_buckets(scope, name, experiment)
    if experiment.cohort is not None:
        tests.append(lower_cohort(scope, experiment.cohort))
    if experiment.starts is not None:
        tests.append(scope.add(Compare(Comparison.AT_MOST, scope.constant(float(experiment.starts)), scope.now())))
    if experiment.ends is not None:
        tests.append(scope.add(Compare(Comparison.LESS, scope.now(), scope.constant(float(experiment.ends)))))
    return scope.add(AllOf(tuple(tests)))


def _enrolled_by_buckets(scope: RegistryScope, name: str, experiment: Experiment) -> list[Ref]:
    tests = [is_present(scope, scope.unit_hash(experiment.unit, "a"))]
    if experiment.layer is not None:
        layer = scope.registry.layers[experiment.layer]
        tests += _in_layer(scope, experiment, layer, layer.salt or experiment.layer)
    return tests + _within(scope, experiment.unit, f"traffic:{experiment.salt or name}", 0, bound(experiment.traffic))


def _named_variation(scope: RegistryScope, experiment: Experiment, codes: dict[str, int]) -> Ref:
    """The first variation, in their order, within whose range the place lies; the unit is enrolled."""
    assert experiment.named is not None, "a named bucketing has a seed"
    assert experiment.ranges is not None, "a named bucketing has ranges"
    place = scope.named_hash(experiment.unit, experiment.named)
    steps = [(codes[name], experiment.ranges[name]) for name in experiment.variations]
    steps = [(code, (low, high)) for code, (low, high) in steps if low < high]
    arms = tuple((within_places(scope, place, low, high), scope.add(Code(code))) for code, (low, high) in steps[:-1])
    last = scope.add(Code(steps[-1][0]))
    return scope.add(Choose(arms, last)) if arms else last


def _in_layer(scope: RegistryScope, experiment: Experiment, layer: Layer, salt: str) -> list[Ref]:
    low, high = experiment.share
    held_out = bound(layer.holdout)
    return [
        *_within(scope, experiment.unit, f"holdout:{salt}", held_out, _ALL),
        *_within(scope, experiment.unit, f"layer:{salt}", bound(low), bound(high)),
    ]


def _within(scope: RegistryScope, unit: str, salt: str, low: int, high: int) -> list[Ref]:
    """Tests for low <= bucket < high, without those that hold for every bucket."""
    tests = []
    if low > 0:
        tests.append(scope.add(Compare(Comparison.AT_MOST, scope.constant(float(low)), bucket(scope, unit, salt))))
    if high < _ALL:
        tests.append(scope.add(Compare(Comparison.LESS, bucket(scope, unit, salt), scope.constant(float(high)))))
    return tests
