"""Freshness: how old the values of features are, how many passed their max_age, how many did not come at all.

By feature over all sessions, and by group of features, region and device. A group is the first part of a feature's
path: what is written together is as old together. Shares:

- beyond max_age: of the values whose age is known, among features that have a max_age;
- missing: of the sessions in which consent did not deny the feature; a default counts as missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from decision_engine.monitoring.bins import age_quantile
from decision_engine.monitoring.findings import Finding, State, Thresholds, judge, worst
from decision_engine.monitoring.tally import Cell, Served, Tally

SMALL = Cell("(small cells)", "(small cells)")
"""The cell that stands for all that are too small to be shown."""

_MEASURE = "freshness"


@dataclass(frozen=True, slots=True)
class Watched:
    """What freshness knows of a feature: its group, and its max_age in ms."""

    name: str
    group: str
    max_age: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """The counts behind the shares. `served` counts values of features: several a session where a group has several."""

    served: int
    denied: int
    absent: int
    aged: int
    beyond: int
    ages: Mapping[int, int]

    @property
    def share_beyond(self) -> float | None:
        """The share of known ages that passed max_age; None without any."""
        return self.beyond / self.aged if self.aged else None

    @property
    def share_missing(self) -> float | None:
        """The share of permitted values that did not come; None without any."""
        permitted = self.served - self.denied
        return self.absent / permitted if permitted else None

    def quantile(self, share: float) -> tuple[float, float | None] | None:
        """The bounds in ms of the bin in which that quantile of the ages stands."""
        return age_quantile(self.ages, share)


@dataclass(frozen=True, slots=True)
class FeatureFreshness:
    """One feature over all sessions."""

    feature: Watched
    measured: Measured
    state: State


@dataclass(frozen=True, slots=True)
class CellFreshness:
    """One group of features in one cell; `sessions` is at least the smallest cell that reports may show."""

    group: str
    cell: Cell
    sessions: int
    measured: Measured
    state: State


@dataclass(frozen=True, slots=True)
class Freshness:
    """The whole measure. `hidden` counts the sessions of cells that even together are too small to be shown."""

    sessions: int
    features: tuple[FeatureFreshness, ...]
    cells: tuple[CellFreshness, ...]
    hidden: int
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst of all findings."""
        return worst(finding.state for finding in self.findings)


def measure_freshness(tally: Tally, features: Sequence[Watched], thresholds: Thresholds, smallest: int) -> Freshness:
    """Freshness of `features` in a window; cells of fewer than `smallest` sessions are shown together, or not."""
    sessions = tally.sessions.total()
    findings: list[Finding] = []
    if sessions < thresholds.least:
        message = f"expected at least {thresholds.least:,} sessions, found {sessions:,}"
        findings.append(_finding("sessions", State.NOT_ENOUGH_DATA, sessions, thresholds.least, message))
    by_feature: dict[str, list[tuple[Cell, Served]]] = {}
    for (name, cell), served in tally.served.items():
        by_feature.setdefault(name, []).append((cell, served))
    found = []
    for feature in features:
        measured = _measure([(feature, served) for _, served in by_feature.get(feature.name, ())])
        of_feature = list(_judge_feature(feature, measured, sessions, thresholds))
        findings += of_feature
        found.append(FeatureFreshness(feature, measured, worst(one.state for one in of_feature)))
    shown = shown_cells(tally.sessions, smallest)
    cells = list(_cells(tally, features, shown, by_feature, thresholds))
    findings += [finding for _, finding in cells if finding is not None]
    hidden = sessions - sum(shown.sessions.values())
    return Freshness(sessions, tuple(found), tuple(one for one, _ in cells), hidden, tuple(findings))


@dataclass(frozen=True, slots=True)
class ShownCells:
    """Which cells are shown with how many sessions, and as which cell each one is; absent ones are not shown."""

    sessions: Mapping[Cell, int]
    shown_as: Mapping[Cell, Cell]


def shown_cells(sessions: Mapping[Cell, int], smallest: int) -> ShownCells:
    """Small cells are joined to one; while that is small itself, and not empty, the next larger cell joins it.

    So no cell of fewer than `smallest` sessions is shown, and none follows from a total less what is shown.
    """
    order = sorted(sessions, key=lambda cell: (sessions[cell], cell))
    small = [cell for cell in order if sessions[cell] < smallest]
    while small and sum(sessions[cell] for cell in small) < smallest and len(small) < len(order):
        small.append(order[len(small)])
    joined = sum(sessions[cell] for cell in small)
    shown = {cell: sessions[cell] for cell in sorted(set(order) - set(small))}
    shown_as = {cell: cell for cell in shown}
    if joined >= smallest:
        shown[SMALL] = joined
        shown_as |= dict.fromkeys(small, SMALL)
    return ShownCells(shown, shown_as)


def _judge_feature(feature: Watched, measured: Measured, sessions: int, thresholds: Thresholds) -> Iterable[Finding]:
    if sessions < thresholds.least:
        return  # said once for all
    if feature.max_age is not None and (thresholds.stale_warn, thresholds.stale_breach) != (None, None):
        if measured.aged < thresholds.least:
            message = (
                f"expected at least {thresholds.least:,} ages of `{feature.name}`, which has a max_age, found "
                f"{measured.aged:,}: `timestamps` of requests say when `{feature.group}` was written"
            )
            yield _finding(feature.name, State.NOT_ENOUGH_DATA, measured.aged, thresholds.least, message)
        elif (finding := _judge_stale(f"`{feature.name}`", feature.name, measured, thresholds)) is not None:
            yield finding
    if (thresholds.missing_warn, thresholds.missing_breach) != (None, None):
        permitted = measured.served - measured.denied
        if permitted < thresholds.least:
            message = (
                f"expected at least {thresholds.least:,} sessions that may read `{feature.name}`, found {permitted:,}"
            )
            yield _finding(feature.name, State.NOT_ENOUGH_DATA, permitted, thresholds.least, message)
            return
        share = measured.absent / permitted
        state, limit = judge(share, thresholds.missing_warn, thresholds.missing_breach)
        if state is not State.OK:
            message = f"`{feature.name}` is missing in {share:.1%} of the sessions that may read it"
            yield _finding(feature.name, state, share, limit, message)


def _judge_stale(shown: str, subject: str, measured: Measured, thresholds: Thresholds) -> Finding | None:
    share = measured.beyond / measured.aged
    state, limit = judge(share, thresholds.stale_warn, thresholds.stale_breach)
    if state is State.OK:
        return None
    return _finding(subject, state, share, limit, f"{share:.1%} of the values of {shown} are older than their max_age")


def _cells(
    tally: Tally,
    features: Sequence[Watched],
    shown: ShownCells,
    by_feature: Mapping[str, Sequence[tuple[Cell, Served]]],
    thresholds: Thresholds,
) -> Iterable[tuple[CellFreshness, Finding | None]]:
    held: dict[tuple[str, Cell], list[tuple[Watched, Served]]] = {}
    for feature in features:
        for cell, served in by_feature.get(feature.name, ()):
            if (as_cell := shown.shown_as.get(cell)) is not None:
                held.setdefault((feature.group, as_cell), []).append((feature, served))
    for (group, cell), parts in sorted(held.items(), key=lambda item: item[0]):
        measured = _measure(parts)
        finding = None
        if tally.sessions.total() >= thresholds.least and measured.aged >= thresholds.least:
            where = f"the group `{group}` in {cell.region} on {cell.device}"
            finding = _judge_stale(where, f"{group}/{cell.region}/{cell.device}", measured, thresholds)
        state = State.OK if finding is None else finding.state
        if measured.aged < thresholds.least and any(feature.max_age is not None for feature, _ in parts):
            state = State.NOT_ENOUGH_DATA
        yield CellFreshness(group, cell, shown.sessions[cell], measured, state), finding


def _measure(parts: Iterable[tuple[Watched, Served]]) -> Measured:
    served = denied = absent = aged = beyond = 0
    ages: Counter[int] = Counter()
    for feature, one in parts:
        served += one.total
        denied += one.total - one.permitted
        absent += one.absent
        ages += one.ages
        if feature.max_age is not None:
            aged += one.ages.total()
            beyond += one.beyond
    return Measured(served, denied, absent, aged, beyond, ages)


def _finding(subject: str, state: State, value: float, limit: float | None, message: str) -> Finding:
    return Finding(_MEASURE, subject, state, value, limit, message)
