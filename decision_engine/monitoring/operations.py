"""What nodes did in a window: requests, outcomes and where they came from, times, and what happened on the way.

Nothing here tells of visitors: the keys are names of the registry, of stages and of nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, assert_never

from decision_engine.monitoring.bins import number_quantile
from decision_engine.monitoring.documents import (
    ConsentLine,
    CountedLine,
    DecidedLine,
    OperationsLine,
    RequestsLine,
    StagesLine,
)

UNKNOWN = "(unknown)"


class Site(NamedTuple):
    """Where something was done: a ring, a node, and in which degrade mode; `(any)` where modes are not told apart."""

    ring: str
    node: str
    degrade: str


class Ending(NamedTuple):
    """One way in which a decision ended."""

    decision: str
    outcome: str | None
    reason: str
    rule: int | None
    experiment: str | None
    variation: str | None
    mode: str


class Way(NamedTuple):
    """What a request was."""

    route: str
    method: str
    status: int


ANY = "(any)"


@dataclass(slots=True)
class Operations:
    """Counts by site. It grows with nodes, decisions and names, none of which a visitor chooses."""

    requests: Counter[tuple[Site, Way]] = field(default_factory=Counter)
    durations: dict[tuple[Site, Way], Counter[int]] = field(default_factory=dict)
    endings: Counter[tuple[Site, Ending]] = field(default_factory=Counter)
    stages: dict[tuple[Site, str], Counter[int]] = field(default_factory=dict)
    consent: Counter[tuple[Site, tuple[str, str, str, str, str]]] = field(default_factory=Counter)
    counted: Counter[tuple[Site, tuple[str, str]]] = field(default_factory=Counter)

    def add_line(self, line: OperationsLine) -> None:
        """Add what a line of a log counts."""
        degrade = line.degrade if isinstance(line, DecidedLine | RequestsLine | StagesLine) else ANY
        site = Site(line.ring or UNKNOWN, line.node or UNKNOWN, degrade)
        match line:
            case DecidedLine():
                told = (line.decision, line.outcome, line.reason, line.rule, line.experiment, line.variation)
                self.endings[site, Ending(*told, line.mode)] += line.count
            case RequestsLine():
                key = (site, Way(line.route, line.method, line.status))
                self.requests[key] += line.count
                self.durations.setdefault(key, Counter()).update(_places(line.bins))
            case StagesLine():
                self.stages.setdefault((site, line.stage), Counter()).update(_places(line.bins))
            case ConsentLine():
                self.consent[site, (line.place, line.regime, line.purpose, line.state, line.basis)] += line.count
            case CountedLine():
                self.counted[site, (line.stage, line.name)] += line.count
            case _:
                assert_never(line)

    def lines(self, about: Mapping[str, Any]) -> Iterator[OperationsLine]:
        """The counts as lines of a log, in a fixed order; `about` is what all lines of it say."""
        for (site, ending), count in sorted(self.endings.items(), key=_order):
            yield DecidedLine(**_told(about, site), kind="decided", **ending._asdict(), count=count)
        for key, count in sorted(self.requests.items(), key=_order):
            bins = _texts(self.durations.get(key, Counter[int]()))
            yield RequestsLine(**_told(about, key[0]), kind="requests", **key[1]._asdict(), count=count, bins=bins)
        for (site, stage), places in sorted(self.stages.items(), key=_order):
            yield StagesLine(**_told(about, site), kind="stages", stage=stage, bins=_texts(places))
        for (site, (place, regime, purpose, state, basis)), count in sorted(self.consent.items(), key=_order):
            told: dict[str, Any] = {
                "place": place,
                "regime": regime,
                "purpose": purpose,
                "state": state,
                "basis": basis,
            }
            yield ConsentLine(**_told(about, site), kind="consent", **told, count=count)
        for (site, (stage, name)), count in sorted(self.counted.items(), key=_order):
            yield CountedLine(**_told(about, site), kind="counted", stage=stage, name=name, count=count)

    def sites(self) -> list[Site]:
        """The sites at which requests were answered, sorted."""
        return sorted({site for site, _ in self.requests} | {site for site, _ in self.endings})

    def at(self, site: Site) -> SiteFigures:
        """The figures of one site."""
        modes: Counter[str] = Counter()
        for (one, ending), count in self.endings.items():
            if one == site:
                modes[ending.mode] += count
        times: Counter[int] = Counter()
        statuses: Counter[int] = Counter()
        for (one, way), count in self.requests.items():
            if one == site:
                statuses[way.status] += count
                times.update(self.durations.get((one, way), Counter[int]()))
        return SiteFigures(site, statuses, modes, times)


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """What a node did in one degrade mode."""

    site: Site
    statuses: Mapping[int, int]
    modes: Mapping[str, int]
    times: Mapping[int, int]

    @property
    def requests(self) -> int:
        """All requests."""
        return sum(self.statuses.values())

    @property
    def errors(self) -> int:
        """Requests that were answered with a status of 500 or more."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    def share(self, mode: str) -> float | None:
        """The share of outcomes that came from `mode`; None without outcomes."""
        total = sum(self.modes.values())
        return None if total == 0 else self.modes.get(mode, 0) / total

    def quantile(self, share: float) -> float | None:
        """The time in ms that `share` of the requests did not pass, as closely as bins are wide: a tenth."""
        return number_quantile(self.times, share)


def _told(about: Mapping[str, Any], site: Site) -> dict[str, Any]:
    told = {**about, "ring": _known(site.ring), "node": _known(site.node)}
    return told if site.degrade == ANY else told | {"degrade": site.degrade}


def _known(name: str) -> str | None:
    return None if name == UNKNOWN else name


def _places(bins: Mapping[str, int]) -> dict[int, int]:
    return {int(place): count for place, count in bins.items()}


def _texts(bins: Mapping[int, int]) -> dict[str, int]:
    return {str(place): bins[place] for place in sorted(bins)}


def _order(item: tuple[object, object]) -> str:
    return repr(item[0])
