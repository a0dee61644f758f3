"""The JSON Schema of conditions: one form for each head key, so that editors complete the keys that fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from feature_registry.bucketings import NAMED_BUCKETINGS
from feature_registry.conditions import DAYS
from feature_registry.operators import ArgumentKind, OperatorSignature
from feature_registry.values import time_zones

Schema: TypeAlias = dict[str, object]

_CONDITION: Schema = {"$ref": "#/$defs/Condition"}
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
_LOCAL_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
_ARGUMENTS: Mapping[ArgumentKind, Schema] = {
    ArgumentKind.VALUE: _SCALAR,
    ArgumentKind.VALUES: {"type": "array", "items": _SCALAR, "minItems": 1, "uniqueItems": True},
    ArgumentKind.RANGE: {"type": "array", "items": _SCALAR, "minItems": 2, "maxItems": 2},
    ArgumentKind.TIME: {"type": "string", "format": "date-time"},
    ArgumentKind.DURATION: {"type": "string", "pattern": "^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$"},
    ArgumentKind.TAGS: _TEXTS,
    ArgumentKind.TEXT: {"type": "string"},
    ArgumentKind.PATTERN: {"type": "string"},
    ArgumentKind.FLAG: {"type": "boolean"},
}


def condition_schema(operators: Sequence[OperatorSignature], beside: Mapping[str, Schema] | None = None) -> Schema:
    """The schema of a condition; `beside` gives further keys that each form may have."""
    forms = [
        _combination("all", "True when every condition in the list is true."),
        _combination("any", "True when some condition in the list is true."),
        form_of("not", "True when the condition is false.", {"not": key_of("The condition.", _CONDITION, _EXAMPLE)}),
        form_of(
            "cohort", "True for the members of a cohort.", {"cohort": key_of("The cohort.", {"type": "string"}, "dach")}
        ),
        _model_test(),
        _feature_test(operators),
        _share(),
        _schedule(),
    ]
    if beside:
        forms = [{**form, "properties": {**_mapping(form["properties"]), **beside}} for form in forms]
    return {
        "title": "Condition",
        "description": "One condition, told by its first key. A comparison with a missing value is unknown.",
        "type": "object",
        "anyOf": forms,
        "examples": [_EXAMPLE, {"all": [{"cohort": "dach"}, {"not": {"feature": "is_bot", "is": True}}]}],
    }


def zone_schema() -> Schema:
    """The schema of a time zone: the names that tzdata lists."""
    text = "A time zone, by its IANA name."
    return {"title": "Zone", "description": text, "enum": sorted(time_zones()), "examples": ["Europe/Berlin"]}


def _combination(head: str, text: str) -> Schema:
    items: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}
    return form_of(head, text, {head: key_of("The conditions.", items, [_EXAMPLE, {"cohort": "buyers"}])})


def band_properties() -> dict[str, Schema]:
    """The keys of a test of a model, each with its schema."""
    return {
        "model": key_of("The model.", {"type": "string"}, "purchase_intent"),
        **_model_tests(),
        "class": key_of("The class whose score is meant, of a model with several.", {"type": "string"}, "buy"),
    }


def _model_tests() -> dict[str, Schema]:
    return {
        "at_least": key_of("The score is this number or above.", {"type": "number"}, 0.62),
        "below": key_of("The score is below this number.", {"type": "number"}, 0.2),
        "between": key_of("[low, high]: the score is at least low and below high.", _NUMBERS, [0.4, 0.6]),
        "is": key_of("The class with the highest score is this one.", {"type": "string"}, "buy"),
    }


def _model_test() -> Schema:
    return {
        **form_of("model", "A test of a model's output.", band_properties()),
        "oneOf": [{"required": [test]} for test in _model_tests()],
    }


def _feature_test(operators: Sequence[OperatorSignature]) -> Schema:
    properties = {"feature": key_of("The feature.", {"type": "string"}, "country")}
    for signature in operators:
        text = f"{signature.summary} For features of type {', '.join(signature.types)}."
        properties[signature.name] = key_of(text, _ARGUMENTS[signature.argument], signature.example)
    text = "What the test gives when the feature is missing; unknown without it."
    properties["if_missing"] = key_of(text, {"type": "boolean"}, False)
    form = form_of("feature", "A test of a feature: one operator with its argument.", properties)
    form["oneOf"] = [
        {"required": [one.name]}
        if one.allows_if_missing
        else {"required": [one.name], "not": {"required": ["if_missing"]}}
        for one in operators
    ]
    return form


def _share() -> Schema:
    places: Schema = {"type": "number", "minimum": 0, "maximum": 101}
    share: Schema = {
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "array", "items": places, "minItems": 2, "maxItems": 2},
        ]
    }
    text: Schema = {"type": "string"}
    times: Schema = {"type": "array", "items": {"type": "string", "format": "date-time"}, "minItems": 2, "maxItems": 2}
    properties = {
        "share": key_of("The fraction of units, always the same ones; or [low, high] of a bucketing.", share, 0.25),
        "of": key_of("The unit.", text, "visitor_id"),
        "salt": key_of("Fixes which units; the place of the condition does by default.", text, "summer"),
        "bucketing": key_of("Whose places the range means.", {"enum": list(NAMED_BUCKETINGS)}, "growthbook-2"),
        "seed": key_of("What a named bucketing hashes beside the id.", text, "hero-test"),
        "seed_after": key_of("What flagd's bucketings hash after the id.", text, "-2"),
        "ramp": key_of("[starts, ends]: the share [0, 1] grows from nothing to everybody between them.", times, _RAMP),
        "if_missing": key_of("What it gives when the unit is missing; unknown without it.", {"type": "boolean"}, False),
    }
    return form_of("share", "True for a stable share of the units.", properties, ("share", "of"))


def _schedule() -> Schema:
    days: Schema = {"type": "array", "items": {"enum": list(DAYS)}, "minItems": 1, "uniqueItems": True}
    clock: Schema = {"type": "string", "pattern": _CLOCK}
    local: Schema = {"type": "string", "pattern": _LOCAL_TIME}
    zone: Schema = {"$ref": "#/$defs/Zone"}
    properties = {
        "zone": key_of("The time zone, by its IANA name.", zone, "Europe/Berlin"),
        "days": key_of("The days of the week.", days, ["sat", "sun"]),
        "from": key_of("The time of day from which on it holds.", clock, "09:00"),
        "to": key_of("The time of day until which it holds; before `from`: over midnight.", clock, "17:30"),
        "starts": key_of("The local time from which on it holds.", local, "2026-11-27T00:00"),
        "ends": key_of("The local time from which on it no longer holds.", local, "2026-12-01T00:00"),
    }
    inner = form_of("zone", "Local time in a zone, within all parts that are given.", properties)
    inner["minProperties"] = 2
    example = {"zone": "Europe/Berlin", "days": ["sat", "sun"]}
    return form_of("schedule", "True at certain times.", {"schedule": key_of("When.", inner, example)})


def form_of(head: str, text: str, properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """The schema of an object that is told by its key `head`; that key is required unless others are given."""
    return {
        "title": head,
        "description": text,
        "type": "object",
        "properties": dict(properties),
        "required": list(required) or [head],
        "additionalProperties": False,
    }


def key_of(text: str, schema: Schema, example: object) -> Schema:
    """The schema of a key, with what editors show of it."""
    return {**schema, "description": text, "examples": [example]}


def _mapping(schema: object) -> Mapping[str, object]:
    assert isinstance(schema, Mapping), "a form's properties"
    return schema


_EXAMPLE = {"feature": "country", "in": ["DE", "AT", "CH"]}
_RAMP = ["2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"]
