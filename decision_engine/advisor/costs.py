"""What a decision costs a month on each platform, by its price list: meter by meter, and what is not known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from decision_engine.advisor.assumptions import Assumptions
from decision_engine.advisor.facts import Facts
from decision_engine.advisor.latency import cloud_reads, cpu_ms, kv_reads
from decision_engine.advisor.prices import (
    CHARGED,
    CLOUD,
    CLOUD_PLATFORM,
    EDGE,
    EDGE_PLATFORMS,
    INCLUDED,
    PRICES,
    Meter,
    PriceList,
)

_MILLION = 1e6
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Line:
    """One meter: how much is used (in the unit of its price), of which how much the base price includes, the price,
    and the USD a month; None where the price is not established and something is used."""

    meter: Meter
    used: float
    included: float
    price: float | None
    usd: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """A monthly cost. `known` is the sum of what is known: with anything in `unknown`, the cost is at least that."""

    platform: str
    placement: str
    lines: tuple[Line, ...]

    @property
    def known(self) -> float:
        """USD a month, without the meters whose price is not established."""
        return sum(line.usd for line in self.lines if line.usd is not None)

    @property
    def unknown(self) -> tuple[Meter, ...]:
        """The meters that are used and have no established price."""
        return tuple(line.meter for line in self.lines if line.usd is None)

    @property
    def total(self) -> float | None:
        """USD a month; None when some of it is unknown."""
        return None if self.unknown else self.known


def price(platform: PriceList, placement: str, used: Mapping[Meter, float]) -> Cost:
    """The cost of what is used, by a price list; a meter that is not used costs nothing, whatever its price."""
    lines = []
    for meter in CHARGED:
        amount = 1.0 if meter is Meter.MONTHLY else used.get(meter, 0.0)
        figure = platform.meters[meter].value
        included = 0.0
        if meter in INCLUDED:
            given = platform.meters[INCLUDED[meter]].value
            included = min(amount, 0.0 if given is None else given)
        charged = amount - included
        usd = 0.0 if charged == 0 else None if figure is None else charged * figure
        lines.append(Line(meter, amount, included, figure, usd))
    return Cost(platform.name, placement, tuple(lines))


def edge_usage(facts: Facts, assumed: Assumptions) -> dict[Meter, float]:
    """What a month of decisions at an edge uses, whichever of it the platform charges."""
    millions, time = assumed.requests_per_month / _MILLION, cpu_ms(facts, assumed)
    return {
        Meter.REQUESTS: millions,
        Meter.DELIVERY: millions if assumed.own_request else 0.0,
        Meter.CPU_MS: millions * time,
        Meter.GB_S: millions * ceil(time) / 1000 * assumed.edge_memory_mb / 1024,
        Meter.KV_READS: millions * kv_reads(facts, assumed),
        Meter.EGRESS: assumed.requests_per_month * assumed.response_bytes / _GB,
    }


def cloud_usage(
    facts: Facts, assumed: Assumptions, *, share: float = 1.0, to_visitor: bool = True
) -> dict[Meter, float]:
    """What a month of this share of the decisions uses in the cloud."""
    millions = assumed.requests_per_month * share / _MILLION
    time = ceil(assumed.cloud_run.p50 + assumed.cloud_kv_read.p50 * cloud_reads(facts) + cpu_ms(facts, assumed))
    return {
        Meter.REQUESTS: millions,
        Meter.DELIVERY: millions if assumed.own_request and to_visitor else 0.0,
        Meter.GATEWAY: millions,
        Meter.CPU_MS: millions * time,
        Meter.GB_S: millions * time / 1000 * assumed.cloud_memory_mb / 1024,
        Meter.KV_READS: millions * cloud_reads(facts),
        Meter.EGRESS: assumed.requests_per_month * share * assumed.response_bytes / _GB,
    }


def costs(facts: Facts, assumed: Assumptions, prices: Mapping[str, PriceList] = PRICES) -> tuple[Cost, ...]:
    """The cost of each placement on each platform: the cloud, and each edge that takes the code, alone and as a hybrid.

    An edge whose functions cannot ask the cloud makes no hybrid.
    """
    found = []
    cloud = prices[CLOUD_PLATFORM]
    asked = price(cloud, CLOUD, cloud_usage(facts, assumed, share=assumed.escalation_share, to_visitor=False))
    refused = {fit.platform for fit in facts.fits if fit.problem is not None}
    for name in EDGE_PLATFORMS:
        if name not in refused:
            alone = price(prices[name], EDGE, edge_usage(facts, assumed))
            found += [alone, _together(alone, asked)] if prices[name].calls_out else [alone]
    return (*found, price(cloud, CLOUD, cloud_usage(facts, assumed)))


def cheapest(found: tuple[Cost, ...], placement: str) -> Cost | None:
    """The cheapest of the costs of a placement that are known whole."""
    known = [one for one in found if one.placement == placement and one.total is not None]
    return min(known, key=lambda one: (one.known, one.platform), default=None)


def _together(edge: Cost, cloud: Cost) -> Cost:
    """An edge with what its escalations cost in the cloud."""
    return Cost(edge.platform, "hybrid", (*edge.lines, *cloud.lines))
