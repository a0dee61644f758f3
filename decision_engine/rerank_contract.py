"""The contract of the re-rank endpoint: what an edge asks the cloud when it is unsure, and what the cloud may answer.

The hosts write and read it without this module (hosts/python/hybrid, hybrid_question.js and hybrid_answer.js), since
the edge imports nothing. Servers parse with it, and the page docs/reference/rerank.openapi.json is made of it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from decision_engine.hosts.python.hybrid import CONTRACT
from decision_engine.hosts.python.hybrid.answer import LONGEST_NAME
from decision_engine.hosts.python.hybrid.question import LONGEST_QUESTION
from feature_registry.documents import CANDIDATES
from feature_registry.documents.hybrid_policy import LONGEST_BUDGET

PATH = "/rerank"
"""Where the endpoint stands."""


def _whole(json: object) -> object:
    """JSON has one kind of number: `80.0` is a whole one."""
    return int(json) if isinstance(json, float) and json.is_integer() else json


Whole: TypeAlias = Annotated[int, BeforeValidator(_whole)]
Key: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
Keys: TypeAlias = Annotated[tuple[Key, ...], Field(min_length=1, max_length=CANDIDATES, strict=False)]
Text: TypeAlias = Annotated[str, Field(max_length=4096)]
Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Tags: TypeAlias = Annotated[tuple[Text, ...], Field(max_length=256, strict=False)]
Digest: TypeAlias = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]

_SECONDS = {"type": "integer", "minimum": 0}
_ANSWERS = {
    200: ("The cloud's outcomes. A decision that is left out keeps the edge's own.", "RerankResponse"),
    400: ("The question is not one of this contract.", "RerankError"),
    401: ("The key is missing or wrong.", "RerankError"),
    409: ("The cloud does not have the registry that the edge decides by.", "RerankError"),
    413: (f"The question is longer than {LONGEST_QUESTION:,} characters.", "RerankError"),
    429: ("Too many questions: come back later.", "RerankError"),
    503: ("Not able to answer now.", "RerankError"),
}


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True)


class AskedDecision(_Part):
    """What the edge decided, and is unsure of. `items`, `top` and `candidates` stand where a ranking decided."""

    rule: Whole | None = Field(description="The number of the rule that matched; null for `otherwise`.")
    outcome: Key | None = Field(description="The key of the outcome; of a ranking its first one.")
    items: Keys | None = Field(None, description="The ranking as the edge has it, best first.")
    top: Annotated[int, Field(ge=1, le=CANDIDATES), BeforeValidator(_whole)] | None = Field(
        None, description="How many may be shown."
    )
    candidates: Keys | None = Field(None, description="All candidates of the ranking; the answer names some of them.")


class RerankRequest(_Part):
    """One question about all decisions of a request that are unsure."""

    contract: Annotated[Literal[1], BeforeValidator(_whole)] = Field(description="The version of this contract.")
    registry: Digest = Field(description="The registry that the edge decides by.")
    decisions: Annotated[dict[Key, AskedDecision], Field(min_length=1)] = Field(description="By name.")
    features: dict[Key, bool | Number | Text | Tags] = Field(
        description="The features that the edge decided by, as they were served; none that the visitor denied, none "
        "that is missing. Times are ms UTC, tags are sorted."
    )
    units: dict[Key, Text] = Field(description="Ids of the units that the policy `hybrid` lets go; usually none.")
    at: Whole = Field(description="The time of the request, ms UTC.")
    deadline_ms: Annotated[int, Field(ge=1, le=LONGEST_BUDGET), BeforeValidator(_whole)] = Field(
        description="After so many ms nobody waits for the answer any more."
    )


class AnsweredOutcome(_Part):
    """Another outcome of the decision."""

    outcome: Key


class AnsweredRanking(_Part):
    """Another order, or choice, of the ranking's candidates: each once, best first, `top` of them at most."""

    items: Keys


class RerankResponse(_Part):
    """The cloud's outcomes, by decision; only decisions that were asked about."""

    contract: Annotated[Literal[1], BeforeValidator(_whole)] = Field(description="The version of this contract.")
    registry: Digest = Field(description="The registry that was decided by: that of the question.")
    decisions: dict[Key, AnsweredOutcome | AnsweredRanking]
    model: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] | None = Field(
        None, description="What decided, for records: a model and its version."
    )


class ErrorPart(_Part):
    """What is wrong."""

    code: str = Field(
        description="A stable code.", examples=["bad-request", "unknown-registry", "too-large", "throttled"]
    )
    message: str = Field(description="What was expected, and what was found.")


class RerankError(_Part):
    """Why there is no answer. The edge's own outcome stands."""

    error: ErrorPart


def openapi() -> dict[str, Any]:
    """The contract as an OpenAPI 3.1 document."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (RerankRequest, "validation"),
        (RerankResponse, "validation"),
        (RerankError, "validation"),
    ]
    _, generated = models_json_schema(models, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Edgewise: re-rank",
            "version": str(CONTRACT),
            "description": "Asked by an edge that is unsure of a decision, once a request at most, within what is left "
            "of the request's time. Whatever is late, too long, or not of this contract counts for nothing: the edge's "
            "own outcome stands, and its breaker counts a failure.",
        },
        "paths": {
            PATH: {
                "post": {
                    "operationId": "rerank",
                    "summary": "Decide again what an edge is unsure of.",
                    "security": [{}, {"key": []}],
                    "parameters": [_idempotency_key()],
                    "requestBody": {"required": True, "content": _json("RerankRequest")},
                    "responses": {str(status): _answer(status) for status in _ANSWERS},
                }
            }
        },
        "components": {
            "schemas": generated["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "128 random bits as hexadecimal digits, in quotes. Calls with the same key count once.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    }


def _answer(status: int) -> dict[str, Any]:
    text, schema = _ANSWERS[status]
    answer: dict[str, Any] = {"description": text, "content": _json(schema)}
    if status in (429, 503):
        wait = "For how many seconds nobody asks; dates are not read."
        answer["headers"] = {"Retry-After": {"description": wait, "schema": _SECONDS}}
    return answer


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
