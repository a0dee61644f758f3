"""What does not fit together between a model's file and its document: inputs, levels, output, calibration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from decision_engine.trees import Level, Link, LoadedModel
from feature_registry import Diagnostic, ModelDocument, Registry, error
from feature_registry.json_reader import escape
from feature_registry.nearest import did_you_mean

_PROBABILITY_LINKS = (Link.LOGISTIC, Link.PROBABILITY)
_MOST_LISTED = 6


def model_problems(registry: Registry, name: str, document: ModelDocument, loaded: LoadedModel) -> Iterator[Diagnostic]:
    """Everything that is wrong with the document `name` of a loaded model, each at its place in the document."""
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
            place = registry.place("models", name, f"/inputs/{escape(column)}")
            yield error(
                "unknown-input", f"the model has no input `{column}`", place, did_you_mean(column, loaded.feature_names)
            )
    yield from _level_problems(registry, name, document, loaded)
    yield from _output_problems(registry, name, document, loaded)
    yield from _calibration_problems(registry, name, document, loaded)


def _level_problems(
    registry: Registry, name: str, document: ModelDocument, loaded: LoadedModel
) -> Iterator[Diagnostic]:
    """The texts of an input must stand in the order of the levels that training numbered, if the file tells them."""
    for column, levels in zip(loaded.feature_names, loaded.levels, strict=False):
        source = document.inputs.get(column)
        if levels is None or source is None:
            continue
        known = [level_text(level) for level in levels]
        if source.categories is None:
            # Without categories the value itself is the code: right where each level is its own place.
            if known != [str(place) for place in range(len(known))] and known != ["false", "true"]:
                place = registry.place("models", name, f"/inputs/{escape(column)}")
                message = f"missing `categories`: training numbered the levels {_listed(known)}"
                yield error("wrong-categories", message, place, _categories_help(source.feature, known))
        elif list(source.categories) != known:
            place = registry.place("models", name, f"/inputs/{escape(column)}/categories")
            message = (
                f"expected the levels as training numbered them, {_listed(known)}, found {_listed(source.categories)}"
            )
            yield error("wrong-categories", message, place, "another order gives every text the code of another one")


def level_text(level: Level) -> str:
    """A level of a category column as a text of the registry: true and false as in JSON, whole numbers without `.0`."""
    if isinstance(level, bool):
        return "true" if level else "false"
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def _categories_help(feature: str | None, known: Sequence[str]) -> str:
    if len(known) > _MOST_LISTED:
        return "list the levels as `categories`, in the order of training"
    return f'{{"feature": "{feature or "..."}", "categories": {json.dumps(known, ensure_ascii=False)}}}'


def _listed(texts: Sequence[str]) -> str:
    shown = ", ".join(f"`{text}`" for text in texts[:_MOST_LISTED])
    return shown if len(texts) <= _MOST_LISTED else f"{shown} and {len(texts) - _MOST_LISTED} more"


def _calibration_problems(
    registry: Registry, name: str, document: ModelDocument, loaded: LoadedModel
) -> Iterator[Diagnostic]:
    calibration = document.calibration
    if calibration is None:
        return
    if loaded.num_class > 1:
        place = registry.place("models", name, "/calibration")
        message = f"expected a model of one score to calibrate, found {loaded.num_class} scores"
        yield error("wrong-calibration", message, place, "train with a binary objective, or leave the calibration out")
    elif calibration.of == "probability" and loaded.link not in _PROBABILITY_LINKS:
        place = registry.place("models", name, "/calibration")
        message = f"objective `{loaded.objective}` gives no probability to calibrate"
        yield error("wrong-calibration", message, place, 'fit the curve on the raw scores: "of": "margin"')


def _output_problems(
    registry: Registry, name: str, document: ModelDocument, loaded: LoadedModel
) -> Iterator[Diagnostic]:
    if document.output == "probability" and loaded.link not in _PROBABILITY_LINKS and document.calibration is None:
        place = registry.place("models", name, "/output")
        message = (
            f"objective `{loaded.objective}` gives no probability that a threshold can be taken to margin space for"
        )
        yield error("no-probability", message, place, 'use `"output": "margin"`, or train with a binary objective')
    elif document.output != "class" and loaded.num_class == 2:
        place = registry.place("models", name, "/output")
        message = f"expected the output class: the model scores each of its two classes, found {document.output}"
        yield error("wrong-output", message, place, 'use `"output": "class"`, or train with a binary objective')
    expected = 2 if loaded.num_class == 1 else loaded.num_class
    if (document.output == "class" or loaded.num_class > 1) and len(document.classes) != expected:
        place = registry.place("models", name, "/output")
        message = f"expected {expected} classes, as the model was trained with, found {len(document.classes)}"
        yield error("wrong-classes", message, place, "list the classes in the order of their numbers in training")
