"""Questions for a cohort: a feature, a test, its argument, as often as needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feature_registry import ArgumentKind, Feature, OperatorSignature, Registry, error
from feature_registry.arguments import read_argument
from feature_registry.operators import typed_argument
from feature_registry.values import FeatureType
from infra.errors import NOWHERE, InfraError
from infra.writing.conversation import AnswerError, Conversation, read_items, read_number, read_yes
from infra.writing.placing import Addition

_EXAMPLES = {
    ArgumentKind.TIME: "such as 2026-11-27T08:00:00+01:00",
    ArgumentKind.DURATION: "such as 30m, 24h, 7d",
    ArgumentKind.RANGE: "the lowest and the highest, with a comma; both count",
    ArgumentKind.VALUES: "with commas",
    ArgumentKind.TAGS: "with commas",
    ArgumentKind.PATTERN: "a pattern such as sale-.*",
    ArgumentKind.FLAG: "y or n",
}


def ask_cohort(talk: Conversation, registry: Registry, operators: Sequence[OperatorSignature]) -> list[Addition]:
    """A new cohort."""
    name = talk.name("Name of the cohort", registry.cohorts)
    description = talk.text("Who is in it, in a sentence")
    conditions = _conditions(talk, registry, operators)
    document: dict[str, Any] = {} if description is None else {"description": description}
    if len(conditions) == 1:
        return [Addition("cohorts", name, {**document, **conditions[0]})]
    joined = talk.choice("In it are visitors for whom these hold", ["all", "any"], "words", default="all")
    return [Addition("cohorts", name, {**document, joined: conditions})]


def _conditions(talk: Conversation, registry: Registry, operators: Sequence[OperatorSignature]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    features = [name for name, feature in registry.features.items()]
    choices = [*features, *(f"cohort {name}" for name in registry.cohorts)]
    if not choices:
        message = "expected a registry with features, found none"
        raise InfraError([error("nothing-to-choose", message, NOWHERE, "write the features first: docs/features.md")])
    while True:
        head = talk.choice(
            f"Condition {len(found) + 1}: a feature{', or `cohort NAME`' if registry.cohorts else ''}",
            choices,
            "features or cohorts",
            optional=bool(found),
        )
        if not head:
            return found
        kind, _, cohort = head.partition(" ")
        condition = {"cohort": cohort} if cohort else _feature_condition(talk, kind, registry.features[kind], operators)
        if "is_missing" not in condition and talk.yes("Turn it round: those for whom it does not hold", default=False):
            condition = {"not": condition}
        found.append(condition)


def _feature_condition(
    talk: Conversation, name: str, feature: Feature, operators: Sequence[OperatorSignature]
) -> dict[str, Any]:
    fitting = {one.name: one for one in operators if feature.type in one.types}
    operator = fitting[talk.choice(f"`{name}` is a {feature.type}; the test", list(fitting), "tests")]
    listed = f"one of {', '.join(feature.values)}" if feature.values else ""
    unit = f"in {feature.unit}" if feature.unit else ""
    hint = "; ".join(filter(None, (_EXAMPLES.get(operator.argument, ""), listed, unit)))
    argument = talk.ask(
        f"`{name}` {operator.name}" + (f" ({hint})" if hint else ""),
        lambda given: read_answer(operator, feature, given),
    )
    return {"feature": name, operator.name: argument}


def read_answer(operator: OperatorSignature, feature: Feature, given: str) -> Any:
    """An operator's argument as JSON. Raises AnswerError or BadValueError for what would not pass the check."""
    json = _json(operator, feature.type, given)
    argument = read_argument(operator, json)
    typed_argument(operator, feature.type, argument)
    if operator.argument is ArgumentKind.RANGE and feature.type is FeatureType.NUMBER and json[0] > json[1]:
        raise AnswerError("the lowest comes first")
    if feature.values is not None:
        named = json if isinstance(json, list) else [json]
        strange = [value for value in named if isinstance(value, str) and value not in feature.values]
        if strange and operator.argument in (ArgumentKind.VALUE, ArgumentKind.VALUES, ArgumentKind.TAGS):
            raise AnswerError(f"`{strange[0]}` is not among its values: {', '.join(feature.values)}")
    return json


def _json(operator: OperatorSignature, type: FeatureType, given: str) -> Any:
    match operator.argument:
        case ArgumentKind.VALUE:
            return _value(type, given)
        case ArgumentKind.VALUES | ArgumentKind.RANGE:
            return [_value(type, item) for item in read_items(given)]
        case ArgumentKind.TAGS:
            return read_items(given)
        case ArgumentKind.FLAG:
            return read_yes(given)
        case _:
            if not given:
                raise AnswerError("expected a text")
            return given


def _value(type: FeatureType, given: str) -> Any:
    match type:
        case FeatureType.NUMBER:
            return read_number(given)
        case FeatureType.BOOL:
            return read_yes(given)
        case _:
            if not given:
                raise AnswerError("expected a value")
            return given
