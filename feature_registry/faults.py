"""Faults that pydantic finds in documents, in the words of this registry: codes, messages and help lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from json import dumps
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from feature_registry.findings import Findings, described, number_text, short
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import did_you_mean, listed

_TYPES = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "`true` or `false`",
    "dict": "an object",
    "mapping": "an object",
    "model": "an object",
    "tuple": "a list",
    "list": "a list",
}


def report(findings: Findings, document: type[BaseModel], detail: ErrorDetails, at: str) -> None:
    """Note a fault that pydantic found in a document which stands at `at`."""
    location = tuple(part for part in detail["loc"] if part != "[key]")
    pointer = at + pointer_to(*location)
    found = detail["input"]
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            key = str(location[-1])
            example = _example(document, location)
            findings.add("missing-key", f"missing key `{key}`", at + pointer_to(*location[:-1]), example)
        case "extra_forbidden":
            key, keys = str(location[-1]), _keys(document, location[:-1])
            help_line = did_you_mean(key, keys) or f"the keys are {listed(keys)}"
            findings.add("unknown-key", f"unknown key `{short(key)}`", pointer, help_line, key=True)
        case "bad_value":
            on_key = detail["loc"][-1:] == ("[key]",)
            message = f"expected {context['expected']}, found {described(found)}"
            findings.add(context["code"], message, pointer, context["help"], key=on_key)
        case "literal_error" | "enum":
            options = re.findall(r"'([^']*)'|(\d+)", str(context["expected"]))
            names = [text or number for text, number in options]
            message = f"expected {_alternatives(names)}, found {described(found)}"
            nearest_line = did_you_mean(found, names) if isinstance(found, str) else None
            findings.add("unknown-value", message, pointer, nearest_line)
        case other:
            code, expected = _expected(other, context)
            findings.add(code, f"expected {expected}, found {described(found)}", pointer)


def _expected(kind: str, context: Mapping[str, object]) -> tuple[str, str]:
    """The code of a pydantic error, and what it expected."""
    match kind:
        case "greater_than_equal":
            return "out-of-range", f"a number of at least {_number(context['ge'])}"
        case "greater_than":
            return "out-of-range", f"a number above {_number(context['gt'])}"
        case "less_than_equal":
            return "out-of-range", f"a number of at most {_number(context['le'])}"
        case "too_short" | "string_too_short":
            return "too-few", "text that is not empty" if kind == "string_too_short" else "at least one entry"
        case "string_pattern_mismatch":
            return "bad-time", "a date such as `2026-05-04`"
    return "wrong-type", next(
        (words for part, words in _TYPES.items() if kind.startswith(part)), "a value of another form"
    )


def _number(bound: object) -> str:
    return number_text(bound) if isinstance(bound, int | float) else str(bound)


def _alternatives(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _keys(document: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that the object at a location of a document may have."""
    inner = _class_at(document, location)
    return tuple(field.alias or name for name, field in inner.model_fields.items()) if inner is not None else ()


def _example(document: type[BaseModel], location: tuple[int | str, ...]) -> str | None:
    inner = _class_at(document, location[:-1])
    key = location[-1]
    fields = inner.model_fields.items() if inner is not None else ()
    field = next((field for name, field in fields if key == (field.alias or name)), None)
    if field is None or field.description is None:
        return None
    if field.examples:
        return f"for instance {dumps(key)}: {dumps(field.examples[0])}"
    return field.description[:1].lower() + field.description[1:].rstrip(".")


def _class_at(document: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel] | None:
    current: type[BaseModel] | None = document
    for part in location:
        if current is None:
            return None
        field = next((one for name, one in current.model_fields.items() if part == (one.alias or name)), None)
        if field is not None:
            current = next(_models_in(field.annotation), None)
    return current


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
