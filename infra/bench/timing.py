"""Interleaved repetitions: every round runs each contender once, so that a noisy moment hits all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from infra.bench.result import Row

Sample: TypeAlias = Callable[[], float]
"""Measures once, and gives microseconds."""

Samples: TypeAlias = Mapping[str, Sequence[float]]
"""The values of each contender, one a round."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How much to measure, and whom to tell. `plan` announces samples to come, `advance` one that is done."""

    quick: bool = False
    plan: Callable[[int], None] = lambda count: None
    advance: Callable[[], None] = lambda: None

    def rounds(self, full: int) -> int:
        """How many rounds to run where a whole run has `full`."""
        return min(full, 3) if self.quick else full


def interleave(contenders: Mapping[str, Sample], rounds: int, setting: Setting) -> Samples:
    """Run each contender once a round. Each round begins one contender later, so that none always follows another."""
    setting.plan(rounds * len(contenders))
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for name in order(list(contenders), rounds):
        found[name].append(contenders[name]())
        setting.advance()
    return found


def order(names: Sequence[str], rounds: int) -> Iterator[str]:
    """The names in the order in which they run."""
    for number in range(rounds):
        first = number % len(names)
        yield from (*names[first:], *names[:first])


def compare(
    suite: str,
    case: str,
    samples: Samples,
    ours: str,
    peer: str,
    wanted: float | None = None,
    *,
    show: str | None = None,
) -> Row:
    """The row of two contenders: medians of both, and the spread of the ratios within rounds.

    `show` is the peer's name in the row.
    """
    ratios = [theirs / mine for mine, theirs in zip(samples[ours], samples[peer], strict=True)]
    mine, theirs = (statistics.median(samples[name]) for name in (ours, peer))
    return Row(suite, case, mine, show or peer, theirs, spread(ratios), wanted)


def within(suite: str, case: str, values: Sequence[float], peer: str, budget: float) -> Row:
    """The row of a budget, which is reached when the median of `values` is at most `budget`."""
    return Row(suite, case, statistics.median(values), peer, budget, spread(values), 1.0)


def spread(values: Sequence[float]) -> float:
    """The interquartile range over the median: how far apart the middle half of the rounds lies."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / abs(middle) if middle else 0.0
