"""The document of a model: a tree ensemble, where its inputs come from, and what its output means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, Strict, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from feature_registry.documents.base import Digest, Document, Living, Reference, Texts, form
from feature_registry.values import BadValueError

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?$"

_MOST_POINTS = 1000

_DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def _read_file(json: object) -> str:
    if not isinstance(json, str) or not json:
        raise BadValueError("a path within the registry's folder", "bad-path", 'for instance "models/intent.txt"')
    parts = json.split("/")
    if "\\" in json or "\0" in json or any(part in ("", ".", "..") for part in parts) or re.match("[A-Za-z]:", json):
        help_line = "give the path from the registry's folder, with `/` and without `..`"
        raise BadValueError("a path within the registry's folder", "bad-path", help_line)
    return json


def _read_categories(json: object) -> object:
    if json == []:
        raise BadValueError("at least one category", "too-few", "list the texts in the order of their codes")
    return json


class ModelInput(Document):
    """What feeds one input of a model: a feature of the visitor, or an attribute of the candidate that is ranked."""

    feature: Reference | None = Field(None, description="The feature.", examples=["page_values"])
    version: int | None = Field(
        None,
        ge=1,
        description="The version of the feature that the model was trained with; it must be the current one.",
    )
    item: Reference | None = Field(None, description="The attribute of the candidate.", examples=["margin"])
    categories: Annotated[Texts | None, BeforeValidator(form(_read_categories))] = Field(
        None,
        description="The texts in the order of their codes in training; another text gets the next code.",
        examples=[["new", "returning"]],
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> ModelInput:
        if (self.feature is None) == (self.item is None):
            _refuse(
                "exactly one of `feature` and `item`",
                "bad-input",
                "a visitor's feature, or a ranked candidate's attribute",
            )
        if self.item is not None and self.version is not None:
            _refuse("no `version` beside `item`", "bad-input", "only features have versions")
        return self


def _read_input(json: object) -> object:
    if not isinstance(json, str | dict):
        raise BadValueError("a feature's name or an object")
    return {"feature": json} if isinstance(json, str) else json


Input: TypeAlias = Annotated[ModelInput, BeforeValidator(form(_read_input))]


class Training(Document):
    """Where a model comes from."""

    data: str | None = Field(None, description="The data it was trained on.", examples=["sessions of 2026-Q2"])
    data_digest: Digest | None = Field(None, description="The digest of that data.", examples=[_DIGEST])
    rows: int | None = Field(None, ge=0, description="The number of rows.", examples=[12330])
    metrics: Mapping[str, float] = Field({}, description="Metrics on held-out data.", examples=[{"auc": 0.93}])
    trained: Annotated[str, Field(pattern=_DATE)] | None = Field(
        None, description="The date of training.", examples=["2026-05-04"]
    )
    trainer: str | None = Field(None, description="The program, with its version.", examples=["LightGBM 4.6.0"])


def _read_curve(json: object) -> object:
    if isinstance(json, list) and not 2 <= len(json) <= _MOST_POINTS:
        raise BadValueError(f"from 2 to {_MOST_POINTS} numbers", "too-few" if len(json) < 2 else "out-of-range")
    return json


Curve: TypeAlias = Annotated[
    tuple[float, ...],
    Strict(False),
    BeforeValidator(form(_read_curve)),
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": _MOST_POINTS}),
]


class Platt(Document):
    """The probability is 1 / (1 + exp(a * x + b)), as in Platt's paper: `a` is negative, so that it rises with x."""

    a: float = Field(description="The factor of x, below 0.", examples=[-1.7])
    b: float = Field(description="The summand.", examples=[0.2])


class Isotonic(Document):
    """The probability lies on straight lines between points; before the first and after the last it stays level."""

    x: Curve = Field(description="Where the points stand, growing.", examples=[[-2, -0.5, 1.5]])
    y: Curve = Field(
        description="Their probabilities, from 0 to 1, never falling: one for each x.", examples=[[0.02, 0.1, 0.8]]
    )


class Calibration(Document):
    """A curve that makes probabilities of a model's scores, fitted on data that training has not seen."""

    of: Literal["margin", "probability"] = Field(
        "margin",
        description="What x is: the raw score, or the probability that the trainer's own predict gives.",
    )
    platt: Platt | None = Field(None, description="A sigmoid.", examples=[{"a": -1.7, "b": 0.2}])
    isotonic: Isotonic | None = Field(
        None, description="A polyline.", examples=[{"x": [-2, -0.5, 1.5], "y": [0.02, 0.1, 0.8]}]
    )

    @model_validator(mode="after")
    def _has_one_curve(self) -> Calibration:
        if (self.platt is None) == (self.isotonic is None):
            _refuse("exactly one of `platt` and `isotonic`", "bad-calibration", "a model has one curve")
        return self


class ModelDocument(Living):
    """A tree ensemble, used as a score."""

    format: Literal["lightgbm", "xgboost", "scikit-learn", "onnx"] = Field(
        description="The format of the file: LightGBM's text model, XGBoost's JSON or UBJSON model, a scikit-learn "
        "model saved with skops, or an ONNX file with a tree ensemble.",
    )
    version: int = Field(1, ge=1, description="Raise it with every model that replaces this one.", examples=[2])
    file: Annotated[str, BeforeValidator(form(_read_file)), WithJsonSchema({"type": "string", "minLength": 1})] = Field(
        description="The path of the file, from the registry's folder.", examples=["models/purchase_intent.txt"]
    )
    digest: Digest | None = Field(
        None, description="The digest of the file; checked when it is given.", examples=[_DIGEST]
    )
    inputs: Mapping[str, Input] = Field(
        description="For each input of the model the feature that feeds it, by name or as an object.",
        examples=[{"PageValues": "page_values", "Margin": {"item": "margin"}}],
    )
    output: Literal["probability", "margin", "class"] = Field(
        "probability",
        description="What tests compare with: the probability, the raw score, or the class with the highest score.",
    )
    classes: Texts = Field(
        (),
        description="The names of the classes, in the order of their numbers in training.",
        examples=[["browse", "buy"]],
    )
    calibration: Calibration | None = Field(
        None,
        description="A curve from the score to the probability that tests compare with; for the output probability.",
        examples=[{"platt": {"a": -1.7, "b": 0.2}}],
    )
    training: Training = Field(Training(), description="Where the model comes from.")


def _refuse(expected: str, code: str, help_line: str) -> None:
    raise PydanticCustomError("bad_value", "{expected}", {"expected": expected, "code": code, "help": help_line})
