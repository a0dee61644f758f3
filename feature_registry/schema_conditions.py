"""The JSON Schema of conditions and scores: one form for each head key, so that editors complete the keys that fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from feature_registry.conditions import DAYS
from feature_registry.operators import ArgumentKind, OperatorSignature
from feature_registry.scores import PAIRS, ScoreOperation
from feature_registry.values import time_zones

Schema: TypeAlias = dict[str, object]

_CONDITION: Schema = {"$ref": "#/$defs/Condition"}
_SCORE: Schema = {"$ref": "#/$defs/Score"}
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
        _form("not", "True when the condition is false.", {"not": _key("The condition.", _CONDITION, _EXAMPLE)}),
        _form(
            "cohort", "True for the members of a cohort.", {"cohort": _key("The cohort.", {"type": "string"}, "dach")}
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


def score_schema() -> Schema:
    """The schema of a ranking's score."""
    named = (
        ("feature", "A feature of the visitor: a number, or a bool as 0 or 1.", "page_values"),
        ("item", "An attribute of the candidate: a number, or a bool as 0 or 1.", "margin"),
        ("model", "The output of a model.", "offer_score"),
    )
    forms: list[Schema] = [{"type": "number", "title": "number", "description": "The same for every candidate."}]
    forms += [_form(head, text, {head: _key(text, {"type": "string"}, example)}) for head, text, example in named]
    for op in ScoreOperation:
        items: Schema = {"type": "array", "items": _SCORE, "minItems": 2 if op in PAIRS else 1}
        if op in PAIRS:
            items["maxItems"] = 2
        text = f"The scores of the list, from left to right: {op}."
        forms.append(_form(op, text, {op: _key(text, items, [{"item": "margin"}, 2])}))
    examples = [{"model": "offer_score"}, {"multiply": [{"item": "margin"}, {"feature": "page_values"}]}]
    return {"title": "Score", "description": "What a candidate is worth.", "anyOf": forms, "examples": examples}


def _combination(head: str, text: str) -> Schema:
    items: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}
    return _form(head, text, {head: _key("The conditions.", items, [_EXAMPLE, {"cohort": "buyers"}])})


def _model_test() -> Schema:
    tests = {
        "at_least": _key("The score is this number or above.", {"type": "number"}, 0.62),
        "below": _key("The score is below this number.", {"type": "number"}, 0.2),
        "between": _key("[low, high]: the score is at least low and below high.", _NUMBERS, [0.4, 0.6]),
        "is": _key("The class with the highest score is this one.", {"type": "string"}, "buy"),
    }
    properties = {
        "model": _key("The model.", {"type": "string"}, "purchase_intent"),
        **tests,
        "class": _key("The class whose score is meant, of a model with several.", {"type": "string"}, "buy"),
    }
    return {
        **_form("model", "A test of a model's output.", properties),
        "oneOf": [{"required": [test]} for test in tests],
    }


def _feature_test(operators: Sequence[OperatorSignature]) -> Schema:
    properties = {"feature": _key("The feature.", {"type": "string"}, "country")}
    for signature in operators:
        text = f"{signature.summary} For features of type {', '.join(signature.types)}."
        properties[signature.name] = _key(text, _ARGUMENTS[signature.argument], signature.example)
    text = "What the test gives when the feature is missing; unknown without it."
    properties["if_missing"] = _key(text, {"type": "boolean"}, False)
    form = _form("feature", "A test of a feature: one operator with its argument.", properties)
    form["oneOf"] = [
        {"required": [one.name]}
        if one.allows_if_missing
        else {"required": [one.name], "not": {"required": ["if_missing"]}}
        for one in operators
    ]
    return form


def _share() -> Schema:
    fraction: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    properties = {
        "share": _key("The fraction of units, always the same ones.", fraction, 0.25),
        "of": _key("The unit.", {"type": "string"}, "visitor_id"),
        "salt": _key("Fixes which units; the place of the condition does by default.", {"type": "string"}, "summer"),
    }
    return _form("share", "True for a stable share of the units.", properties, ("share", "of"))


def _schedule() -> Schema:
    days: Schema = {"type": "array", "items": {"enum": list(DAYS)}, "minItems": 1, "uniqueItems": True}
    clock: Schema = {"type": "string", "pattern": _CLOCK}
    local: Schema = {"type": "string", "pattern": _LOCAL_TIME}
    zone: Schema = {"$ref": "#/$defs/Zone"}
    properties = {
        "zone": _key("The time zone, by its IANA name.", zone, "Europe/Berlin"),
        "days": _key("The days of the week.", days, ["sat", "sun"]),
        "from": _key("The time of day from which on it holds.", clock, "09:00"),
        "to": _key("The time of day until which it holds; before `from`: over midnight.", clock, "17:30"),
        "starts": _key("The local time from which on it holds.", local, "2026-11-27T00:00"),
        "ends": _key("The local time from which on it no longer holds.", local, "2026-12-01T00:00"),
    }
    inner = _form("zone", "Local time in a zone, within all parts that are given.", properties)
    inner["minProperties"] = 2
    example = {"zone": "Europe/Berlin", "days": ["sat", "sun"]}
    return _form("schedule", "True at certain times.", {"schedule": _key("When.", inner, example)})


def _form(head: str, text: str, properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {
        "title": head,
        "description": text,
        "type": "object",
        "properties": dict(properties),
        "required": list(required) or [head],
        "additionalProperties": False,
    }


def _key(text: str, schema: Schema, example: object) -> Schema:
    return {**schema, "description": text, "examples": [example]}


def _mapping(schema: object) -> Mapping[str, object]:
    assert isinstance(schema, Mapping), "a form's properties"
    return schema


_EXAMPLE = {"feature": "country", "in": ["DE", "AT", "CH"]}
