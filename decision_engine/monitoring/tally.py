"""Counts of a window of sessions: what was served, how old it was, what values and scores there were.

A tally grows by lines of a log, by sessions that are observed, or by another tally; the order makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, assert_never

from decision_engine.hosts.python.values import Status
from decision_engine.monitoring.documents import (
    VERSION,
    ConsentLine,
    CountedLine,
    DecidedLine,
    RequestsLine,
    Scale,
    ScoresLine,
    ServedLine,
    SessionsLine,
    StagesLine,
    TelemetryLine,
    ValuesLine,
)
from decision_engine.monitoring.operations import Operations

MOST_CELLS = 1000
"""Cells of region and device that are told apart; further ones count under OTHER_CELL, so that memory is bounded."""


class Cell(NamedTuple):
    """A region and a kind of device."""

    region: str
    device: str


OTHER_CELL = Cell("(other)", "(other)")


@dataclass(slots=True)
class Served:
    """How one feature was served in one cell."""

    counts: Counter[Status] = field(default_factory=Counter)
    beyond: int = 0
    ages: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All sessions."""
        return self.counts.total()

    @property
    def permitted(self) -> int:
        """The sessions in which consent did not deny the feature."""
        return self.total - self.counts[Status.DENIED]

    @property
    def absent(self) -> int:
        """The permitted sessions that brought no value that is acceptable, whether a default replaced it or not."""
        return self.counts[Status.MISSING] + self.counts[Status.DEFAULT]

    def add(self, other: Served) -> None:
        """Add the counts of another one."""
        self.counts += other.counts
        self.beyond += other.beyond
        self.ages += other.ages


class Subject(NamedTuple):
    """What values belong to: a feature in one version, or a model by its digest."""

    name: str
    mark: str


@dataclass(slots=True)
class Values:
    """A histogram: the numbers of bins or labels, as text -> how often."""

    scale: Scale
    bins: Counter[str] = field(default_factory=Counter)
    absent: int = 0

    @property
    def present(self) -> int:
        """The sessions with a value."""
        return self.bins.total()

    def add(self, other: Values) -> None:
        """Add the counts of another one of the same scale."""
        self.bins += other.bins
        self.absent += other.absent


@dataclass(slots=True)
class Tally:
    """All counts of a window; `start` and `end` are the first and the last moment, ms UTC, None without any."""

    start: int | None = None
    end: int | None = None
    registries: set[str] = field(default_factory=set)
    sessions: Counter[Cell] = field(default_factory=Counter)
    served: dict[tuple[str, Cell], Served] = field(default_factory=dict)
    values: dict[tuple[Subject, Scale], Values] = field(default_factory=dict)
    scores: dict[tuple[Subject, Scale], Values] = field(default_factory=dict)
    operations: Operations = field(default_factory=Operations)
    _cells: set[Cell] = field(default_factory=set)

    def see(self, start: int, end: int, registry: str | None) -> None:
        """Widen the window, and note which registry decided."""
        self.start = start if self.start is None else min(self.start, start)
        self.end = end if self.end is None else max(self.end, end)
        if registry is not None:
            self.registries.add(registry)

    def cell(self, region: str, device: str) -> Cell:
        """The cell to count in."""
        found = Cell(region, device)
        if found not in self._cells:
            if len(self._cells) >= MOST_CELLS:
                return OTHER_CELL
            self._cells.add(found)
        return found

    def served_in(self, feature: str, cell: Cell) -> Served:
        """The counts of a feature in a cell."""
        found = self.served.get((feature, cell))
        if found is None:
            found = self.served[feature, cell] = Served()
        return found

    def values_of(self, feature: str, version: int, scale: Scale) -> Values:
        """The histogram of a feature's values."""
        key = Subject(feature, str(version)), scale
        found = self.values.get(key)
        if found is None:
            found = self.values[key] = Values(scale)
        return found

    def scores_of(self, model: str, digest: str, scale: Scale) -> Values:
        """The histogram of a model's scores."""
        return self.scores.setdefault((Subject(model, digest), scale), Values(scale))

    def add_line(self, line: TelemetryLine) -> None:
        """Add what a line of a log counts."""
        self.see(line.start, line.end, line.registry)
        match line:
            case SessionsLine():
                self.sessions[self.cell(line.region, line.device)] += line.count
            case ServedLine():
                counts = Counter({Status(name): count for name, count in line.counts.items()})
                ages = Counter({int(place): count for place, count in line.ages.items()})
                cell = self.cell(line.region, line.device)
                self.served_in(line.feature, cell).add(Served(counts, line.beyond, ages))
            case ValuesLine():
                found = Values(line.scale, Counter(line.bins), line.absent)
                self.values_of(line.feature, line.version, line.scale).add(found)
            case ScoresLine():
                self.scores_of(line.model, line.digest, line.scale).add(Values(line.scale, Counter(line.bins)))
            case DecidedLine() | RequestsLine() | StagesLine() | ConsentLine() | CountedLine():
                self.operations.add_line(line)
            case _:
                assert_never(line)

    def merge(self, other: Tally) -> None:
        """Add all counts of another tally."""
        for line in other.lines():
            self.add_line(line)
        self.registries |= other.registries

    def lines(self, registry: str | None = None) -> Iterator[TelemetryLine]:
        """The tally as lines of a log, in a fixed order. `registry` is the digest to write into them."""
        if self.start is None or self.end is None:
            return
        about: dict[str, Any] = {"telemetry": VERSION, "from": self.start, "to": self.end}
        if registry is not None:
            about["registry"] = registry
        for cell, count in sorted(self.sessions.items()):
            yield SessionsLine(**about, kind="sessions", **cell._asdict(), count=count)
        for (feature, cell), served in sorted(self.served.items()):
            yield ServedLine(
                **about,
                kind="served",
                feature=feature,
                **cell._asdict(),
                counts={status.value: served.counts[status] for status in Status if served.counts[status]},
                beyond=served.beyond,
                ages={str(place): served.ages[place] for place in sorted(served.ages)},
            )
        for (subject, scale), found in sorted(self.values.items()):
            version, bins = int(subject.mark), ordered_bins(scale, found.bins)
            yield ValuesLine(
                **about,
                kind="values",
                feature=subject.name,
                version=version,
                scale=scale,
                bins=bins,
                absent=found.absent,
            )
        for (subject, scale), found in sorted(self.scores.items()):
            bins = ordered_bins(scale, found.bins)
            yield ScoresLine(**about, kind="scores", model=subject.name, digest=subject.mark, scale=scale, bins=bins)
        yield from self.operations.lines(about)


def ordered_bins(scale: Scale, bins: Mapping[str, int]) -> dict[str, int]:
    """The bins that hold something, in the order of their values or of their labels."""
    order = sorted(bins, key=int) if scale == "number" else sorted(bins)
    return {name: bins[name] for name in order if bins[name]}
