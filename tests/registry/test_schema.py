"""The generated JSON Schema: it explains every key, and agrees with what loading accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from decision_engine.operators import SIGNATURES
from feature_registry import json_schema
from tests.registry.folders import SHOP

SCHEMA: dict[str, Any] = json_schema(SIGNATURES)


def test_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    json.dumps(SCHEMA, allow_nan=False)


def test_accepts_a_registry_without_problems() -> None:
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(SHOP)] == []


def test_refuses_unknown_keys() -> None:
    broken = {"features": {"country": {"type": "category", "from": "geo.country", "form": 1}}, "featurs": {}}
    assert len(list(Draft202012Validator(SCHEMA).iter_errors(broken))) == 2


def test_a_feature_is_read_or_derived() -> None:
    def problems(feature: dict[str, Any]) -> list[str]:
        registry = {"features": {"v": feature}}
        return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(registry)]

    quotient = {"divide": [{"feature": "a"}, {"max": [{"floor": {"days_since": "b"}}, 1]}]}
    assert not problems({"type": "number", "derive": quotient})
    assert not problems({"type": "bool", "derive": {"feature": "a", "more": 1}})
    assert not problems({"type": "category", "derive": {"band": quotient, "limits": [1, 2]}})
    assert problems({"type": "number"})
    assert problems({"type": "number", "from": "session.v", "derive": quotient})
    assert problems({"type": "number", "derive": quotient, "max_age": "30m"})
    assert problems({"type": "number", "derive": {"divide": [1, 2, 3]}})
    assert problems({"type": "number", "derive": {"add": [{"item": "margin"}]}})
    assert problems({"type": "category", "derive": {"band": quotient}})


def test_every_property_is_explained() -> None:
    for path, schema in _properties(SCHEMA, ""):
        assert schema.get("title"), path
        assert "$ref" in schema or schema.get("description"), path
        assert "$ref" in schema or schema.get("examples"), path


def test_every_definition_is_explained() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition.get("title") and definition.get("description"), name


def test_every_operator_has_its_entry() -> None:
    forms = SCHEMA["$defs"]["Condition"]["anyOf"]
    feature_test = next(form for form in forms if form["title"] == "feature")
    for signature in SIGNATURES:
        entry = feature_test["properties"][signature.name]
        assert signature.summary in entry["description"]
        example = {"feature": "x", signature.name: signature.example}
        assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors({"cohorts": {"c": example}})] == []


def test_every_example_satisfies_its_schema() -> None:
    for path, schema in _properties(SCHEMA, ""):
        validator = Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]})
        for example in schema.get("examples", ()):
            assert [error.message for error in validator.iter_errors(example)] == [], path


def _properties(schema: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            yield f"{path}/{key}", value
        for key, value in schema.items():
            if key not in ("examples", "default", "enum"):
                yield from _properties(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from _properties(value, f"{path}/{index}")
