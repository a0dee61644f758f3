"""What the sink accepts: CloudEvents whose every member is named here, in a form with no room for anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from decision_engine.hosts.python.records import COUNTS, EVALUATION, EXPOSURE, read_traceparent
from decision_engine.monitoring import TelemetryLine, telemetry_line
from feature_registry.documents.records_policy import FIELDS

MOST_EVENTS = 1000
MOST_LINES = 20_000
TOLERANCE = 300_000
"""Milliseconds by which the clock of a node may be ahead."""

_MOST_MODELS = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")

_Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.()-]+$")]
_Site: TypeAlias = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
_Pseudonym: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")]
_Digest: TypeAlias = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
_Model: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}@sha256:[0-9a-f]{64}$")]
_Route: TypeAlias = Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9/.{}]+$")]


class Refusal(StrEnum):
    """Why an event is not taken."""

    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    FUTURE = "from-the-future"


class _Document(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Envelope(_Document):
    """A CloudEvent of the records; `source` is made of ring and node."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.-]+$")]
    source: Annotated[str, Field(max_length=160)]
    type: Literal["edgewise.counts.v1", "edgewise.evaluation.v1", "edgewise.exposure.v1"]
    time: Annotated[str, Field(max_length=40)]
    datacontenttype: Literal["application/json"]
    ring: _Site
    node: _Site
    platform: _Site
    subject: _Name | None = None
    traceparent: Annotated[str, Field(max_length=64)] | None = None
    data: dict[str, Any]


class Window(_Document):
    """The data of counts: what all lines have in common, and the lines."""

    telemetry: Literal[1]
    start: int = Field(alias="from")
    end: int = Field(alias="to")
    registry: _Digest
    lines: Annotated[list[dict[str, Any]], Field(max_length=MOST_LINES)]


class _Evaluation(_Document):
    event: Literal["feature_flag.evaluation"] = Field(alias="event.name")
    decision: _Name = Field(alias="feature_flag.key")
    outcome: _Name | None = Field(None, alias="feature_flag.result.variant")
    reason: _Name = Field(alias="feature_flag.result.reason")
    provider: Literal["edgewise"] = Field(alias="feature_flag.provider.name")
    registry: _Digest = Field(alias="feature_flag.version")
    unit: _Pseudonym | None = Field(None, alias="feature_flag.context.id")
    error: Literal["general"] | None = Field(None, alias="error.type")
    method: Literal["GET", "HEAD", "POST", "other"] = Field(alias="http.request.method")
    status: Annotated[int, Field(ge=100, le=599)] = Field(alias="http.response.status_code")
    route: _Route = Field(alias="http.route")
    rule: Annotated[int, Field(ge=0)] | None = Field(None, alias="edgewise.rule")
    experiment: _Name | None = Field(None, alias="edgewise.experiment")
    variation: _Name | None = Field(None, alias="edgewise.variation")
    mode: Literal["edge", "cloud", "fallback", "neutral"] = Field(alias="edgewise.mode")
    degrade: Literal["full", "cloud-assisted", "local-only", "emergency"] = Field(alias="edgewise.degrade")
    why: Literal["error", "fallback", "experiment", "random"] = Field(alias="edgewise.sampling.why")
    probability: Annotated[float, Field(ge=0, le=1, strict=False)] = Field(alias="edgewise.sampling.probability")
    epoch: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] | None = Field(None, alias="edgewise.epoch")
    features: _Pseudonym | None = Field(None, alias="edgewise.features")
    models: Annotated[list[_Model], Field(max_length=_MOST_MODELS)] | None = Field(None, alias="edgewise.models")


def _field_type(name: str) -> Any:
    rule = FIELDS[name]
    if rule.form == "id":
        return _Pseudonym
    if rule.form == "values":
        return Literal[(*rule.values, "(other)")]
    return Annotated[str, Field(max_length=8, pattern=r"^([A-Z]{2}|[A-Z0-9]{1,3}|[a-z]{2,3}|[0-9]{1,2}|\(other\))$")]


_SHOWN = tuple(name for name, rule in FIELDS.items() if rule.form != "never" and name != "unit")
_MEMBERS: dict[str, Any] = {
    f"field_{name}": (_field_type(name) | None, Field(None, alias=f"edgewise.field.{name}")) for name in _SHOWN
}
Evaluation = create_model("Evaluation", __base__=_Evaluation, **_MEMBERS)
"""The data of an evaluation or an exposure: the attributes by their names, and a member for each field there is."""


EVALUATION_MEANINGS: Mapping[str, str] = {
    "event": "`feature_flag.evaluation`",
    "decision": "the decision",
    "outcome": "the outcome's key; of a ranking the first one",
    "reason": "the reason, in small letters",
    "provider": "`edgewise`",
    "registry": "the digest of the registry that decided",
    "unit": "the unit's pseudonym: HMAC-SHA256 by the key of the day, 128 bits",
    "error": "`general`, where an exception made the outcome neutral",
    "method": "the method, or `other`",
    "status": "the status",
    "route": "the route, `page`, or `other`; never a path",
    "rule": "the number of the rule",
    "experiment": "the experiment",
    "variation": "the variation",
    "mode": "where the outcome came from: `edge`, `cloud`, `fallback`, `neutral`",
    "degrade": "the degrade mode",
    "why": "why the record is kept: `error`, `fallback`, `experiment`, `random`",
    "probability": "with which probability it is kept",
    "epoch": "the day of the key",
    "features": "what all inputs of the decision were, as one pseudonym: equal inputs of a day have the same",
    "models": "the models that the decision reads, as `NAME@DIGEST`",
}


class CountsRow(NamedTuple):
    """One line of counters, with the event that brought it."""

    source: str
    id: str
    place: int
    platform: str
    at: int
    line: TelemetryLine


class EvaluationRow(NamedTuple):
    """One decision that was kept."""

    source: str
    id: str
    kind: str
    ring: str
    node: str
    platform: str
    at: int
    trace: str | None
    values: Mapping[str, Any]
    fields: Mapping[str, str]


class Batch(NamedTuple):
    """What a batch holds: rows, and the refusals of the events that are none."""

    counts: list[list[CountsRow]]
    evaluations: list[EvaluationRow]
    refused: list[Refusal]


def read_batch(body: bytes, now: int) -> Batch | None:
    """The events of a batch at `now` (ms UTC); None when the text is no list of so many."""
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        return None
    batch = Batch([], [], [])
    for event in events:
        try:
            _read(event, now, batch)
        except (ValidationError, ValueError):
            batch.refused.append(Refusal.UNREADABLE)
    return batch


def _read(event: object, now: int, batch: Batch) -> None:
    """Put an event into the batch. Raises ValueError."""
    envelope = Envelope.model_validate(event)
    if envelope.source != f"/edgewise/{envelope.ring}/{envelope.node}":
        raise ValueError("the source is another one than its ring and node")
    at = _milliseconds(envelope.time)
    if at > now + TOLERANCE:
        batch.refused.append(Refusal.FUTURE)
    elif envelope.type == COUNTS:
        batch.counts.append(list(_lines(envelope, at)))
    elif envelope.type in (EVALUATION, EXPOSURE):
        batch.evaluations.append(_evaluation(envelope, at))


def _lines(envelope: Envelope, at: int) -> Iterator[CountsRow]:
    window = Window.model_validate(envelope.data)
    about = {"telemetry": 1, "from": window.start, "to": window.end, "registry": window.registry}
    for place, line in enumerate(window.lines):
        read = telemetry_line.validate_python({**line, **about, "ring": envelope.ring, "node": envelope.node})
        yield CountsRow(envelope.source, envelope.id, place, envelope.platform, at, read)


def _evaluation(envelope: Envelope, at: int) -> EvaluationRow:
    trace = None
    if envelope.traceparent is not None:
        found = read_traceparent(envelope.traceparent)
        if found is None:
            raise ValueError("the header of a trace is not as the specification has it")
        trace = found.trace
    values = Evaluation.model_validate(envelope.data).model_dump()
    fields = {name: found for name in _SHOWN if (found := values.pop(f"field_{name}")) is not None}
    if values["decision"] != envelope.subject:
        raise ValueError("the subject is another decision")
    kind = "exposure" if envelope.type == EXPOSURE else "evaluation"
    site = (envelope.ring, envelope.node, envelope.platform)
    return EvaluationRow(envelope.source, envelope.id, kind, *site, at, trace, values, fields)


def _milliseconds(time: str) -> int:
    if _TIME.fullmatch(time) is None:
        raise ValueError("the time is not RFC 3339 in UTC")
    moment = datetime.fromisoformat(time[:26].rstrip("Z")).replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)
