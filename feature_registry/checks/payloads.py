"""Payloads: each one that a decision can show satisfies the decision's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from feature_registry.checks.draft import Draft, Spot
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import DecisionDocument, ExperimentRule, RankRule, ShowRule
from feature_registry.findings import described, number_text, short
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import did_you_mean, listed

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "`true` or `false`",
    "null": "`null`",
}
_LIMITS = {
    "minimum": "of at least",
    "maximum": "of at most",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "multipleOf": "that is a multiple of",
}


def payload_schemas(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for schemas that are none, and for payloads that miss the schema of a decision that can show them."""
    for name, decision in draft.registry.decisions.items():
        schema = decision.payload_schema
        if schema is None:
            continue
        spot = Spot("decisions", name, "/schema")
        found = _validator(json.dumps(schema))
        if isinstance(found, str):
            yield draft.error(
                "bad-schema", spot, f"expected a JSON Schema (draft 2020-12): {found}", "see json-schema.org"
            )
            continue
        for payload in shown(draft, decision):
            yield from _misses(draft, name, payload, found)


def shown(draft: Draft, decision: DecisionDocument) -> tuple[str, ...]:
    """The names of all known payloads that a decision can show, each once."""
    names: dict[str, None] = {}
    for rule in decision.rules:
        match rule:
            case ShowRule():
                names[rule.show] = None
            case ExperimentRule():
                names.update(dict.fromkeys(rule.show.values()))
            case RankRule():
                names.update(dict.fromkeys(draft.registry.group(rule.rank)))
    names[decision.otherwise] = None
    return tuple(name for name in names if name in draft.registry.payloads)


def _misses(draft: Draft, decision: str, payload: str, validator: Draft202012Validator) -> Iterator[Diagnostic]:
    from referencing.exceptions import Unresolvable

    value = draft.registry.payloads[payload].value
    try:
        faults = list(validator.iter_errors(value))
    except (Unresolvable, RecursionError) as problem:
        reason = (
            "its references go in circles" if isinstance(problem, RecursionError) else f"cannot resolve `{problem.ref}`"
        )
        message = f"expected a JSON Schema that can be followed: {reason}"
        yield draft.error("bad-schema", Spot("decisions", decision, "/schema"), message, "refer to `#/$defs/...` only")
        return
    for fault in faults:
        message, help_line = _explained(str(fault.validator), fault.validator_value, fault.instance, fault.schema)
        spot = Spot("payloads", payload, pointer_to("value", *fault.absolute_path))
        where = f"the schema of the decision `{decision}`"
        yield draft.error("payload-mismatch", spot, f"{message}, as {where} says", help_line)


@cache
def _validator(schema_text: str) -> Draft202012Validator | str:
    """The validator of a schema, or what is wrong with the schema. It fetches nothing."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from referencing import Registry

    schema = json.loads(schema_text)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as fault:
        where = pointer_to(*fault.absolute_path)
        message, _ = _explained(str(fault.validator), fault.validator_value, fault.instance, fault.schema)
        return f"{message}, at {where}" if where else message
    return Draft202012Validator(schema, registry=Registry())


def _explained(keyword: str, wanted: Any, found: Any, schema: object) -> tuple[str, str | None]:
    """The message of a schema's fault in the words of this registry, and a help line.

    `wanted` is the value of the keyword, whose type follows from the keyword: the library has checked it (hence Any).
    """
    match keyword:
        case "type":
            kinds: list[str] = wanted if isinstance(wanted, list) else [wanted]
            return f"expected {' or '.join(_NAMES[kind] for kind in kinds)}, found {described(found)}", None
        case "required":
            lacking = [key for key in wanted if key not in found]
            return f"missing key {listed(short(key) for key in lacking)}", None
        case "additionalProperties" | "unevaluatedProperties" if wanted is False:
            known = list(_properties(schema))
            extra = [key for key in found if key not in known]
            help_line = did_you_mean(extra[0], known) if extra else None
            message = f"unknown key {listed(short(key) for key in extra)}"
            return message, help_line or (f"the keys are {listed(known)}" if known else None)
        case "enum":
            return f"expected one of {', '.join(map(described, wanted))}, found {described(found)}", None
        case "const":
            return f"expected {described(wanted)}, found {described(found)}", None
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
            limit = f"{_LIMITS[keyword]} {number_text(wanted)}"
            return f"expected a number {limit}, found {described(found)}", None
        case "minLength" | "maxLength":
            limit = "at least" if keyword == "minLength" else "at most"
            return f"expected text of {limit} {wanted} characters, found {described(found)}", None
        case "pattern":
            return f"expected text that matches `{short(wanted)}`, found {described(found)}", None
        case other:
            return f"{described(found)} breaks `{other}`", None


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        yield from schema.get("properties", {})
