"""What the advisor assumes of traffic, networks and machines: every figure with its meaning, all of them to override.

The figures of networks and services are assumptions of this project for a shop in Europe, rounded up; they are no
measurements of any provider. Replace them by what you measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


class _Document(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True)


Milliseconds: TypeAlias = Annotated[float, Field(ge=0, le=1e9)]
Amount: TypeAlias = Annotated[float, Field(ge=0, le=1e15)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class Spread(_Document):
    """A time, or a factor, in the median, in 95 of 100 cases, and at worst."""

    p50: Milliseconds
    p95: Milliseconds
    worst: Milliseconds

    @model_validator(mode="after")
    def _rises(self) -> Spread:
        if not self.p50 <= self.p95 <= self.worst:
            raise PydanticCustomError("refused", "expected p50, p95 and worst in rising order", {})
        return self


class OfDecision(_Document):
    """What is known of one decision alone; what is absent is as for all."""

    requests_per_month: Amount | None = None
    value_per_thousand: Annotated[float, Field(le=1e9)] | None = None
    changes_per_day: Amount | None = None
    escalation_share: Share | None = None
    central_experimentation: bool | None = None


class Assumptions(_Document):
    """All of them. Times in ms unless the name says otherwise, money in USD."""

    requests_per_month: Amount = Field(10_000_000, description="how often a decision is asked for")
    own_request: bool = Field(True, description="whether asking is a request of its own, which the network charges")
    count_network: bool = Field(
        True, description="whether budgets cover the way from the visitor, which a page's own request takes anyway"
    )
    response_bytes: Amount = Field(2_000, description="what an answer is long")
    value_per_thousand: Annotated[float, Field(le=1e9)] | None = Field(
        None, description="what a thousand decisions are worth to the shop, USD"
    )
    changes_per_day: Amount = Field(4, description="how often rules, weights or models are released")
    release_minutes: Amount = Field(5, description="until a release has reached every edge")
    most_in_transition: Share = Field(0.1, description="the share of time in which edges may run different releases")
    sync_minutes: Amount = Field(60, description="how often features of tier 2 are synced to the edge")
    profile_token: bool = Field(False, description="whether tier 2 comes in a signed token, so that no store is read")
    central_experimentation: bool | None = Field(
        None, description="whether the cloud must assign; by default where a unit is not the one that the cookie names"
    )
    fast_ms: Milliseconds = Field(100, description="a budget below this asks for the edge")
    network_to_edge: Spread = Field(Spread(p50=15, p95=50, worst=200), description="visitor to edge and back")
    network_to_cloud: Spread = Field(Spread(p50=60, p95=180, worst=800), description="visitor to the cloud and back")
    edge_to_cloud: Spread = Field(Spread(p50=40, p95=100, worst=500), description="edge to the cloud and back")
    edge_start: Spread = Field(Spread(p50=0, p95=0, worst=50), description="start of an instance at the edge")
    edge_fixed_us: Amount = Field(50, description="microseconds of CPU for a request, whatever it decides")
    encode_us_per_feature: Amount = Field(0.5, description="microseconds of CPU to read a feature")
    ns_per_operation: Amount = Field(2, description="nanoseconds of CPU for an operation on the longest path")
    cpu_factor: Spread = Field(Spread(p50=1, p95=2, worst=10), description="how much longer CPU takes when it is busy")
    kv_read: Spread = Field(Spread(p50=2, p95=20, worst=300), description="a read of the edge's store")
    gateway: Spread = Field(Spread(p50=5, p95=15, worst=50), description="the gateway of the cloud")
    cloud_start: Spread = Field(Spread(p50=0, p95=0, worst=800), description="start of an instance in the cloud")
    cloud_run: Spread = Field(Spread(p50=8, p95=30, worst=200), description="a run of the function in the cloud")
    cloud_kv_read: Spread = Field(Spread(p50=4, p95=15, worst=100), description="a read of the cloud's store")
    edge_memory_mb: Amount = Field(128, description="memory of a function at the edge, where it is charged")
    cloud_memory_mb: Amount = Field(512, description="memory of the function in the cloud")
    escalation_share: Share = Field(0.1, description="the share of decisions for which a hybrid asks the cloud")
    escalation_within: Milliseconds = Field(80, description="after which a hybrid keeps its local outcome")
    decisions: Mapping[str, OfDecision] = Field({}, description="what is known of one decision alone")

    def of(self, decision: str) -> Assumptions:
        """The assumptions for one decision: what is known of it alone replaces what holds for all."""
        own = self.decisions.get(decision)
        if own is None:
            return self
        known = {name: value for name in OfDecision.model_fields if (value := getattr(own, name)) is not None}
        return self.model_copy(update=known)


class Assumed(NamedTuple):
    """One assumption as it is shown; `is_given` tells it from a default."""

    name: str
    value: object
    is_given: bool
    meaning: str


def shown(assumptions: Assumptions) -> Iterator[Assumed]:
    """Every assumption with its value and meaning, in order."""
    document = assumptions.model_dump(mode="json", exclude_none=False)
    for name, field in Assumptions.model_fields.items():
        if name == "decisions":
            continue
        assert field.description is not None, "every assumption says what it means"
        yield Assumed(name, document[name], name in assumptions.model_fields_set, field.description)
    for decision, own in assumptions.decisions.items():
        for name in sorted(own.model_fields_set):
            meaning = Assumptions.model_fields[name].description or ""
            yield Assumed(f"decisions.{decision}.{name}", getattr(own, name), True, meaning)
