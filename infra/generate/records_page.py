"""The reference page of records: every field with its treatments, every attribute of an event."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.documents.records_policy import FIELDS, FieldRule
from infra.records.contract import EVALUATION_MEANINGS, Evaluation

_FORMS = {
    "id": "any text of at most 4,096 characters; a pseudonym of it is shown",
    "country": "two capital letters",
    "region": "one to three capital letters or digits",
    "language": "two or three small letters before a `-` or the end",
    "never": "none",
}


def records_page() -> str:
    """Markdown: fields and attributes."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Records: fields and attributes"
    yield ""
    yield "What the edge may tell of a request, and nothing else: [the guide](../records.md) says how. A field of"
    yield "another name is dropped and counted (`unknown-field`); a value of another form becomes `(other)`."
    yield ""
    yield "## Fields"
    yield ""
    yield "`drop`: never leaves. `clear`: as it is, where its form allows it. `bucket`: the number of its bucket."
    yield "`hmac`: a pseudonym by the key of the day."
    yield ""
    yield "| field | what it is | by itself | may be | form |"
    yield "|---|---|---|---|---|"
    for name, rule in FIELDS.items():
        allowed = " ".join(f"`{one}`" for one in rule.allowed)
        yield f"| `{name}` | {rule.meaning} | `{rule.default}` | {allowed} | {_form(rule)} |"
    yield ""
    yield "## Attributes of an event"
    yield ""
    yield "The data of `edgewise.exposure.v1` and `edgewise.evaluation.v1`. Names without `edgewise.` are those of"
    yield "OpenTelemetry (`feature_flag.evaluation`, `http.server`). What is not known is left out; the sink refuses"
    yield "every other member."
    yield ""
    yield "| attribute | what it is |"
    yield "|---|---|"
    for name, member in Evaluation.model_fields.items():
        if name in EVALUATION_MEANINGS:
            yield f"| `{member.alias}` | {EVALUATION_MEANINGS[name]} |"
    yield "| `edgewise.field.NAME` | a field of the table above; `unit` is `feature_flag.context.id` |"


def _form(rule: FieldRule) -> str:
    if rule.values:
        return "one of " + ", ".join(f"`{value}`" for value in rule.values)
    if rule.bounds:
        bounds = ", ".join(f"{bound:g}" for bound in rule.bounds)
        return f"the number of bounds reached: {bounds}"
    return _FORMS[rule.form]
