"""The specification of OFREP 0.3.0, with the few changes under which it can be tested by machine.

Each change is a function with its reason; `CHANGES` is all that differs between data/ofrep-openapi.yaml and what the
tests hold the hosts to.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import schemathesis

COPY = Path(__file__).with_name("data") / "ofrep-openapi.yaml"
NOTE_LINES = 2
"""The lines of our own at the head of the copy."""

BULK = "/ofrep/v1/evaluate/flags"
ONE = "/ofrep/v1/evaluate/flags/{key}"

Specification = dict[str, Any]  # Any: a document of OpenAPI, as YAML gives it


def published() -> Specification:
    """The specification as it was published."""
    return copy.deepcopy(dict(schemathesis.openapi.from_path(COPY).raw_schema))


def specification(flags: list[str]) -> Specification:
    """The specification with all changes, for a server that has these flags."""
    document = published()
    for change in CHANGES:
        change(document)
    _ask_for_known_flags(document, flags)
    return document


def let_one_kind_of_value_match(document: Specification) -> None:
    """The specification contradicts itself: an answer must match exactly one of six schemas of values, but
    `codeDefaultFlag` matches every object, so no answer with a value is ever valid, not even its own examples. It says
    that a code default "has no `value` property"."""
    document["components"]["schemas"]["codeDefaultFlag"]["not"] = {"required": ["value"]}


def let_integers_be_no_floats(document: Specification) -> None:
    """The specification contradicts itself: each integer matches `integerFlag` and `floatFlag`, where exactly one may
    match."""
    document["components"]["schemas"]["floatFlag"]["properties"]["value"]["not"] = {"type": "integer"}


def want_a_targeting_key(document: Specification) -> None:
    """The error code TARGETING_KEY_MISSING stands for an empty key too: it names nobody."""
    document["components"]["schemas"]["context"]["properties"]["targetingKey"]["minLength"] = 1


def want_strict_json(document: Specification) -> None:
    """Bodies are strict JSON (docs/reference/host.md): numbers beyond 2^53-1 are refused wherever they stand."""
    most = 2**53 - 1
    strict = {"$ref": "#/components/schemas/strictJson"}
    schemas = document["components"]["schemas"]
    schemas["strictJson"] = {
        "anyOf": [
            {"type": ["null", "boolean", "string"]},
            {"type": "number", "minimum": -most, "maximum": most},
            {"type": "array", "items": strict},
            {"type": "object", "additionalProperties": strict},
        ]
    }
    for name in ("context", "evaluationRequest", "bulkEvaluationRequest"):
        schemas[name]["additionalProperties"] = strict


def let_bodies_be_too_large(document: Specification) -> None:
    """Bodies of more than 65,536 bytes get the status of HTTP for that, with the specified failure as their body."""
    for path, failure in ((BULK, "bulkEvaluationFailure"), (ONE, "evaluationFailure")):
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{failure}"}}}
        document["paths"][path]["post"]["responses"]["413"] = {"description": "Too large.", "content": content}


def let_authentication_be_optional(document: Specification) -> None:
    """The specification says "optional", and has no way to say so but this. Authentication is left to what stands in
    front of the edge."""
    document["security"] = [{}, *document["security"]]


def let_metadata_of_change_events_be_free(document: Specification) -> None:
    """The two parameters repeat what a change event brought, to help a cache; without events there is nothing to
    compare them with, so any text is accepted."""
    document["components"]["parameters"]["flagConfigLastModified"]["schema"] = {"type": "string"}


CHANGES = (
    let_one_kind_of_value_match,
    let_integers_be_no_floats,
    want_a_targeting_key,
    want_strict_json,
    let_bodies_be_too_large,
    let_authentication_be_optional,
    let_metadata_of_change_events_be_free,
)


def _ask_for_known_flags(document: Specification, flags: list[str]) -> None:
    """No change of what is valid: draws a flag that exists about as often as another text."""
    (parameter,) = document["paths"][ONE]["post"]["parameters"]
    parameter["schema"] = {"anyOf": [{"enum": flags}, parameter["schema"]]}
