"""Derived features to f64 nodes, put in wherever the feature is read: so no host and no target knows of them.

A derived feature is `Select(it has a value, the value, its default or NaN)`. A number has a value when it lies in its
range, which no NaN and no infinity does. What consent denies has neither value nor default; a *permit*, a feature of
the host with a default and nothing but purposes, is missing exactly where one of them is denied.
"""

from __future__ import annotations

import math
from typing import assert_never

from decision_engine.ir import Ref
from decision_engine.ir.nodes import AllOf, Compare, Comparison, FeatureSpec, Number, Present, Select
from decision_engine.lowering.conditions import lower_condition
from decision_engine.lowering.expressions import lower_expression
from decision_engine.lowering.scope import RegistryScope
from feature_registry import Feature
from feature_registry.conditions import default_salt
from feature_registry.derivations import BandDerivation, BoolDerivation, NumberDerivation
from feature_registry.values import LARGEST_NUMBER


def lower_derived(scope: RegistryScope, name: str) -> Ref:
    """The derived feature `name`: a number, a bool as 0 or 1, or a category's place in its `values`; else NaN."""
    feature = scope.registry.features[name]
    match feature.derivation:
        case NumberDerivation(score):
            value = lower_expression(scope, score)
            return _served(scope, feature, value, _in_range(scope, feature, value))
        case BoolDerivation(condition):
            owner = default_salt("features", name)
            is_false = lower_condition(scope, condition, owner, negated=True)
            value = _select(scope, is_false, scope.constant(0.0), scope.constant(math.nan))
            value = _select(scope, lower_condition(scope, condition, owner), scope.constant(1.0), value)
            return _served(scope, feature, value, [])
        case BandDerivation(score, limits):
            number = lower_expression(scope, score)
            band = scope.constant(float(len(limits)))
            for place, limit in reversed(list(enumerate(limits))):
                below = scope.add(Compare(Comparison.LESS, number, scope.constant(limit)))
                band = _select(scope, below, scope.constant(float(place)), band)
            return _served(scope, feature, band, _in_range(scope, feature, number))
        case None:
            raise AssertionError("a feature that is read from the request is an input of the host")
        case _:
            assert_never(feature.derivation)


def permit(purposes: tuple[str, ...]) -> FeatureSpec:
    """The feature of the host that is missing when one of the purposes is denied, and true or false otherwise."""
    name = f"permit:{'+'.join(purposes)}"
    return FeatureSpec(name, "bool", ("consent", "permit"), True, None, None, None, None, purposes, 1, 1)


def _in_range(scope: RegistryScope, feature: Feature, number: Ref) -> list[Ref]:
    low, high = feature.bounds or (-LARGEST_NUMBER, LARGEST_NUMBER)
    low, high = max(low, -LARGEST_NUMBER), min(high, LARGEST_NUMBER)
    return [
        scope.add(Compare(Comparison.AT_MOST, scope.constant(float(low)), number)),
        scope.add(Compare(Comparison.AT_MOST, number, scope.constant(float(high)))),
    ]


def _served(scope: RegistryScope, feature: Feature, value: Ref, tests: list[Ref]) -> Ref:
    """The value where all tests hold and consent permits it, else the default, where consent permits that."""
    permitted = [] if not feature.purposes else [_is_permitted(scope, feature.purposes)]
    default = _default(feature)
    if default is None:
        tests = [*tests, *permitted]
        return _select(scope, scope.add(AllOf(tuple(tests))), value, scope.constant(math.nan)) if tests else value
    if not tests:
        tests = [scope.add(Present(value))]
    fallback = scope.constant(default)
    if permitted:
        fallback = _select(scope, permitted[0], fallback, scope.constant(math.nan))
    return _select(scope, scope.add(AllOf((*tests, *permitted))), value, fallback)


def _is_permitted(scope: RegistryScope, purposes: tuple[str, ...]) -> Ref:
    found = permit(purposes)
    scope.permits[found.name] = found
    return scope.add(Present(scope.input(Number(found.name))))


def _default(feature: Feature) -> float | None:
    if isinstance(feature.default, str):
        assert feature.values is not None, "a derived category lists its bands"
        return float(feature.values.index(feature.default))
    assert not isinstance(feature.default, tuple), "tags are not derived"
    return None if feature.default is None else float(feature.default)


def _select(scope: RegistryScope, condition: Ref, then: Ref, otherwise: Ref) -> Ref:
    return scope.add(Select(condition, then, otherwise))
