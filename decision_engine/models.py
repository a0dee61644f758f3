"""Models of a registry: files loaded into forests, inputs bound to features, thresholds taken to margin space."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import TypeAlias

from decision_engine.trees import LOADERS, Forest, Link, LoadedModel, ModelError
from feature_registry import Diagnostic, ModelDocument, Place, Registry, RegistryError, error
from feature_registry.nearest import did_you_mean

MODEL_CODES: Mapping[str, str] = {
    "damaged-file": "A line of a model file is not what stands there in LightGBM's text format.",
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
    "not-utf8": "A LightGBM model file is not text in UTF-8.",
    "out-of-range": "A number or a time lies outside the range that is possible there.",
    "repeated-key": "A key stands twice in a section of a model file.",
    "repeated-name": "Two inputs of a model have the same name.",
    "too-many-categories": "A model tells more categories apart than its packed form can number.",
    "truncated": "A model file ends too early.",
    "unknown-input": "A document feeds an input that the model does not have.",
    "unknown-key": "An object, or a section of a model file, has a key that means nothing there.",
    "unknown-objective": "A model was trained with an objective that the loader does not know.",
    "unsupported-version": "A model file has a format version that is not supported.",
    "wrong-classes": "A model's document lists another number of classes than it was trained with.",
    "wrong-count": "A list of a model file has another length than it says.",
    "wrong-output": "A test or a ranking does not fit the output of the model.",
}
"""What can be wrong with a model file, or between it and its document: code -> one sentence."""


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

    def output_of(self, class_name: str | None) -> tuple[int, bool]:
        """The number of the raw score of a class, and whether it counts negated.

        A binary model has one score, that of its second class; the first class's is its negation, as one minus the
        probability is the probability of the other.
        """
        place = 0 if class_name is None else self.classes.index(class_name)
        if self.forest.outputs > 1:
            return place, False
        return 0, class_name is not None and place == 0


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
        found = list(_problems(registry, name, document, loaded))
        problems += found
        if not found:
            models[name] = _bind(name, document, loaded)
    if problems:
        raise RegistryError(problems)
    return models


def margin_threshold(model: Model, threshold: float) -> float:
    """The margin that the model reaches exactly when its output reaches `threshold`.

    For a probability p this is logit(p) / sigmoid * divisor, computed with 40 digits and rounded once, so that it
    is the same
    on every machine (TREES.md 7). Outside (0, 1) it is an infinity.
    """
    if model.output is not Output.PROBABILITY:
        return threshold
    if threshold <= 0.0:
        return -math.inf
    if threshold >= 1.0:
        return math.inf
    with localcontext() as context:
        context.prec = 40
        p = Decimal(repr(threshold))
        return float((p / (1 - p)).ln() / Decimal(model.sigmoid) * model.divisor)


def attribute_number(value: bool | float | str | None, categories: tuple[str, ...] | None) -> float:
    """A candidate's attribute as a number: its place among the categories, if there are any; NaN when it is missing."""
    if value is None:
        return math.nan
    if categories is not None:
        return float(categories.index(str(value)) if value in categories else len(categories))
    return math.nan if isinstance(value, str) else float(value)


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
    )


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


def _problems(registry: Registry, name: str, document: ModelDocument, loaded: LoadedModel) -> Iterator[Diagnostic]:
    for column in loaded.feature_names:
        if column not in document.inputs:
            place = registry.place("models", name, "/inputs")
            yield error(
                "missing-input",
                f"the model reads `{column}`, which no input feeds",
                place,
                f"add `{column}` with its feature",
            )
    for column in document.inputs:
        if column not in loaded.feature_names:
            place = registry.place("models", name, f"/inputs/{column}")
            yield error(
                "unknown-input", f"the model has no input `{column}`", place, did_you_mean(column, loaded.feature_names)
            )
    yield from _output_problems(registry, name, document, loaded)


def _output_problems(
    registry: Registry, name: str, document: ModelDocument, loaded: LoadedModel
) -> Iterator[Diagnostic]:
    place = registry.place("models", name, "/output")
    if document.output == "probability" and loaded.link is not Link.LOGISTIC:
        message = (
            f"objective `{loaded.objective}` gives no probability that a threshold can be taken to margin space for"
        )
        yield error("no-probability", message, place, 'use `"output": "margin"`, or train with a binary objective')
    elif document.output != "class" and loaded.num_class == 2:
        message = f"expected the output class: the model scores each of its two classes, found {document.output}"
        yield error("wrong-output", message, place, 'use `"output": "class"`, or train with a binary objective')
    expected = 2 if loaded.num_class == 1 else loaded.num_class
    if (document.output == "class" or loaded.num_class > 1) and len(document.classes) != expected:
        message = f"expected {expected} classes, as the model was trained with, found {len(document.classes)}"
        yield error("wrong-classes", message, place, "list the classes in the order of their numbers in training")


Models: TypeAlias = Mapping[str, Model]
