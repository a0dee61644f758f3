"""The reference page of operators, from their declarations."""

from __future__ import annotations

import json
from collections.abc import Iterator

from decision_engine.operators import SIGNATURES
from feature_registry.operators import ArgumentKind, OperatorSignature

_ARGUMENTS = {
    ArgumentKind.VALUE: "a value of the feature's type",
    ArgumentKind.VALUES: "a list of values of the feature's type, not empty",
    ArgumentKind.RANGE: "`[low, high]`, two values of the feature's type",
    ArgumentKind.TIME: "a time as RFC 3339 text with its offset",
    ArgumentKind.DURATION: "a duration: `90s`, `30m`, `24h`, `30d`",
    ArgumentKind.TAGS: "a list of tags, not empty",
    ArgumentKind.TEXT: "text",
    ArgumentKind.PATTERN: "a pattern (see docs/reference/patterns.md)",
    ArgumentKind.FLAG: "`true` or `false`",
}


def operators_page() -> str:
    """Markdown: an overview, then a section for each operator."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Operators"
    yield ""
    yield "A test on a feature is an object with `feature`, one operator, and where wanted `if_missing`:"
    yield ""
    yield '    {"feature": "country", "in": ["DE", "AT", "CH"], "if_missing": false}'
    yield ""
    yield "When the feature is missing, the test is unknown: neither it nor its negation is true."
    yield "`if_missing` settles it."
    yield ""
    yield "| operator | on | argument |"
    yield "|---|---|---|"
    for signature in SIGNATURES:
        yield f"| [{signature.name}](#{signature.name}) | {_types(signature)} | {_ARGUMENTS[signature.argument]} |"
    for signature in SIGNATURES:
        yield from _section(signature)


def _section(signature: OperatorSignature) -> Iterator[str]:
    yield ""
    yield f"## {signature.name}"
    yield ""
    yield signature.summary
    yield ""
    yield f"- on features of type: {_types(signature)}"
    yield f"- argument: {_ARGUMENTS[signature.argument]}"
    missing = (
        "unknown, unless `if_missing` is given"
        if signature.allows_if_missing
        else "never unknown; takes no `if_missing`"
    )
    yield f"- when the feature is missing: {missing}"
    yield f"- cases: tests/conformance/operators/{signature.name}.json"
    yield ""
    yield f"      {json.dumps({'feature': 'a_feature', signature.name: signature.example}, ensure_ascii=False)}"


def _types(signature: OperatorSignature) -> str:
    return "any type" if len(signature.types) == 7 else ", ".join(signature.types)
