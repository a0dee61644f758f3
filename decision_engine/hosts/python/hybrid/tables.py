"""The shape of the hybrid stage's tables; times are in ms."""

from __future__ import annotations

from typing import TypedDict


class BreakerTable(TypedDict):
    """When the breaker opens, and how it closes again."""

    failures: int
    rate: float
    calls: int
    window: int
    pause: int
    longest_pause: int
    trials: int


class HybridTable(TypedDict):
    """What the policy `hybrid` says. `latencies` are those that decisions need, by name."""

    latency: int
    latencies: dict[str, int]
    within: int
    reserve: int
    answer_bytes: int
    units: list[str]
    breaker: BreakerTable
