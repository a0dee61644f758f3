"""The documents of decisions, their rules, and the payloads that they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, InstanceOf, PlainValidator, PrivateAttr, SkipValidation, WithJsonSchema

from feature_registry.documents.base import Document, Duration, Living, Name, Reference, defined_as, form
from feature_registry.documents.cohorts import ConditionField
from feature_registry.scores import Score
from feature_registry.values import BadValueError, read_scalar

CANDIDATES = 64  # of a ranking at the edge; more is the cloud's work

_BAND = {"model": "purchase_intent", "between": [0.55, 0.7], "ask": "cloud", "within": "80ms"}


def _read_payload_value(json: object) -> object:
    if json is None or isinstance(json, list):
        raise BadValueError("text, a number, `true`, `false` or an object", "wrong-type", "put a list into an object")
    return json


def _read_schema(json: object) -> object:
    if not isinstance(json, dict | bool):
        raise BadValueError("a JSON Schema", "wrong-type", 'for instance {"type": "object", "required": ["title"]}')
    return json


Attribute: TypeAlias = Annotated[
    bool | float | str, PlainValidator(form(read_scalar)), WithJsonSchema({"type": ["boolean", "number", "string"]})
]
Schema: TypeAlias = Annotated[
    Mapping[str, object] | bool,
    PlainValidator(form(_read_schema)),
    WithJsonSchema({"type": ["object", "boolean"]}),
]
ScoreField: TypeAlias = Annotated[Score, SkipValidation, defined_as("Score")]


class Payload(Living):
    """What a decision can show: a value for the shop, and attributes for rankings."""

    value: Annotated[
        object,
        BeforeValidator(form(_read_payload_value)),
        WithJsonSchema({"type": ["boolean", "number", "string", "object"]}),
    ] = Field(description="What the shop receives.", examples=[{"title": "Winter sale", "image": "/sale.webp"}, 35])
    group: Name | None = Field(None, description="The group of candidates that it belongs to.", examples=["offers"])
    attributes: Mapping[Name, Attribute] = Field(
        {}, description="What scores of rankings know of the candidate.", examples=[{"margin": 0.4, "kind": "shoes"}]
    )
    condition: ConditionField | None = Field(
        None, alias="if", description="Whom it may be shown to, when it is a candidate; everyone by default."
    )


class Unsure(Document):
    """When a rule that matched asks the cloud for a better outcome; its own stands until the cloud has answered.

    The model's band may stand in it directly, `{"model": ..., "between": [...]}`, for `{"if": {"model": ...}}`.
    """

    condition: ConditionField | None = Field(
        None, alias="if", description="Who is asked about; everyone whom the rule matches by default."
    )
    margin: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Of a ranking: asks only when the first two scores are closer than this, in the score's own "
        "measure; of a model alone that is its margin.",
        examples=[0.1],
    )
    ask: Literal["cloud"] = Field(description="Who is asked.")
    within: Duration | None = Field(
        None,
        description="The longest time that the asking may take; the policy `hybrid` says it for rules that do not.",
        examples=["80ms"],
    )


class _Rule(Document):
    condition: ConditionField | None = Field(None, alias="if", description="Who matches; everyone by default.")
    _at: str = PrivateAttr("")

    @property
    def at(self) -> str:
        """The JSON pointer of the rule within its decision."""
        return self._at

    def placed(self, at: str) -> Self:
        """The rule, standing at the pointer `at`; called once, by the rule's reader."""
        self._at = at
        return self


class ShowRule(_Rule):
    """Shows a payload to those who match; to everyone without a condition."""

    show: Reference = Field(description="The payload.", examples=["hero_buyer"])
    unsure: Unsure | None = Field(None, description="When it asks the cloud; never by default.", examples=[_BAND])


class ExperimentRule(_Rule):
    """Shows the units of an experiment the payload of their variation; others go on to the next rule."""

    experiment: Reference = Field(description="The experiment.", examples=["hero_test"])
    show: Mapping[str, Reference] = Field(
        description="The payload of each variation.", examples=[{"control": "hero_a", "bold": "hero_b"}]
    )


class RankRule(_Rule):
    """Shows the best candidates of a group. It matches when at least one of them is eligible."""

    rank: Reference = Field(description="The group of payloads.", examples=["offers"])
    by: ScoreField = Field(description="The score: highest first, ties in the registry's order.")
    top: Annotated[int, Field(ge=1, le=CANDIDATES)] = Field(description="How many to show, at most.", examples=[3])
    unsure: Unsure | None = Field(
        None, description="When it asks the cloud; never by default.", examples=[{"ask": "cloud", "within": "80ms"}]
    )


Rule: TypeAlias = ShowRule | ExperimentRule | RankRule


class Needs(Document):
    """What a decision needs of the place that it is made at."""

    latency: Duration | None = Field(None, description="The longest time it may take.", examples=["20ms"])
    offline: bool = Field(False, description="Whether it must work without the cloud.")


class DecisionDocument(Living):
    """A named place to decide. The first rule that matches gives the outcome, else `otherwise` does."""

    rules: tuple[InstanceOf[ShowRule] | InstanceOf[ExperimentRule] | InstanceOf[RankRule], ...] = Field(
        description="The rules, in order.", examples=[[{"if": {"cohort": "likely_buyer"}, "show": "hero_buyer"}]]
    )
    otherwise: Reference = Field(
        description="The payload for everyone else, and whenever anything fails.", examples=["hero_default"]
    )
    payload_schema: Schema | None = Field(
        None,
        alias="schema",
        description="A JSON Schema (draft 2020-12) that every payload of the decision must satisfy.",
        examples=[{"type": "object", "required": ["title"]}],
    )
    runs: Literal["edge", "cloud"] = Field(
        "edge", description="Where it is made; only the cloud reads features of tier 3."
    )
    needs: Needs = Field(Needs(), description="What it needs of that place.")
