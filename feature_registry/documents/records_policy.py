"""The policy of records: which fields of a visitor are kept, in which form, and how many requests make one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from feature_registry.documents.base import Described, Document, Duration, Fraction, Reference, form
from feature_registry.documents.profile_policy import Tenant
from feature_registry.findings import short
from feature_registry.nearest import did_you_mean, listed
from feature_registry.values import BadValueError, read_duration

Treatment: TypeAlias = Literal["drop", "bucket", "hmac", "clear"]
Form: TypeAlias = Literal["id", "values", "country", "region", "language", "number", "never"]


class FieldRule(NamedTuple):
    """A field that a request may bring: the treatments that it may get, and the one that it gets by itself."""

    form: Form
    default: Treatment
    allowed: tuple[Treatment, ...]
    meaning: str
    values: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


def _never(meaning: str) -> FieldRule:
    return FieldRule("never", "drop", ("drop",), meaning)


FIELDS: Mapping[str, FieldRule] = MappingProxyType(
    {
        "unit": FieldRule("id", "hmac", ("hmac", "drop"), "the unit that is bucketed: the visitor"),
        "session": FieldRule("id", "drop", ("hmac", "drop"), "the shop's session"),
        "country": FieldRule("country", "clear", ("clear", "drop"), "the country, two capital letters"),
        "region": FieldRule("region", "drop", ("clear", "drop"), "the region's code, at most three capitals or digits"),
        "language": FieldRule("language", "drop", ("clear", "drop"), "the language without its region"),
        "device": FieldRule(
            "values",
            "clear",
            ("clear", "drop"),
            "the type of the device",
            values=("desktop", "mobile", "tablet", "tv", "bot", "other"),
        ),
        "hour": FieldRule(
            "number",
            "drop",
            ("bucket", "drop"),
            "the hour at the visitor's place: night, morning, afternoon, evening",
            bounds=(6, 12, 18),
        ),
        "ip": _never("the address"),
        "user_agent": _never("the whole user agent"),
        "referrer": _never("the page before"),
        "query": _never("the query"),
        "url": _never("the address of the page"),
        "cookies": _never("cookies"),
        "headers": _never("headers"),
        "consent": _never("consent strings and receipts"),
        "city": _never("the city"),
        "postal_code": _never("the postal code"),
        "latitude": _never("where the visitor is"),
        "longitude": _never("where the visitor is"),
    }
)
"""Every field there is. What is in no such field is dropped, and counted."""


def _read_fields(json: object) -> object:
    """Treatments by field. Raises BadValueError; leaves what is no object to pydantic."""
    if isinstance(json, dict):
        for name, treatment in json.items():
            rule = FIELDS.get(name)
            if rule is None:
                raise BadValueError("an object of fields of records", "unknown-value", _unknown(name))
            if treatment not in rule.allowed:
                help_line = f"`{name}` can get {listed(rule.allowed)}"
                raise BadValueError(f"an object with another treatment of `{name}`", "bad-treatment", help_line)
    return json


def _unknown(name: str) -> str:
    return f"`{short(name)}` is none: " + (did_you_mean(name, FIELDS) or f"they are {listed(FIELDS)}")


def _schema(rule: FieldRule) -> dict[str, object]:
    return {"enum": list(rule.allowed), "description": f"What becomes of {rule.meaning}; `{rule.default}` by default."}


Fields: TypeAlias = Annotated[
    dict[str, Treatment],
    BeforeValidator(form(_read_fields)),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {name: _schema(rule) for name, rule in FIELDS.items()},
            "additionalProperties": False,
        }
    ),
]


class Sampling(Document):
    """Which requests are looked at more closely. Errors, fallbacks and exposures of experiments are always kept."""

    decisions: Fraction = Field(
        0.01,
        description="The share of units, by a hash of unit and day, whose decisions are kept as events.",
        examples=[0.01],
    )
    readings: Fraction = Field(
        0.01,
        description="The share of requests whose features' statuses, ages and values are counted.",
        examples=[0.05],
    )


class Sensitive(Document):
    """What is counted only: no event says that somebody saw it."""

    decisions: Annotated[tuple[Reference, ...], Field(strict=False)] = Field(
        (), description="Decisions.", examples=[["health_offer"]]
    )
    experiments: Annotated[tuple[Reference, ...], Field(strict=False)] = Field(
        (), description="Experiments.", examples=[["price_test"]]
    )


class Records(Described):
    """What the edge tells of its requests. Without this policy it tells nothing."""

    purpose: str = Field(
        "analytics",
        min_length=1,
        description="The purpose that a visitor must have agreed to; without it a request is counted, and no more.",
        examples=["analytics"],
    )
    tenant: Tenant = Field(
        "edgewise",
        description="Whose visitors they are: pseudonyms of two tenants cannot be joined.",
        examples=["shop"],
    )
    fields: Fields = Field(
        {}, description="Treatments that differ from docs/records.md, by field.", examples=[{"country": "drop"}]
    )
    sampling: Sampling = Field(Sampling(), description="Which requests are looked at more closely.")
    sensitive: Sensitive = Field(Sensitive(), description="What is counted only.")
    repeat_after: Duration = Field(
        read_duration("30m"),
        description="How long the same exposure of the same unit is not recorded again at the same node.",
        examples=["30m"],
        json_schema_extra={"default": "30m"},
    )
    queue: Annotated[int, Field(ge=1, le=5000)] = Field(
        500, description="How many events wait at most; further ones are dropped, and counted."
    )
    batch: Annotated[int, Field(ge=1, le=500)] = Field(100, description="How many events are sent at once.")
    flush_after: Duration = Field(
        read_duration("10s"),
        description="How long counters and events wait at most while requests come in.",
        examples=["10s"],
        json_schema_extra={"default": "10s"},
    )
    trace: Literal["restart", "accept"] = Field(
        "restart",
        description="Whether a trace begins at the edge, or goes on from the header `traceparent`, which then only a "
        "trusted proxy may write.",
    )


def treatment_of(records: Records, field: str) -> Treatment:
    """The treatment that a field gets."""
    return records.fields.get(field, FIELDS[field].default)
