"""The JSON Schema of scores and of what derives features: one form for each head key."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.schema_conditions import Schema, form_of, key_of
from feature_registry.scores import PAIRS, ScoreOperation, UnaryOperation

_NUMBER = "A feature: a number, or a bool as 0 or 1."
_DAYS = "The days from a feature's time to the time of the request, with their fraction."
_FUNCTIONS = {
    UnaryOperation.ABS: "The number without its sign.",
    UnaryOperation.FLOOR: "The largest whole number that is not above.",
    UnaryOperation.CEIL: "The smallest whole number that is not below.",
    UnaryOperation.ROUND: "The nearest whole number; the even one, where two are as near.",
}


def score_schema() -> Schema:
    """The schema of a ranking's score."""
    named = (
        ("feature", "A feature of the visitor: a number, or a bool as 0 or 1.", "page_values"),
        ("item", "An attribute of the candidate: a number, or a bool as 0 or 1.", "margin"),
        ("model", "The output of a model.", "offer_score"),
        ("days_since", _DAYS, "last_order_at"),
    )
    forms: list[Schema] = [{"type": "number", "title": "number", "description": "The same for every candidate."}]
    forms += [form_of(head, text, {head: key_of(text, {"type": "string"}, example)}) for head, text, example in named]
    forms += _operations("Score", {"item": "margin"})
    examples = [{"model": "offer_score"}, {"multiply": [{"item": "margin"}, {"feature": "page_values"}]}]
    return {"title": "Score", "description": "What a candidate is worth.", "anyOf": forms, "examples": examples}


def expression_schema() -> Schema:
    """The schema of the number that features make."""
    named = (("feature", _NUMBER, "basket_value"), ("days_since", _DAYS, "last_order_at"))
    forms: list[Schema] = [{"type": "number", "title": "number", "description": "A number."}]
    forms += [form_of(head, text, {head: key_of(text, {"type": "string"}, example)}) for head, text, example in named]
    forms += _operations("Expression", {"feature": "basket_value"})
    examples = [{"divide": [{"feature": "basket_value"}, {"feature": "items"}]}, {"days_since": "last_order_at"}]
    text = "A number made of features; missing where one of them is."
    return {"title": "Expression", "description": text, "anyOf": forms, "examples": examples}


def derivation_schema() -> Schema:
    """The schema of how a feature is made of others: by its type an expression, a condition, or a band."""
    expression: Schema = {"$ref": "#/$defs/Expression"}
    limits: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 1}
    band = form_of(
        "band",
        "Of a category: the band that a number falls into, as the place in its `values`.",
        {
            "band": key_of("The number.", expression, {"feature": "basket_value"}),
            "limits": key_of("Where a band ends and the next one begins, growing.", limits, [50, 200]),
        },
        ("band", "limits"),
    )
    return {
        "title": "Derivation",
        "description": "How a number (an expression), a bool (a condition on features) or a category (a band) is made "
        "of other features.",
        "anyOf": [expression, {"$ref": "#/$defs/Condition"}, band],
        "examples": [
            {"divide": [{"feature": "basket_value"}, {"feature": "items"}]},
            {"feature": "basket_value", "at_least": 100},
            {"band": {"feature": "basket_value"}, "limits": [50, 200]},
        ],
    }


def _operations(name: str, example: object) -> Iterator[Schema]:
    inner: Schema = {"$ref": f"#/$defs/{name}"}
    for op in ScoreOperation:
        items: Schema = {"type": "array", "items": inner, "minItems": 2 if op in PAIRS else 1}
        if op in PAIRS:
            items["maxItems"] = 2
        text = f"The {'scores' if name == 'Score' else 'numbers'} of the list, from left to right: {op}."
        yield form_of(op, text, {op: key_of(text, items, [example, 2])})
    for function, text in _FUNCTIONS.items():
        yield form_of(function, text, {function: key_of(text, inner, example)})
