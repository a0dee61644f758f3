"""Models of a registry: files loaded into forests, inputs bound to features, thresholds taken to margin space."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import TypeAlias

from decision_engine.calibration import (
    Curve,
    Isotonic,
    Platt,
    highest_score,
    logit,
    lowest_score,
    nearest,
    rounded_down,
    rounded_up,
)
from decision_engine.exponential import logistic
from decision_engine.model_problems import model_problems
from decision_engine.trees import LOADERS, Forest, Link, LoadedModel, ModelError
from feature_registry import Diagnostic, ModelDocument, Place, Registry, RegistryError, error
from feature_registry.documents import Calibration as CalibrationDocument

MODEL_CODES: Mapping[str, str] = {
    "damaged-file": "A part of a model file is not what stands there in its format.",
    "damaged-tree": "A tree's nodes do not form a tree.",
    "linear-tree": "A model has linear models in its leaves, which are not supported.",
    "missing-input": "A model reads an input that its document does not feed.",
    "missing-key": "An object, or a section of a model file, lacks a key that it needs.",
    "model-too-large": "A model file is larger than any model that an edge could run.",
    "no-probability": "A threshold is a probability, but the model's objective gives none.",
    "no-trees": "A model file holds no trees.",
    "not-a-number": "A number of a model file cannot be read.",
    "not-finite": "A leaf of a model, or the sum of its leaves, is infinite or not a number.",
    "not-lightgbm": "A model file is not a LightGBM text model.",
    "not-onnx": "A model file is not an ONNX model.",
    "not-scikit-learn": "A model file is not one that skops wrote of a scikit-learn model.",
    "not-trees": "A model file holds a linear model, not trees.",
    "not-utf8": "A LightGBM model file is not text in UTF-8.",
    "not-xgboost": "A model file is not one that XGBoost saved as JSON or UBJSON.",
    "out-of-range": "A number or a time lies outside the range that is possible there.",
    "pickle-file": "A model file is a pickle, which could run any program and is never loaded.",
    "repeated-key": "A key stands twice in a section of a model file.",
    "repeated-name": "Two inputs of a model have the same name.",
    "too-many-categories": "A model tells more categories apart than its packed form can number.",
    "truncated": "A model file ends too early.",
    "unknown-input": "A document feeds an input that the model does not have.",
    "unknown-key": "An object, or a section of a model file, has a key that means nothing there.",
    "unknown-objective": "A model was trained with an objective that the loader does not know.",
    "unsupported-model": "A model is of a kind that the loader does not support.",
    "unsupported-version": "A model file has a format version that is not supported.",
    "vector-leaf": "A model has a vector in each leaf, which is not supported.",
    "wrong-calibration": "A calibration does not fit the model's score.",
    "wrong-categories": "An input's `categories` are not the levels that training numbered.",
    "wrong-classes": "A model's document lists another number of classes than it was trained with.",
    "wrong-count": "A list of a model file has another length than it says.",
    "wrong-output": "A test or a ranking does not fit the output of the model.",
}
"""What can be wrong with a model file, or between it and its document: code -> one sentence."""


_BITS_OF_INFINITY = 0x7FF << 52


class Output(StrEnum):
    """What a model's thresholds are given in."""

    MARGIN = "margin"
    PROBABILITY = "probability"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class FeatureInput:
    """A model input fed by a feature; with `categories`, by the index of its text among them (their number for
    another text)."""

    feature: str
    categories: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ItemInput:
    """A model input fed by an attribute of a ranking's candidate."""

    attribute: str
    categories: tuple[str, ...] | None


ModelInput: TypeAlias = FeatureInput | ItemInput


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curve from a model's margin, or from the probability that its trainer gives, to the model's output."""

    curve: Curve
    of_probability: bool


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model. Its inputs stand in the forest's order; margin / divisor * sigmoid is the logistic link's
    argument."""

    name: str
    forest: Forest
    inputs: tuple[ModelInput, ...]
    output: Output
    classes: tuple[str, ...]
    link: Link
    sigmoid: float
    divisor: int
    calibration: Calibration | None = None

    def output_of(self, class_name: str | None) -> tuple[int, bool]:
        """The number of the raw score of a class, and whether it counts negated.

        A binary model has one score, that of its second class; the first class's is its negation, as one minus the
        probability is the probability of the other.
        """
        place = 0 if class_name is None else self.classes.index(class_name)
        if self.forest.outputs > 1:
            return place, False
        return 0, class_name is not None and place == 0

    @property
    def even_score(self) -> float:
        """The one score of a binary model at which both classes are equally likely."""
        return self.divisor / 2 if self.link is Link.PROBABILITY else 0.0


def load_models(registry: Registry) -> dict[str, Model]:
    """Every model of the registry. Raises RegistryError with all problems of all model files."""
    models: dict[str, Model] = {}
    problems: list[Diagnostic] = []
    for name, document in registry.models.items():
        try:
            loaded = LOADERS[document.format](registry.model_files[name], name)
        except ModelError as damage:
            problems.append(_damaged(document, damage))
            continue
        found = list(model_problems(registry, name, document, loaded))
        problems += found
        if not found:
            models[name] = _bind(name, document, loaded)
    if problems:
        raise RegistryError(problems)
    return models


def margin_threshold(model: Model, threshold: float, opposite: bool = False) -> float:
    """The margin that the model reaches exactly when its output reaches `threshold`; with `opposite`, the negated
    margin that it reaches when one minus its output does.

    For a probability p this is logit(p) / sigmoid * divisor, computed with 40 digits and rounded once, so that it
    is the same
    on every machine (TREES.md 7). Outside (0, 1) it is an infinity. Where the margin is a sum of probabilities, it is
    the smallest sum whose quotient reaches p (with `opposite`, minus the largest whose quotient leaves p), in double.
    """
    if model.output is not Output.PROBABILITY:
        return threshold
    if model.calibration is not None:
        return _calibrated_threshold(model, model.calibration, threshold, opposite)
    if threshold <= 0.0:
        return -math.inf
    if model.link is Link.PROBABILITY:
        if not opposite:
            return _smallest(lambda total: total / model.divisor >= threshold)
        too_large = _smallest(lambda total: 1.0 - total / model.divisor < threshold)
        return -math.nextafter(too_large, -math.inf) if too_large > 0.0 else math.inf
    if threshold >= 1.0:
        return math.inf
    with localcontext() as context:
        context.prec = 40
        p = Decimal(repr(threshold))
        return float((p / (1 - p)).ln() / Decimal(model.sigmoid) * model.divisor)


def output_value(model: Model, score: float, opposite: bool = False) -> float:
    """The model's output for one of its scores, negated with `opposite`: a probability, or the score itself."""
    if model.output is not Output.PROBABILITY:
        return score
    if model.calibration is not None:
        found = _calibrated(model, model.calibration, -score if opposite else score)
        return 1.0 - found if opposite else found
    if model.link is Link.PROBABILITY:
        return 1.0 + score / model.divisor if opposite else score / model.divisor
    return logistic(score / model.divisor * model.sigmoid)


def _calibrated_threshold(model: Model, calibration: Calibration, threshold: float, opposite: bool) -> float:
    """`margin_threshold` of a calibrated model.

    On Platt's curve the threshold is rounded to the nearest double, as without calibration; on an isotonic one it is
    exact, the last double that is on the right side. On a flat stretch it is the end that the test asks for.
    """
    curve = calibration.curve
    bound = highest_score(curve, threshold) if opposite else lowest_score(curve, threshold)
    if calibration.of_probability and model.link is Link.LOGISTIC:
        with localcontext() as context:
            context.prec = 40
            bound = nearest(logit(bound) / Decimal(model.sigmoid) * model.divisor)
    elif calibration.of_probability:
        bound *= model.divisor
    if isinstance(curve, Platt):
        bound = nearest(bound)
    return -rounded_down(bound) if opposite else rounded_up(bound)


def _calibrated(model: Model, calibration: Calibration, margin: float) -> float:
    if not calibration.of_probability:
        return calibration.curve.value(margin)
    share = margin / model.divisor
    return calibration.curve.value(share if model.link is Link.PROBABILITY else logistic(share * model.sigmoid))


def attribute_number(value: bool | float | str | None, categories: tuple[str, ...] | None) -> float:
    """A candidate's attribute as a number: its place among the categories, if there are any; NaN when it is missing."""
    if value is None:
        return math.nan
    if categories is not None:
        return float(categories.index(str(value)) if value in categories else len(categories))
    return math.nan if isinstance(value, str) else float(value)


def _smallest(holds: Callable[[float], bool]) -> float:
    """The smallest double from 0.0 for which `holds`, which holds for all above it too: bisected among the bits, which
    are in the order of the doubles. Infinity when it holds for no other."""
    low, high = 0, _BITS_OF_INFINITY
    while low < high:
        middle = (low + high) // 2
        if holds(_double(middle)):
            high = middle
        else:
            low = middle + 1
    return _double(low)


def _double(bits: int) -> float:
    found: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return found


def _bind(name: str, document: ModelDocument, loaded: LoadedModel) -> Model:
    return Model(
        name=name,
        forest=loaded.forest,
        inputs=tuple(_input(document, column) for column in loaded.feature_names),
        output=Output(document.output),
        classes=tuple(document.classes),
        link=loaded.link,
        sigmoid=loaded.sigmoid,
        divisor=loaded.divisor,
        calibration=_calibration(document.calibration),
    )


def _calibration(document: CalibrationDocument | None) -> Calibration | None:
    if document is None:
        return None
    curve: Curve
    if document.platt is not None:
        curve = Platt(document.platt.a, document.platt.b)
    else:
        assert document.isotonic is not None, "a calibration has one curve"
        # 0.0 + y turns -0.0 into 0.0, so that sums that start from it are never -0.0.
        curve = Isotonic(document.isotonic.x, tuple(0.0 + y for y in document.isotonic.y))
    return Calibration(curve, document.of == "probability")


def _input(document: ModelDocument, column: str) -> ModelInput:
    source = document.inputs[column]
    categories = None if source.categories is None else tuple(source.categories)
    if source.feature is not None:
        return FeatureInput(source.feature, categories)
    assert source.item is not None, "a model input names a feature or an item"
    return ItemInput(source.item, categories)


def _damaged(document: ModelDocument, damage: ModelError) -> Diagnostic:
    place = Place(document.file, damage.line, 1 if damage.line is not None else None)
    return error(damage.code, damage.message, place, damage.help)


Models: TypeAlias = Mapping[str, Model]
