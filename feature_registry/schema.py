"""The JSON Schema of registry files, generated from documents and operators: editors complete and explain by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic.json_schema import models_json_schema

from feature_registry.document_reader import KINDS, POLICIES
from feature_registry.documents.base import CARE, DEFINED, NAME_PATTERN, PAYLOAD_NAME_PATTERN, RESERVED_NAMES, Document
from feature_registry.operators import OperatorSignature
from feature_registry.schema_conditions import Schema, band_properties, condition_schema, zone_schema
from feature_registry.schema_scores import derivation_schema, expression_schema, score_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_KINDS: Mapping[str, tuple[str, object]] = {
    "features": ("Named, typed inputs of decisions.", {"country": {"type": "category", "from": "geo.country"}}),
    "cohorts": ("Named conditions.", {"dach": {"feature": "country", "in": ["DE", "AT", "CH"]}}),
    "models": (
        "Tree ensembles, used as scores.",
        {"intent": {"format": "lightgbm", "file": "models/intent.txt", "inputs": {"PageValues": "page_values"}}},
    ),
    "layers": ("Sets of experiments that never share a unit.", {"home": {"unit": "visitor_id", "holdout": 0.05}}),
    "experiments": (
        "Variations with weights, assigned to units by a stable hash.",
        {"hero_test": {"unit": "visitor_id", "layer": "home", "variations": {"control": 50, "bold": 50}}},
    ),
    "decisions": (
        "Named places to decide, each with rules in order.",
        {"home_hero": {"rules": [{"if": {"cohort": "dach"}, "show": "hero_dach"}], "otherwise": "hero_default"}},
    ),
    "payloads": ("What decisions can show.", {"hero_default": {"value": {"title": "Welcome"}}}),
    "policies": ("Rules that hold for all decisions.", {"identity": {"units": ["visitor_id"]}}),
    "environments": ("Parts of the world that take releases.", {"lab": {"ring": "lab", "platforms": ["cloudflare"]}}),
}


def json_schema(operators: Sequence[OperatorSignature]) -> Schema:
    """The schema (draft 2020-12) of one registry file."""
    definitions = _definitions()
    care = {key: _property(definitions["Feature"], key) for key in CARE}
    definitions["Condition"] = condition_schema(operators)
    definitions["Cohort"] = {
        **condition_schema(operators, care),
        "title": "Cohort",
        "description": "A named condition.",
    }
    definitions["Score"] = score_schema()
    definitions["Expression"] = expression_schema()
    definitions["Derivation"] = derivation_schema()
    definitions["Zone"] = zone_schema()
    schema: Schema = {
        "$schema": DIALECT,
        "title": "Edgewise registry",
        "description": "A file of a registry: objects by kind and name. The files of a folder are read as one.",
        "type": "object",
        "properties": {
            "$schema": {
                "type": "string",
                "description": "The address of this schema.",
                "examples": ["registry.schema.json"],
            },
            **{kind: _kind(kind) for kind in KINDS},
        },
        "additionalProperties": False,
        "$defs": definitions,
    }
    _complete(schema)
    return {**schema, "$defs": {name: definitions[name] for name in sorted(_used(schema, definitions))}}


def _definitions() -> dict[str, Schema]:
    """The documents' schemas as pydantic generates them, without what JSON cannot say."""
    documents = [one for kind, one in KINDS.items() if one is not None and kind != "cohorts"]
    roots: list[type[Document]] = [*documents, *POLICIES.values()]
    _, generated = models_json_schema([(one, "validation") for one in roots], ref_template="#/$defs/{model}")
    definitions: dict[str, Schema] = generated["$defs"]
    mended = {name: _mapping(_mended(definition)) for name, definition in definitions.items()}
    source = mended["ModelInput"]
    source["oneOf"] = [{"required": ["feature"]}, {"required": ["item"]}]
    by_name: Schema = {"type": "string", "description": "The name of the feature."}
    _property(mended["ModelDocument"], "inputs")["additionalProperties"] = {
        "anyOf": [by_name, {"$ref": "#/$defs/ModelInput"}]
    }
    mended["Feature"]["oneOf"] = [
        {"required": ["from"]},
        {"required": ["derive"], "not": {"required": ["max_age"]}},
    ]
    _property(mended["Experiment"], "variations")["minProperties"] = 2
    unsure = _mapping(mended["Unsure"]["properties"])
    unsure.update(band_properties())
    return mended


def _used(schema: Schema, definitions: Mapping[str, Schema]) -> set[str]:
    """The definitions that the schema refers to; the rest describes how conditions look inside of the registry."""
    found: set[str] = set()
    pending: list[object] = [schema["properties"]]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending.extend(current.values())
            name = str(current.get("$ref", "")).removeprefix("#/$defs/")
            if name in definitions and name not in found:
                found.add(name)
                pending.append(definitions[name])
        elif isinstance(current, list):
            pending.extend(current)
    return found


def _mended(schema: object) -> object:
    """Without null, which pydantic writes for a key that may be left out; with references to conditions and scores."""
    if isinstance(schema, list):
        return [_mended(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: _mended(value) for key, value in schema.items() if key != "default" or value not in (None, {}, [])}
    if DEFINED in rest:
        rest["$ref"] = f"#/$defs/{rest.pop(DEFINED)}"
    options = rest.pop("anyOf", None)
    if isinstance(options, list):
        options = [option for option in options if option != {"type": "null"}]
        return {**options[0], **rest} if len(options) == 1 else {**rest, "anyOf": options}
    return rest


def _kind(kind: str) -> Schema:
    text, example = _KINDS[kind]
    if kind == "policies":
        inner: Schema = {"properties": {name: {"$ref": f"#/$defs/{one.__name__}"} for name, one in POLICIES.items()}}
        inner["additionalProperties"] = False
    else:
        pattern = PAYLOAD_NAME_PATTERN if kind == "payloads" else NAME_PATTERN
        names: Schema = {"pattern": pattern, "not": {"enum": list(RESERVED_NAMES)}}
        document = KINDS[kind]
        assert document is not None, "only policies have no class of their own"
        inner = {"propertyNames": names, "additionalProperties": {"$ref": f"#/$defs/{document.__name__}"}}
    return {"description": text, "type": "object", **inner, "examples": [example]}


def _property(definition: Schema, key: str) -> Schema:
    return _mapping(_mapping(definition["properties"])[key])


def _mapping(schema: object) -> Schema:
    assert isinstance(schema, dict), "as pydantic writes it"
    return schema


def _complete(schema: object) -> None:
    """Give each property a title, a description and an example where it has none, in place."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            for key, value in properties.items():
                value["title"] = key
                if "examples" not in value and "$ref" not in value:
                    value["examples"] = [_example(value)]
        for key, value in schema.items():
            if key not in ("examples", "default", "enum"):
                _complete(value)
    elif isinstance(schema, list):
        for value in schema:
            _complete(value)


def _example(schema: Schema) -> object:
    """An example from what the schema allows."""
    for source in ("enum", "default", "const"):
        value = schema.get(source)
        if value is not None:
            return value[0] if isinstance(value, list) and value else value
    return {"boolean": True, "number": 1, "integer": 1, "array": [], "object": {}}.get(str(schema.get("type")), "text")
