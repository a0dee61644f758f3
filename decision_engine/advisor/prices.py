"""What platforms charge, read from prices.json: every figure with its day and its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType


class Meter(StrEnum):
    """What a platform charges for, and the unit of its price; then what its base price includes."""

    REQUESTS = "requests"
    """USD for a million runs of the function."""
    DELIVERY = "delivery"
    """USD for a million requests that the network delivers, beside the function's."""
    GATEWAY = "gateway"
    """USD for a million calls of the gateway in front of the function."""
    CPU_MS = "cpu_ms"
    """USD for a million milliseconds of CPU time."""
    GB_S = "gb_s"
    """USD for a million GB-seconds of memory."""
    KV_READS = "kv_reads"
    """USD for a million reads of the key-value store."""
    EGRESS = "egress"
    """USD for a GB to the visitor."""
    MONTHLY = "monthly"
    """USD a month, whatever is used."""
    INCLUDED_REQUESTS = "included_requests"
    """Millions of runs a month in the base price."""
    INCLUDED_CPU_MS = "included_cpu_ms"
    """Millions of milliseconds a month in the base price."""
    INCLUDED_KV_READS = "included_kv_reads"
    """Millions of reads a month in the base price."""


INCLUDED: Mapping[Meter, Meter] = MappingProxyType(
    {
        Meter.REQUESTS: Meter.INCLUDED_REQUESTS,
        Meter.CPU_MS: Meter.INCLUDED_CPU_MS,
        Meter.KV_READS: Meter.INCLUDED_KV_READS,
    }
)
"""The meters of which a base price includes some."""

CHARGED = tuple(meter for meter in Meter if meter not in INCLUDED.values())
"""The meters that have a price."""

EDGE, CLOUD = "edge", "cloud"


@dataclass(frozen=True, slots=True)
class Price:
    """One figure. `value` is None where it is not established; `as_of` is the day it was read (YYYY-MM-DD)."""

    value: float | None
    as_of: str
    source: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class PriceList:
    """One platform with every meter; `place` is where it stands, `edge` or `cloud`.

    `calls_out` says whether a function there can ask the cloud, as a hybrid does.
    """

    name: str
    title: str
    place: str
    calls_out: bool
    meters: Mapping[Meter, Price]


def _read() -> Mapping[str, PriceList]:
    document = json.loads((Path(__file__).parent / "prices.json").read_bytes())
    return MappingProxyType({name: _platform(name, entry) for name, entry in document["platforms"].items()})


def _platform(name: str, entry: Mapping[str, Mapping[str, Mapping[str, object]]]) -> PriceList:
    found = {Meter(key): _price(figure) for key, figure in entry["meters"].items()}
    meters = MappingProxyType({meter: found[meter] for meter in Meter})
    return PriceList(name, str(entry["title"]), str(entry["place"]), bool(entry["calls_out"]), meters)


def _price(figure: Mapping[str, object]) -> Price:
    value, source, note = figure["value"], figure["source"], figure["note"]
    assert value is None or isinstance(value, int | float), "a price is a number"
    return Price(
        value, str(figure["as_of"]), None if source is None else str(source), None if note is None else str(note)
    )


PRICES: Mapping[str, PriceList] = _read()
"""The price list of every platform by its name."""

EDGE_PLATFORMS = tuple(name for name, one in PRICES.items() if one.place == EDGE)
CLOUD_PLATFORM = next(name for name, one in PRICES.items() if one.place == CLOUD)
"""What a decision in the cloud, and an escalation, is charged by."""
