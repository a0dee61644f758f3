"""Scores to f64 nodes: models' margins and probabilities, and arithmetic over features and a candidate's attributes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import reduce
from typing import assert_never

from decision_engine.calibration import Curve, Isotonic, Platt
from decision_engine.ir import Ref
from decision_engine.ir.nodes import Arithmetic, Binary, Logistic
from decision_engine.ir.nodes import Score as ScoreNode
from decision_engine.lowering.expressions import lower_days_since, lower_function
from decision_engine.lowering.scope import RegistryScope
from decision_engine.models import FeatureInput, ItemInput, Model, ModelInput, Output, attribute_number
from decision_engine.trees import Link
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

Attributes = Mapping[str, bool | float | str]
"""The attributes of a ranking's candidate; empty outside rankings."""


def lower_ranking_score(scope: RegistryScope, score: Score, item: Attributes) -> Ref:
    """The score of one candidate, for ordering only: a model alone is ordered by its margin, which orders as its
    output does."""
    if isinstance(score, ModelScore):
        return margin(scope, scope.models[score.model], 0, item)
    return lower_score(scope, score, item)


def lower_score(scope: RegistryScope, score: Score, item: Attributes) -> Ref:
    """The score's value: NaN when an input of the arithmetic is missing."""
    match score:
        case NumberScore(value):
            return scope.constant(float(value))
        case FeatureScore(feature):
            return scope.number(feature)
        case DaysSinceScore(feature):
            return lower_days_since(scope, feature)
        case UnaryScore(function, score_):
            return lower_function(scope, function, lower_score(scope, score_, item))
        case ItemScore(attribute):
            return scope.constant(attribute_number(item.get(attribute), None))
        case ModelScore(model):
            return model_output(scope, scope.models[model], item)
        case ArithmeticScore(op, items):
            refs = [lower_score(scope, part, item) for part in items]
            operation = Arithmetic(op.value)
            return reduce(lambda left, right: scope.add(Binary(operation, left, right)), refs)
        case _:
            assert_never(score)


def margin(scope: RegistryScope, model: Model, output: int, item: Attributes | None = None) -> Ref:
    """The raw score number `output` of the model."""
    inputs = tuple(_model_input(scope, source, item or {}) for source in model.inputs)
    return scope.add(ScoreNode(scope.forest(model.name), inputs, output))


def class_scores(scope: RegistryScope, model: Model) -> tuple[Ref, ...]:
    """One comparable score a class. A binary model has one margin: its first class stands where both are equally
    likely (0, or half the number of trees), its second at the margin."""
    if model.forest.outputs == 1:
        return scope.constant(model.even_score), margin(scope, model, 0)
    return tuple(margin(scope, model, output) for output in range(model.forest.outputs))


def model_output(scope: RegistryScope, model: Model, item: Attributes) -> Ref:
    """The model's output as a number: the margin, or the probability, calibrated where the model is."""
    raw = margin(scope, model, 0, item)
    if model.output is not Output.PROBABILITY:
        return raw
    if model.calibration is None:
        return _probability(scope, model, raw)
    score = _probability(scope, model, raw) if model.calibration.of_probability else raw
    return _calibrated(scope, model.calibration.curve, score)


def _probability(scope: RegistryScope, model: Model, raw: Ref) -> Ref:
    """The trainer's probability, by the one exp that all targets share."""
    if model.divisor != 1:
        raw = scope.add(Binary(Arithmetic.DIVIDE, raw, scope.constant(float(model.divisor))))
    if model.link is Link.PROBABILITY:
        return raw
    assert model.link is Link.LOGISTIC, "the models' checks accept a probability of logistic models and forests only"
    if model.sigmoid != 1.0:
        raw = scope.add(Binary(Arithmetic.MULTIPLY, raw, scope.constant(model.sigmoid)))
    return scope.add(Logistic(raw))


def _calibrated(scope: RegistryScope, curve: Curve, score: Ref) -> Ref:
    """The curve's value, in the order of operations of its `value`."""
    match curve:
        case Platt(a, b):
            product = scope.add(Binary(Arithmetic.MULTIPLY, score, scope.constant(-a)))
            return scope.add(Logistic(scope.add(Binary(Arithmetic.SUBTRACT, product, scope.constant(b)))))
        case Isotonic():
            total = scope.constant(curve.y[0])
            for start, width, slope in curve.segments:
                above = scope.add(Binary(Arithmetic.SUBTRACT, score, scope.constant(start)))
                above = scope.add(Binary(Arithmetic.MAX, above, scope.constant(0.0)))
                above = scope.add(Binary(Arithmetic.MIN, above, scope.constant(width)))
                rise = scope.add(Binary(Arithmetic.MULTIPLY, above, scope.constant(slope)))
                total = scope.add(Binary(Arithmetic.ADD, total, rise))
            return total
        case _:
            assert_never(curve)


def _model_input(scope: RegistryScope, source: ModelInput, item: Attributes) -> Ref:
    match source:
        case FeatureInput(feature, None):
            return scope.number(feature)
        case FeatureInput(feature, categories):
            assert categories is not None
            return scope.levels(feature, categories)
        case ItemInput(attribute, categories):
            value = item.get(attribute)
            return scope.constant(math.nan if value is None else attribute_number(value, categories))
        case _:
            assert_never(source)
