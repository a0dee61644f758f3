"""The policies of hybrid decisions and degrade modes: when the edge asks the cloud, and what it does in bad times."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from feature_registry.documents.base import Described, Document, Duration, Fraction, Names, Reference
from feature_registry.documents.cohorts import ConditionField
from feature_registry.values import read_duration

MOST_ANSWER_BYTES = 65_536  # the one limit of JSON that came over the network
LONGEST_BUDGET = read_duration("10s")


class Breaker(Document):
    """When the edge stops asking a cloud that does not answer, and how it begins again. One breaker a running edge."""

    failures: Annotated[int, Field(ge=1, le=1000)] = Field(5, description="It opens after so many failures in a row.")
    rate: Fraction = Field(0.5, description="It opens when this share of the window's calls failed.")
    calls: Annotated[int, Field(ge=1, le=100_000)] = Field(
        20, description="How many calls a window must have had before the share counts."
    )
    window: Duration = Field(
        read_duration("10s"), description="The window.", examples=["10s"], json_schema_extra={"default": "10s"}
    )
    pause: Duration = Field(
        read_duration("5s"),
        description="How long it stays open at first, give or take a quarter; twice as long when a trial fails.",
        examples=["5s"],
        json_schema_extra={"default": "5s"},
    )
    longest_pause: Duration = Field(
        read_duration("60s"),
        description="The longest that it stays open.",
        examples=["60s"],
        json_schema_extra={"default": "60s"},
    )
    trials: Annotated[int, Field(ge=1, le=100)] = Field(
        2, description="How many calls, one at a time, must succeed before it closes."
    )


class Hybrid(Described):
    """How rules that are unsure ask the cloud. The cloud's address and key are the platform's, not the registry's."""

    decisions: Annotated[tuple[Reference, ...], Field(strict=False)] | None = Field(
        None, description="The decisions that may ask; all that are unsure by default.", examples=[["home_hero"]]
    )
    condition: ConditionField | None = Field(
        None,
        alias="if",
        description="Whose requests may ask, for instance sessions of high value; everyone's by default.",
        examples=[{"feature": "basket_value", "at_least": 100}],
    )
    latency: Duration = Field(
        read_duration("120ms"),
        description="The time of a request, where its decisions do not say what latency they need.",
        examples=["120ms"],
        json_schema_extra={"default": "120ms"},
    )
    within: Duration = Field(
        read_duration("80ms"),
        description="The time that an asking rule has, when it names none.",
        examples=["80ms"],
        json_schema_extra={"default": "80ms"},
    )
    reserve: Duration = Field(
        read_duration("5ms"),
        description="What is left of the request's time for the answer; with less than this to ask in, nobody asks.",
        examples=["5ms"],
        json_schema_extra={"default": "5ms"},
    )
    answer_bytes: Annotated[int, Field(ge=256, le=MOST_ANSWER_BYTES)] = Field(
        16_384, description="The longest answer of the cloud that is read."
    )
    units: Names = Field(
        (),
        description="The units whose ids are sent, for the cloud to look up what it knows; none by default.",
        examples=[["visitor_id"]],
    )
    breaker: Breaker = Field(Breaker(), description="When it stops asking a cloud that does not answer.")


class Hysteresis(Document):
    """A share or a time that is bad from one value on, and good again below another."""

    bad: Annotated[float, Field(gt=0)] = Field(description="Bad from here on.", examples=[0.05])
    good: Annotated[float, Field(ge=0)] = Field(description="Good again below this.", examples=[0.01])


class ModePolicy(Document):
    """What happens in one mode."""

    models: Literal["run", "ask", "skip"] = Field(
        description="run: decisions of models are decided at the edge, and the unsure ones may ask; ask: they ask the "
        "cloud, and what the edge decided stands where it does not answer; skip: they show the neutral outcome."
    )
    log: Literal["sampled", "all", "counters"] = Field(
        "sampled",
        description="Which requests leave a record: a sample, all of them, or none, while counters go on.",
    )


class Modes(Document):
    """What happens in the modes whose behaviour is a choice. In emergency only neutral outcomes are shown."""

    full: ModePolicy = Field(ModePolicy(models="run"), description="All is well.")
    cloud_assisted: ModePolicy = Field(
        ModePolicy(models="ask", log="all"),
        alias="cloud-assisted",
        description="The edge's release, features or models are not up to it, and the cloud is there.",
    )
    local_only: ModePolicy = Field(
        ModePolicy(models="run", log="all"), alias="local-only", description="The cloud is not there: nobody asks."
    )
    emergency_log: Literal["sampled", "all", "counters"] = Field(
        "counters", alias="emergency-log", description="Which requests leave a record in an emergency."
    )


class Degrade(Described):
    """When the edge leaves the full mode, and what it does then."""

    soft_max_age: Duration | None = Field(
        None, description="From this age of the release on the edge reports itself stale.", examples=["6h"]
    )
    hard_max_age: Duration | None = Field(
        None, description="From this age of the release on only neutral outcomes.", examples=["7d"]
    )
    features_max_age: Duration | None = Field(
        None, description="From this age of the synced features on they count as stale.", examples=["24h"]
    )
    errors: Hysteresis | None = Field(
        None,
        description="The share of requests that fail inside.",
        examples=[{"bad": 0.05, "good": 0.01}],
    )
    latency: Hysteresis | None = Field(
        None,
        description="The time to decide at the edge, in ms: the mean of the last requests.",
        examples=[{"bad": 20, "good": 10}],
    )
    hold: Duration = Field(
        read_duration("30s"),
        description="How long all must be better before the mode is.",
        examples=["30s"],
        json_schema_extra={"default": "30s"},
    )
    modes: Modes | None = Field(None, description="What happens in each mode.", examples=[{"full": {"models": "run"}}])
