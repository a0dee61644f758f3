"""The time that a decision takes from the visitor's view, part by part: at the edge, as a hybrid, in the cloud.

A total is the sum of its parts at the same percentile: exact where parts are slow at the same moments, else an
estimate, since percentiles of independent parts do not add up.
"""

from __future__ import annotations

from dataclasses import dataclass

from decision_engine.advisor.assumptions import Assumptions, Spread
from decision_engine.advisor.facts import Facts

PERCENTILES = ("p50", "p95", "worst")
_ASKED_FROM = {"p50": 0.5, "p95": 0.05, "worst": 0.0}  # the share of escalations from which they are seen there


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the way, in ms."""

    name: str
    time: Spread


@dataclass(frozen=True, slots=True)
class Way:
    """A way to decide: its parts in order, and their sums."""

    placement: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> Spread:
        """The sum of the parts, percentile by percentile."""
        return Spread(
            p50=sum(part.time.p50 for part in self.parts),
            p95=sum(part.time.p95 for part in self.parts),
            worst=sum(part.time.worst for part in self.parts),
        )

    def within(self, budget: float | None) -> dict[str, bool | None]:
        """Whether the way keeps the budget (ms) at each percentile; None without a budget."""
        total = self.total
        return {name: None if budget is None else getattr(total, name) <= budget for name in PERCENTILES}


def ways(facts: Facts, assumed: Assumptions) -> tuple[Way, Way, Way]:
    """The ways `edge`, `hybrid` and `cloud`."""
    encode = (assumed.edge_fixed_us + assumed.encode_us_per_feature * len(facts.features)) / 1000
    decide = assumed.ns_per_operation * facts.operations / 1e6
    at_edge = (
        *([Part("network to edge", assumed.network_to_edge)] if assumed.count_network else []),
        Part("start", assumed.edge_start),
        Part("encode", _times(assumed.cpu_factor, encode)),
        Part("decide", _times(assumed.cpu_factor, decide)),
        Part("store", _times(assumed.kv_read, kv_reads(facts, assumed))),
    )
    cloud_parts = (
        Part("gateway", assumed.gateway),
        Part("start", assumed.cloud_start),
        Part("store", _times(assumed.cloud_kv_read, cloud_reads(facts))),
        Part("run", _plus(assumed.cloud_run, _times(assumed.cpu_factor, encode + decide))),
    )
    asked = Way("cloud", (Part("edge to cloud", assumed.edge_to_cloud), *cloud_parts)).total
    return (
        Way("edge", at_edge),
        Way("hybrid", (*at_edge, Part("escalation", _escalation(asked, assumed)))),
        Way("cloud", (_way_to_cloud(assumed), *cloud_parts)),
    )


def _way_to_cloud(assumed: Assumptions) -> Part:
    """From the visitor; from the edge where the page's request stands there already."""
    if assumed.count_network:
        return Part("network to cloud", assumed.network_to_cloud)
    return Part("edge to cloud", assumed.edge_to_cloud)


def kv_reads(facts: Facts, assumed: Assumptions) -> int:
    """Reads of the edge's store for one decision: one a group of synced features, none where a token brings them."""
    return 0 if assumed.profile_token else len(facts.synced_groups)


def cloud_reads(facts: Facts) -> int:
    """Reads of the cloud's store: one a group of features that do not come with the request."""
    return len({one.group for one in facts.features if one.tier > 1 and one.group is not None})


def cpu_ms(facts: Facts, assumed: Assumptions) -> float:
    """CPU time of one decision in the median."""
    micro = assumed.edge_fixed_us + assumed.encode_us_per_feature * len(facts.features)
    return micro / 1000 + assumed.ns_per_operation * facts.operations / 1e6


def _escalation(asked: Spread, assumed: Assumptions) -> Spread:
    """What asking the cloud adds where it is seen; the local outcome stands when the deadline is over."""
    return Spread(
        **{
            name: min(assumed.escalation_within, getattr(asked, name)) if assumed.escalation_share > share else 0.0
            for name, share in _ASKED_FROM.items()
        }
    )


def _times(spread: Spread, factor: float) -> Spread:
    return Spread(p50=spread.p50 * factor, p95=spread.p95 * factor, worst=spread.worst * factor)


def _plus(one: Spread, other: Spread) -> Spread:
    return Spread(p50=one.p50 + other.p50, p95=one.p95 + other.p95, worst=one.worst + other.worst)
