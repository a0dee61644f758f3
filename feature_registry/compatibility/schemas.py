"""JSON Schemas compared: what one accepts that the other does not. Where it cannot be told, both are said to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import TypeAlias

Schema: TypeAlias = Mapping[str, object] | bool

_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_NOTES = ("title", "description", "examples", "default", "$comment", "$schema", "$id", "deprecated", "x-note")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_INNER: Mapping[str, Schema] = MappingProxyType({"additionalProperties": True, "items": True})
"""The keywords that hold one schema, with what counts where they are absent."""


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """Whether the new schema may refuse what the old one accepts, and the other way round."""

    narrower: bool
    wider: bool


def compare_schemas(old: Schema, new: Schema) -> SchemaChange:
    """What the new schema may refuse or accept beside the old one (JSON Schema, draft 2020-12)."""
    found = list(_sides(old, new))
    return SchemaChange(any(one.narrower for one in found), any(one.wider for one in found))


def _sides(old: Schema, new: Schema) -> Iterator[SchemaChange]:
    if isinstance(old, bool) or isinstance(new, bool):
        if old != new and not (_accepts_all(old) and _accepts_all(new)):
            yield SchemaChange(_accepts_all(old) or new is False, _accepts_all(new) or old is False)
        return
    yield _subset(_types(old), _types(new))
    yield from _enums(old, new)
    was, now = (set(_list(one.get("required"))) for one in (old, new))
    yield SchemaChange(not now <= was, not was <= now)
    for keyword in _LOWER:
        yield _order(_number(new, keyword, -inf), _number(old, keyword, -inf))
    for keyword in _UPPER:
        yield _order(_number(old, keyword, inf), _number(new, keyword, inf))
    yield from _properties(old, new)
    for keyword, absent in _INNER.items():
        yield compare_schemas(_schema(old.get(keyword, absent)), _schema(new.get(keyword, absent)))
    known = {"type", "enum", "const", "required", "properties", *_LOWER, *_UPPER, *_INNER, *_NOTES}
    for keyword in dict.fromkeys((*old, *new)):
        if keyword not in known and _text(old.get(keyword)) != _text(new.get(keyword)):
            # A keyword that is added can only refuse; what its change does is not looked into.
            yield SchemaChange(keyword in new, keyword in old)


def _properties(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[SchemaChange]:
    """Each property against its own schema, or where it has none against that of the additional ones."""
    befores, afters = (_mapping(one.get("properties")) for one in (old, new))
    for name in dict.fromkeys((*befores, *afters)):
        was = befores.get(name, old.get("additionalProperties", True))
        now = afters.get(name, new.get("additionalProperties", True))
        yield compare_schemas(_schema(was), _schema(now))


def _enums(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[SchemaChange]:
    was, now = _enum(old), _enum(new)
    if was is None or now is None:
        yield SchemaChange(now is not None and was is None, was is not None and now is None)
    else:
        yield _subset(was, now)


def _enum(schema: Mapping[str, object]) -> frozenset[str] | None:
    """What the schema lists, by `enum`, by `const`, or by both at once; None where it lists nothing."""
    listed = [frozenset(map(_text, _list(schema["enum"])))] if "enum" in schema else []
    single = [frozenset({_text(schema["const"])})] if "const" in schema else []
    return frozenset.intersection(*listed, *single) if listed or single else None


def _types(schema: Mapping[str, object]) -> frozenset[str]:
    given = schema.get("type")
    names = _TYPES if given is None else frozenset(map(str, given if isinstance(given, list) else [given]))
    return names | {"integer"} if "number" in names else names


def _subset(was: frozenset[str], now: frozenset[str]) -> SchemaChange:
    return SchemaChange(not was <= now, not now <= was)


def _order(one: float, other: float) -> SchemaChange:
    return SchemaChange(one > other, one < other)


def _number(schema: Mapping[str, object], keyword: str, absent: float) -> float:
    value = schema.get(keyword, absent)
    return float(value) if isinstance(value, int | float) else absent


def _accepts_all(schema: Schema) -> bool:
    return schema is True or (not isinstance(schema, bool) and not set(schema) - set(_NOTES))


def _schema(value: object) -> Schema:
    return value if isinstance(value, bool | Mapping) else True


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=dict)
