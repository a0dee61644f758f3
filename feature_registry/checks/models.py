"""Models: inputs of the right type and version, and tests that fit the output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from feature_registry.checks.draft import Draft, Spot
from feature_registry.conditions import ModelComparison, ModelTest
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Feature, ModelDocument, ModelInput, RankRule
from feature_registry.findings import described, number_text
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import did_you_mean, listed
from feature_registry.scores import ModelScore, walk_score
from feature_registry.values import FeatureType

_DIRECT = (FeatureType.NUMBER, FeatureType.BOOL, FeatureType.TIMESTAMP)
_BY_CATEGORIES = (FeatureType.CATEGORY, FeatureType.TEXT)


def model_inputs(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for features of a type or a version that the model cannot take."""
    for name, model in draft.registry.models.items():
        for column, source in model.inputs.items():
            feature = draft.registry.features.get(source.feature) if source.feature is not None else None
            if feature is not None:
                spot = Spot("models", name, pointer_to("inputs", column))
                yield from _input_type(draft, spot, source, feature)
                yield from _input_version(draft, spot, source, feature)


def model_calibrations(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for calibrations whose curve falls, and for those that no test would use."""
    for name, model in draft.registry.models.items():
        if model.calibration is None:
            continue
        if model.output != "probability":
            message = f"expected no calibration, since the output is {model.output}: a curve gives probabilities"
            help_line = 'use `"output": "probability"`, or take the calibration out'
            yield draft.error("wrong-output", Spot("models", name, "/calibration"), message, help_line, key=True)
        if model.calibration.platt is not None and model.calibration.platt.a >= 0:
            spot = Spot("models", name, "/calibration/platt/a")
            message = f"expected a number below 0, found {described(model.calibration.platt.a)}: the curve would fall"
            yield draft.error("bad-calibration", spot, message, "the probability is 1 / (1 + exp(a * x + b))")
        if model.calibration.isotonic is not None:
            yield from _isotonic(draft, name, model.calibration.isotonic.x, model.calibration.isotonic.y)


def model_tests(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for tests that do not fit the model's output, and for models that need a candidate where there is none."""
    for spot, condition in draft.conditions:
        if isinstance(condition, ModelTest):
            model = draft.registry.models.get(condition.model)
            if model is not None:
                yield from _needs_no_item(draft, spot, condition.model, model)
                yield from _test_of_output(draft, spot, condition, model)


def model_scores(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for models that have no one score to rank by."""
    for name, decision in draft.registry.decisions.items():
        for rule in decision.rules:
            if isinstance(rule, RankRule):
                for score in walk_score(rule.by):
                    model = draft.registry.models.get(score.model) if isinstance(score, ModelScore) else None
                    if model is not None and (model.output == "class" or len(model.classes) > 2):
                        message = "expected a model with one score, found one that tells classes apart"
                        help_line = "rank by a model of probability or margin with at most two classes"
                        yield draft.error(
                            "wrong-output", Spot("decisions", name, f"{score.at}/model"), message, help_line
                        )


def _input_type(draft: Draft, spot: Spot, source: ModelInput, feature: Feature) -> Iterator[Diagnostic]:
    if feature.type in _BY_CATEGORIES and source.categories is None:
        message = f"missing `categories`: `{source.feature}` is of type {feature.type}, and the model reads numbers"
        help_line = f'{{"feature": "{source.feature}", "categories": [...]}} lists the texts in the order of training'
        yield draft.error("needs-categories", spot, message, help_line)
    elif feature.type in _DIRECT and source.categories is not None:
        message = f"expected no `categories`, since `{source.feature}` is of type {feature.type}"
        at = Spot(spot.kind, spot.name, f"{spot.at}/categories")
        yield draft.error("not-for-type", at, message, "take them out: the value is the input", key=True)
    elif feature.type not in (*_DIRECT, *_BY_CATEGORIES):
        message = (
            f"expected a number, bool, timestamp, category or text, found `{source.feature}` of type {feature.type}"
        )
        yield draft.error("not-for-type", spot, message, "models cannot read it: choose another feature")


def _input_version(draft: Draft, spot: Spot, source: ModelInput, feature: Feature) -> Iterator[Diagnostic]:
    if source.version is not None and source.version != feature.version:
        message = f"expected version {source.version} of `{source.feature}`, found version {feature.version}"
        help_line = "train the model with the current feature, or keep a feature with the old meaning"
        yield draft.error("version-mismatch", Spot(spot.kind, spot.name, f"{spot.at}/version"), message, help_line)
    elif source.version is None and feature.version > 1:
        message = f"`{source.feature}` is at version {feature.version}, and the model does not name the one it knows"
        help_line = f'pin it, if that is the one: {{"feature": "{source.feature}", "version": {feature.version}}}'
        yield draft.warning("unpinned-version", spot, message, help_line)


def _isotonic(draft: Draft, name: str, x: Sequence[float], y: Sequence[float]) -> Iterator[Diagnostic]:
    if len(x) != len(y):
        message = f"expected {len(x)} numbers, one for each x, found {len(y)}"
        yield draft.error("bad-calibration", Spot("models", name, "/calibration/isotonic/y"), message)
    for i, (before, here) in enumerate(pairwise(x), 1):
        if here <= before:
            spot = Spot("models", name, f"/calibration/isotonic/x/{i}")
            message = f"expected a number above {number_text(before)}, found {described(here)}: x grows"
            yield draft.error("bad-calibration", spot, message, "sort the points, and keep one for each x")
    for i, here in enumerate(y):
        spot = Spot("models", name, f"/calibration/isotonic/y/{i}")
        if not 0 <= here <= 1:
            yield draft.error("out-of-range", spot, f"expected a probability from 0 to 1, found {described(here)}")
        elif i and here < y[i - 1]:
            message = f"expected at least {number_text(y[i - 1])}, found {described(here)}: the curve would fall"
            yield draft.error("bad-calibration", spot, message, "fit the curve with an isotonic regression that rises")


def _needs_no_item(draft: Draft, spot: Spot, name: str, model: ModelDocument) -> Iterator[Diagnostic]:
    column = next((column for column, source in model.inputs.items() if source.item is not None), None)
    if column is not None:
        at = Spot(spot.kind, spot.name, f"{spot.at}/model")
        message = f"`{name}` reads the candidate (input `{column}`), and a condition has none"
        yield draft.error("item-outside-ranking", at, message, "use the model in a ranking's score")


def _test_of_output(draft: Draft, spot: Spot, test: ModelTest, model: ModelDocument) -> Iterator[Diagnostic]:
    at = Spot(spot.kind, spot.name, f"{spot.at}/{test.op}")
    by_class = test.op is ModelComparison.IS
    if by_class is not (model.output == "class"):
        message = f"`{test.op}` does not apply to `{test.model}`, whose output is {model.output}"
        fitting = "`is`" if model.output == "class" else "`at_least`, `below` or `between`"
        yield draft.error("wrong-output", at, message, f"test it with {fitting}", key=True)
        return
    if test.class_name is None:
        if len(model.classes) > 2:
            message = f"missing key `class`: `{test.model}` has {len(model.classes)} scores"
            yield draft.error("missing-key", spot, message, f"its classes are {listed(model.classes)}")
    elif test.class_name not in model.classes:
        at = at if by_class else Spot(spot.kind, spot.name, f"{spot.at}/class")
        message = f"unknown class `{test.class_name}` of the model `{test.model}`"
        known = f"its classes are {listed(model.classes)}" if model.classes else "the model lists no `classes`"
        yield draft.error("unknown-class", at, message, did_you_mean(test.class_name, model.classes) or known)
    yield from _threshold(draft, spot, test, model)


def _threshold(draft: Draft, spot: Spot, test: ModelTest, model: ModelDocument) -> Iterator[Diagnostic]:
    if model.output != "probability":
        return
    for index, bound in enumerate((test.low, test.high)):
        if bound is not None and not 0 <= bound <= 1:
            part = f"/{index}" if test.op is ModelComparison.BETWEEN else ""
            at = Spot(spot.kind, spot.name, f"{spot.at}/{test.op}{part}")
            message = f"expected a probability from 0 to 1, found {described(bound)}"
            help_line = f"a percentage is divided by 100: `{number_text(bound / 100)}`" if 1 < bound <= 100 else None
            yield draft.error("out-of-range", at, message, help_line)
