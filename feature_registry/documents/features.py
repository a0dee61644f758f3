"""The document of a feature: a named, typed input of decisions."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, SkipValidation, ValidationInfo, WithJsonSchema, field_validator

from feature_registry.derivations import Derivation
from feature_registry.documents.base import RESERVED_NAMES, Duration, Living, Texts, defined_as, form
from feature_registry.nearest import listed
from feature_registry.readings import READINGS
from feature_registry.values import BadValueError, FeatureType, Value, read_number, read_timestamp, read_value

_PATH = re.compile(r"[^.\s]+(\.[^.\s]+)+")
_WITH_BOUNDS = (FeatureType.NUMBER, FeatureType.TIMESTAMP)
_WITH_VALUES = (FeatureType.CATEGORY, FeatureType.TAGS)


def _read_path(json: object) -> str:
    if not isinstance(json, str) or _PATH.fullmatch(json) is None:
        help_line = "a group of the request and a name in it, with a dot between"
        raise BadValueError("a path such as `geo.country`", "bad-path", help_line)
    if any(part in ("__proto__", *RESERVED_NAMES) for part in json.split(".")):
        raise BadValueError("a path without names that JavaScript reserves", "bad-path", "choose another name")
    if json.startswith("headers.") and json != json.lower():
        raise BadValueError("a header name in lower case", "bad-path", f"write `{json.lower()}`")
    return json


Path: TypeAlias = Annotated[
    str, BeforeValidator(form(_read_path)), WithJsonSchema({"type": "string", "pattern": r"^[^.\s]+(\.[^.\s]+)+$"})
]
_AnyValue: TypeAlias = Annotated[
    Value, WithJsonSchema({"type": ["boolean", "number", "string", "array"], "items": {"type": "string"}})
]
_Bounds: TypeAlias = Annotated[
    tuple[float, float],
    WithJsonSchema({"type": "array", "items": {"type": ["number", "string"]}, "minItems": 2, "maxItems": 2}),
]
DerivationField: TypeAlias = Annotated[Derivation, SkipValidation, defined_as("Derivation")]
"""Derivations are read before pydantic sees them (derivation_reader.py), so that every problem in them is found."""


def _read_reading(json: object) -> object:
    if json not in READINGS:
        raise BadValueError("the name of a reading", "unknown-value", f"they are {listed(READINGS)}")
    return json


_Reading: TypeAlias = Annotated[
    str, BeforeValidator(form(_read_reading)), WithJsonSchema({"type": "string", "enum": list(READINGS)})
]


class Feature(Living):
    """A named, typed input of decisions, read from the request or derived from other features.

    When it is missing, comparisons with it are unknown. Exactly one of `source` and `derivation` is given.
    """

    type: Annotated[FeatureType, Field(strict=False)] = Field(
        description="The type of the values.", examples=["number", "category"]
    )
    source: Path | None = Field(
        None,
        alias="from",
        description="Where the value stands in a request: a group (geo, device, language, local, session, profile, "
        "headers, cookies, query) and a path in it.",
        examples=["geo.country", "session.page_values", "device.type"],
    )
    derivation: DerivationField | None = Field(
        None,
        alias="derive",
        description="Instead of `from`: how the value is made of other features.",
        examples=[{"divide": [{"feature": "basket_value"}, {"feature": "items"}]}],
    )
    kind: Literal["context", "identity"] = Field(
        "context", description="context: comes with the request; identity: changes slowly and is kept in a profile."
    )
    tier: Literal[1, 2, 3] = Field(
        1,
        description="1: computed at the edge from the request; 2: synced to the edge; 3: stays in the cloud, where "
        "decisions at the edge cannot read it.",
    )
    version: int = Field(1, ge=1, description="Raise it when the meaning of the values changes.", examples=[2])
    default: _AnyValue | None = Field(
        None,
        description="Replaces a value that is missing or stale, never one that consent denies. Of the feature's type.",
        examples=[0, "none", False],
    )
    unit: str | None = Field(None, description="The unit of the numbers.", examples=["EUR", "s"])
    bounds: _Bounds | None = Field(
        None,
        alias="range",
        description="[low, high] of numbers or timestamps, both included: a value outside is missing.",
        examples=[[0, 10000]],
    )
    values: Texts | None = Field(
        None,
        description="The closed list of a category's or a tag set's values; without it any text may come.",
        examples=[["none", "silver", "gold"]],
    )
    max_age: Duration | None = Field(
        None, description="A value older than this is stale, and counts as missing.", examples=["30m", "24h"]
    )
    purposes: Texts = Field(
        (),
        description="What a visitor must have agreed to; the value is denied without.",
        examples=[["personalisation"]],
    )
    data_class: Literal["anonymous", "pseudonymous", "personal", "sensitive"] = Field(
        "anonymous", description="How much the value says about a person."
    )
    linkability: Literal["none", "group", "individual"] | None = Field(
        None,
        description="Whom the value points at: nobody in particular, a small group, or one person. By default what is "
        "usual for the data class.",
        examples=["group"],
    )
    region: str | None = Field(None, description="The region that the data must stay in.", examples=["eu"])
    reading: _Reading | None = Field(
        None,
        description="How raw values of other types are read, as JavaScript does; without it nothing is coerced. A "
        "feature with a reading has no default.",
        examples=["number", "lower-case"],
    )

    @property
    def path(self) -> tuple[str, ...]:
        """The parts of `from`; none of a derived feature."""
        return () if self.source is None else tuple(self.source.split("."))

    @field_validator("default", mode="before")
    @classmethod
    def _read_default(cls, json: object, info: ValidationInfo) -> object:
        kind = info.data.get("type")
        return None if kind is None else form(lambda given: read_value(kind, given))(json)

    @field_validator("reading", mode="after")
    @classmethod
    def _check_reading(cls, reading: str | None, info: ValidationInfo) -> object:
        kind, default = info.data.get("type"), info.data.get("default")
        if reading is None or kind is None:
            return reading
        return form(lambda given: _fitting_reading(kind, default, given))(reading)

    @field_validator("bounds", mode="before")
    @classmethod
    def _read_bounds(cls, json: object, info: ValidationInfo) -> object:
        kind = info.data.get("type")
        return None if kind is None else form(lambda given: _read_bounds(kind, given))(json)

    @field_validator("values", mode="before")
    @classmethod
    def _check_values(cls, json: object, info: ValidationInfo) -> object:
        kind = info.data.get("type")
        return None if kind is None else form(lambda given: _check_values(kind, given))(json)


def _read_bounds(kind: FeatureType, json: object) -> tuple[float, float]:
    if kind not in _WITH_BOUNDS:
        raise BadValueError(f"no range for the type `{kind}`", "not-for-type", "numbers and timestamps have ranges")
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[low, high]")
    read = read_number if kind is FeatureType.NUMBER else read_timestamp
    low, high = (float(read(bound)) for bound in json)
    if low > high:
        raise BadValueError("[low, high] with low <= high", "empty-range", "swap the two")
    return low, high


def _fitting_reading(kind: FeatureType, default: object, reading: object) -> object:
    types = READINGS[str(reading)]
    if kind not in types:
        raise BadValueError(f"a reading for the type `{kind}`", "not-for-type", f"`{reading}` is for {listed(types)}")
    if default is not None:
        help_line = "leave the default out: a reading settles what each raw value means"
        raise BadValueError("no default beside a reading", "not-for-type", help_line)
    return reading


def _check_values(kind: FeatureType, json: object) -> object:
    if kind not in _WITH_VALUES:
        raise BadValueError(
            f"no list of values for the type `{kind}`", "not-for-type", "categories and tags have lists"
        )
    if json == [] or json is None:
        raise BadValueError("at least one value", "too-few", "leave the key out when any text may come")
    return json
