"""Schemas compared: what a validator of JSON Schema accepts and refuses is the judge."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from feature_registry.compatibility.schemas import SchemaChange, compare_schemas

KEYS = ("title", "price", "x")
TYPES = ("object", "string", "number", "integer", "boolean", "array", "null")
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "abc", 0.5, 2.0])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


def schemas(depth: int) -> st.SearchStrategy[Any]:
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
        "required": st.lists(st.sampled_from(KEYS), max_size=2, unique=True),
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "maxLength": st.integers(0, 3),
        "minItems": st.integers(0, 2),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": SCALARS,
        "pattern": st.sampled_from(["^a", "b"]),
        "title": st.just("for people"),
    }
    if depth:
        inner = schemas(depth - 1)
        keywords["properties"] = st.dictionaries(st.sampled_from(KEYS), inner, max_size=2)
        keywords["additionalProperties"] = inner
        keywords["items"] = inner
        keywords["not"] = inner
        keywords["anyOf"] = st.lists(inner, min_size=1, max_size=2)
    return st.booleans() | st.fixed_dictionaries({}, optional=keywords)


@settings(max_examples=400)
@given(st.data(), schemas(2), schemas(2))
def test_what_is_not_said_does_not_happen(data: st.DataObject, old: Any, new: Any) -> None:
    if isinstance(old, dict) and isinstance(new, dict) and data.draw(st.booleans()):
        new = {**old, **dict(list(new.items())[:1])}  # schemas that differ in one keyword
    change = compare_schemas(old, new)
    before, after = Draft202012Validator(old), Draft202012Validator(new)
    for _ in range(10):
        value = data.draw(VALUES)
        was, now = before.is_valid(value), after.is_valid(value)
        assert change.narrower or not was or now, f"{value} is refused"
        assert change.wider or was or not now, f"{value} is accepted"


@pytest.mark.parametrize(
    ("old", "new", "narrower", "wider"),
    [
        ({"type": "object"}, {"type": "object", "title": "A hero"}, False, False),
        ({"type": "number"}, {"type": "integer"}, True, False),
        ({"required": ["title", "x"]}, {"required": ["x", "title"]}, False, False),
        ({"enum": ["a", "b"]}, {"enum": ["b", "a", "c"]}, False, True),
        ({"const": "a"}, {"enum": ["a"]}, False, False),
        ({"const": "a"}, {"const": "a", "enum": ["b"]}, True, False),
        ({"const": "a", "enum": ["b"]}, {"const": "a", "enum": ["a", "b"]}, False, True),
        ({}, {"properties": {"x": {"type": "string"}}}, True, False),
        ({"additionalProperties": False}, {"additionalProperties": False, "properties": {"x": True}}, False, True),
        ({"maximum": 5}, {"maximum": 4}, True, False),
        ({"pattern": "a"}, {"pattern": "b"}, True, True),
        (True, {}, False, False),
        (True, False, True, False),
    ],
)
def test_each_side_is_told(old: Any, new: Any, narrower: bool, wider: bool) -> None:
    assert compare_schemas(old, new) == SchemaChange(narrower, wider)
    assert compare_schemas(new, old) == SchemaChange(wider, narrower)
