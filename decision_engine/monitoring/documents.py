"""The documents of monitoring: lines of counters and histograms that hosts log, and the baseline of a model.

A log is a file of JSON Lines, one document a line, in any order. Counts of the same subject add up: so logs of nodes,
of minutes and of regions are joined by putting their lines into one file. docs/freshness.md describes the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from decision_engine.hosts.python.values import Status
from decision_engine.monitoring.bins import LAST_AGE_BIN, LAST_NUMBER_BIN

VERSION = 1
"""The version of the format, of logs and of baselines alike."""

_LONGEST = 64  # characters of a region or a device


class _Document(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


Count: TypeAlias = Annotated[int, Field(ge=0, le=2**53 - 1)]
Digest: TypeAlias = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
Label: TypeAlias = Annotated[str, Field(min_length=1, max_length=_LONGEST)]
Bins: TypeAlias = Mapping[str, Count]
"""The number of a bin as text, or a label -> how often."""
Scale: TypeAlias = Literal["number", "category"]
Degrade: TypeAlias = Literal["full", "cloud-assisted", "local-only", "emergency"]
"""How much of the way a node was doing."""


class _Line(_Document):
    """What every line says: its format, its time, and the registry that the host ran."""

    telemetry: Literal[1] = Field(description="The version of the format.")
    start: int = Field(alias="from", description="The first moment that is counted, ms UTC.")
    end: int = Field(alias="to", description="The last moment that is counted, ms UTC.")
    registry: Digest | None = Field(None, description="The digest of the registry that decided.")
    ring: Label | None = Field(None, description="The ring of the node that decided.")
    node: Label | None = Field(None, description="The node that decided.")

    @model_validator(mode="after")
    def _is_in_order(self) -> _Line:
        if self.start > self.end:
            raise _refused("`from` not after `to`")
        return self


class SessionsLine(_Line):
    """How many requests were decided, in one region and on one kind of device."""

    kind: Literal["sessions"]
    region: Label
    device: Label
    count: Count


class ServedLine(_Line):
    """How one feature was served: its statuses, and the ages of its values where a timestamp was known."""

    kind: Literal["served"]
    feature: Name
    region: Label
    device: Label
    counts: Mapping[Literal["present", "default", "stale", "denied", "missing"], Count]
    beyond: Count = Field(0, description="How many ages passed the feature's max_age.")
    ages: Bins = Field({}, description="The number of an age's bin -> how often.")

    @model_validator(mode="after")
    def _adds_up(self) -> ServedLine:
        _check_bins(self.ages, 0, LAST_AGE_BIN)
        aged = sum(self.ages.values())
        if aged > sum(self.counts.values()) - self.counts.get(Status.DENIED.value, 0):
            raise _refused("at most one age for each value that is not denied")
        if self.beyond > aged:
            raise _refused("`beyond` at most as large as the sum of `ages`")
        return self


class ValuesLine(_Line):
    """What the values of one feature were; `absent` counts sessions without one: missing, stale, denied, default."""

    kind: Literal["values"]
    feature: Name
    version: Annotated[int, Field(ge=1)] = Field(1, description="The feature's version.")
    scale: Scale
    bins: Bins
    absent: Count = 0

    @model_validator(mode="after")
    def _has_bins_of_its_scale(self) -> ValuesLine:
        _check_scale(self.scale, self.bins)
        return self


class ScoresLine(_Line):
    """What the scores of one model were: its output, as the registry's tests compare it."""

    kind: Literal["scores"]
    model: Name
    digest: Digest = Field(description="The digest of the model's file.")
    scale: Scale
    bins: Bins

    @model_validator(mode="after")
    def _has_bins_of_its_scale(self) -> ScoresLine:
        _check_scale(self.scale, self.bins)
        return self


class DecidedLine(_Line):
    """How often a decision ended in one way; `mode` says where the outcome came from."""

    kind: Literal["decided"]
    decision: Name
    outcome: Annotated[str, Field(max_length=_LONGEST)] | None
    reason: Label
    rule: Count | None
    experiment: Name | None
    variation: Name | None
    mode: Literal["edge", "cloud", "fallback", "neutral"]
    degrade: Degrade
    count: Count


class RequestsLine(_Line):
    """How many requests there were, and how long they took: the histogram of milliseconds."""

    kind: Literal["requests"]
    route: Label
    method: Label
    status: Annotated[int, Field(ge=100, le=599)]
    degrade: Degrade
    count: Count
    bins: Bins

    @model_validator(mode="after")
    def _has_bins(self) -> RequestsLine:
        _check_bins(self.bins, 0, LAST_NUMBER_BIN)
        if sum(self.bins.values()) > self.count:
            raise _refused("at most one time for each request")
        return self


class StagesLine(_Line):
    """How long one stage of requests took: the histogram of milliseconds."""

    kind: Literal["stages"]
    stage: Label
    degrade: Degrade
    bins: Bins

    @model_validator(mode="after")
    def _has_bins(self) -> StagesLine:
        _check_bins(self.bins, 0, LAST_NUMBER_BIN)
        return self


class ConsentLine(_Line):
    """How often the gate ended in one way for one purpose."""

    kind: Literal["consent"]
    place: Label
    regime: Label
    purpose: Label
    state: Label
    basis: Label
    count: Count


class CountedLine(_Line):
    """How often something happened that has a name: an event dropped, a token refused, a value found in memory."""

    kind: Literal["counted"]
    stage: Label
    name: Label
    count: Count


OperationsLine: TypeAlias = DecidedLine | RequestsLine | StagesLine | ConsentLine | CountedLine
"""What nodes did, whatever visitors brought."""

TelemetryLine: TypeAlias = SessionsLine | ServedLine | ValuesLine | ScoresLine | OperationsLine
telemetry_line: TypeAdapter[TelemetryLine] = TypeAdapter(Annotated[TelemetryLine, Field(discriminator="kind")])
"""Reads and checks one line."""


class BaselineData(_Document):
    """The sessions that a baseline was made of."""

    file: str = Field(description="The name of the file.")
    digest: Digest = Field(description="The digest of the file.")
    sessions: Count


class Histogram(_Document):
    """The values of one input or of the score."""

    scale: Scale
    version: Annotated[int, Field(ge=1)] = 1
    bins: Bins
    absent: Count = 0

    @model_validator(mode="after")
    def _has_bins_of_its_scale(self) -> Histogram:
        _check_scale(self.scale, self.bins)
        return self


class Baseline(_Document):
    """What a model's inputs and its score looked like when it was good; kept beside the model's file."""

    baseline: Literal[1] = Field(description="The version of the format.")
    model: Name
    model_digest: Digest = Field(description="The digest of the model's file.")
    registry: Digest = Field(description="The digest of the registry that read the sessions.")
    data: BaselineData
    start: int = Field(alias="from", description="The time of the first session, ms UTC.")
    end: int = Field(alias="to", description="The time of the last session, ms UTC.")
    features: Mapping[Name, Histogram] = Field(description="Each feature that the model reads.")
    score: Histogram | None = Field(description="The score; none for a model of candidates.")


def _check_scale(scale: Scale, bins: Bins) -> None:
    if scale == "number":
        _check_bins(bins, -LAST_NUMBER_BIN, LAST_NUMBER_BIN)


def _check_bins(bins: Bins, low: int, high: int) -> None:
    for name in bins:
        if not name.removeprefix("-").isascii() or not name.removeprefix("-").isdigit() or str(int(name)) != name:
            raise _refused(f"the number of a bin as text, found `{name[:20]}`")
        if not low <= int(name) <= high:
            raise _refused(f"bins from {low} to {high}, found {name}")


def _refused(expected: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "expected {expected}", {"expected": expected})
