"""Conditions to bool nodes, by negation normal form: `not` is pushed to the leaves while lowering.

Kleene's logic has three values; a rule wants to know only whether a condition is true. With T(c) "c is true" and
F(c) "c is
false", both two-valued:

    T(all)  = all T        F(all) = any F
    T(any)  = any T        F(any) = all F
    T(not c) = F(c)        F(not c) = T(c)

and a leaf whose feature is missing has T = F = false, unless `if_missing` settles it. So `negated` selects T or F,
and every
node is plain two-valued logic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from decision_engine.bucketing import bound, salt_word
from decision_engine.ir import Node, Ref
from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Arithmetic,
    Binary,
    Bucket,
    Compare,
    Comparison,
    Constant,
    Missing,
    NoneOf,
    OneOf,
    Present,
    Truth,
)
from decision_engine.lowering.scope import RegistryScope
from decision_engine.lowering.scores import class_scores, margin
from decision_engine.models import margin_threshold
from decision_engine.operators import OPERATORS
from decision_engine.zones import local_to_utc
from feature_registry.conditions import (
    All,
    Any,
    CohortRef,
    Condition,
    FeatureTest,
    ModelComparison,
    ModelTest,
    Not,
    Schedule,
    Share,
    default_salt,
)
from feature_registry.operators import typed_argument
from feature_registry.values import FeatureType

_MINUTES_A_DAY = 1440


def lower_condition(scope: RegistryScope, condition: Condition, owner: str, negated: bool = False) -> Ref:
    """A bool ref that is true exactly when the condition (`negated`: its negation) is Kleene-true.

    `owner` is the document the condition stands in (`cohorts/loyal`): the salt of a share that names none.
    """
    match condition:
        case All(items):
            parts = [lower_condition(scope, item, owner, negated) for item in items]
            return _connect(scope, parts, AnyOf if negated else AllOf)
        case Any(items):
            parts = [lower_condition(scope, item, owner, negated) for item in items]
            return _connect(scope, parts, AllOf if negated else AnyOf)
        case Not(item):
            return lower_condition(scope, item, owner, not negated)
        case CohortRef(name):
            return lower_cohort(scope, name, negated)
        case FeatureTest():
            return _lower_feature_test(scope, condition, negated)
        case ModelTest():
            return _lower_model_test(scope, condition, negated)
        case Share():
            return _lower_share(scope, condition, owner, negated)
        case Schedule():
            return _lower_schedule(scope, condition, negated)
        case _:
            assert_never(condition)


def within_places(scope: RegistryScope, place: Ref, low: float, high: float) -> Ref:
    """low <= place < high, false for NaN."""
    return scope.add(AllOf((_below(scope, place, low, True), _below(scope, place, high, False))))


def lower_cohort(scope: RegistryScope, name: str, negated: bool = False) -> Ref:
    """The condition of the cohort `name`, lowered once for each polarity."""
    condition = scope.registry.cohorts[name].condition
    return scope.once(
        ("cohort", name, negated), lambda: lower_condition(scope, condition, default_salt("cohorts", name), negated)
    )


def bucket(scope: RegistryScope, unit: str, salt: str) -> Ref:
    """The unit's bucket under the salt; NaN when the unit is missing."""
    return scope.add(Bucket(scope.unit_hash(unit, "a"), scope.unit_hash(unit, "b"), salt_word(salt)))


def _connect(scope: RegistryScope, parts: Sequence[Ref], connective: type[AllOf] | type[AnyOf]) -> Ref:
    return scope.add(connective(tuple(parts)))


def _below(scope: RegistryScope, value: Ref, limit: float, negated: bool) -> Ref:
    """value < limit, or value >= limit; false for NaN either way."""
    constant = scope.add(Constant(limit))
    node = Compare(Comparison.AT_MOST, constant, value) if negated else Compare(Comparison.LESS, value, constant)
    return scope.add(node)


def _lower_feature_test(scope: RegistryScope, test: FeatureTest, negated: bool) -> Ref:
    operator = OPERATORS[test.operator]
    argument = typed_argument(operator.signature, FeatureType(scope.type_of(test.feature)), test.argument)
    present = operator.lower(scope, test.feature, argument, negated)
    if test.if_missing is None or test.if_missing is negated:
        return present
    return scope.add(AnyOf((present, scope.add(Missing(scope.number(test.feature))))))


def _lower_model_test(scope: RegistryScope, test: ModelTest, negated: bool) -> Ref:
    model = scope.models[test.model]
    if test.op is ModelComparison.IS:
        return _lower_class_test(scope, test, negated)
    output, opposite = model.output_of(test.class_name)
    score = margin(scope, model, output)
    if opposite:
        score = scope.add(Binary(Arithmetic.MULTIPLY, score, scope.constant(-1.0)))
    tests = []
    if test.low is not None:
        tests.append(_below(scope, score, margin_threshold(model, test.low, opposite), not negated))
    if test.high is not None:
        tests.append(_below(scope, score, margin_threshold(model, test.high, opposite), negated))
    return _connect(scope, tests, AnyOf if negated else AllOf)


def _lower_class_test(scope: RegistryScope, test: ModelTest, negated: bool) -> Ref:
    """The class's score is above those before it and not below those after it: of equal scores the first class wins."""
    model = scope.models[test.model]
    assert test.class_name is not None, "the registry's reader sets it for `is`"
    chosen = model.classes.index(test.class_name)
    scores = class_scores(scope, model)
    own = scores[chosen]
    tests = []
    for index, other in enumerate(scores):
        if index != chosen:
            earlier = index < chosen
            beaten = Comparison.LESS if earlier else Comparison.AT_MOST
            wins = Comparison.AT_MOST if earlier else Comparison.LESS
            tests.append(scope.add(Compare(wins, own, other) if negated else Compare(beaten, other, own)))
    return _connect(scope, tests, AnyOf if negated else AllOf)


def _lower_share(scope: RegistryScope, share: Share, owner: str, negated: bool) -> Ref:
    if share.named is None:
        place = bucket(scope, share.unit, f"share:{owner if share.salt is None else share.salt}")
        test = _below(scope, place, float(bound(share.fraction)), negated)
    else:
        place, low, high = scope.named_hash(share.unit, share.named.seed), share.named.low, share.named.high
        if share.named.ramp is not None:
            test = _lower_ramp(scope, place, *share.named.ramp, negated)
        elif negated:
            test = scope.add(AnyOf((_below(scope, place, low, False), _below(scope, place, high, True))))
        else:
            test = within_places(scope, place, low, high)
    if share.if_missing is None or share.if_missing is negated:
        return test
    unknown = scope.unit_hash(share.unit, "a") if share.named is None else place
    return scope.add(AnyOf((test, scope.add(Missing(unknown)))))


def _lower_ramp(scope: RegistryScope, place: Ref, starts: int, ends: int, negated: bool) -> Ref:
    """place * (ends - starts) < now - starts, false for NaN."""
    grown = scope.add(Binary(Arithmetic.SUBTRACT, scope.now(), scope.constant(float(starts))))
    needed = scope.add(Binary(Arithmetic.MULTIPLY, place, scope.constant(float(ends - starts))))
    return scope.add(Compare(Comparison.AT_MOST, grown, needed) if negated else Compare(Comparison.LESS, needed, grown))


def _lower_schedule(scope: RegistryScope, schedule: Schedule, negated: bool) -> Ref:
    """Every part of a schedule is known at any time, so its negation is the plain one."""
    parts: list[Ref] = []
    if schedule.days:
        node = NoneOf if negated else OneOf
        days = tuple(sorted(map(float, schedule.days)))
        parts.append(scope.add(node(scope.clock(schedule.zone, "weekday"), days)))
    if (schedule.opens, schedule.closes) != (0, _MINUTES_A_DAY):
        parts.append(_lower_hours(scope, schedule, negated))
    if schedule.starts is not None:
        start = local_to_utc(schedule.zone, schedule.starts)
        parts.append(_below(scope, scope.now(), float(start), not negated))
    if schedule.ends is not None:
        end = local_to_utc(schedule.zone, schedule.ends)
        parts.append(_below(scope, scope.now(), float(end), negated))
    return _connect(scope, parts, AnyOf if negated else AllOf)


def _lower_hours(scope: RegistryScope, schedule: Schedule, negated: bool) -> Ref:
    """opens <= minute < closes; over midnight: minute >= opens or minute < closes."""
    minute = scope.clock(schedule.zone, "minute")
    sides = [
        _below(scope, minute, float(schedule.opens), not negated),
        _below(scope, minute, float(schedule.closes), negated),
    ]
    both = schedule.opens <= schedule.closes
    return _connect(scope, sides, AllOf if both is not negated else AnyOf)


def always(scope: RegistryScope) -> Ref:
    """A bool ref that is true."""
    return scope.add(Truth(True))


def is_present(scope: RegistryScope, value: Ref) -> Ref:
    """Whether an f64 ref is not NaN."""
    node: Node = Present(value)
    return scope.add(node)
