"""What `edgewise status` says: one JSON document for gates, and rows of tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from decision_engine.monitoring import (
    SCORE,
    CellFreshness,
    Compared,
    Drift,
    FeatureFreshness,
    Finding,
    Freshness,
    Measured,
    State,
    Tally,
    Thresholds,
    worst,
)

FEATURE_COLUMNS = ("feature", "max age", "beyond", "missing", "denied", "age P50", "age P95", "state")
CELL_COLUMNS = ("group", "region", "device", "sessions", "beyond", "missing", "age P50", "age P95", "state")
DRIFT_COLUMNS = ("model", "input", "PSI", "by chance", "test", "effect", "p", "missing", "state")

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"))


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was asked for. `other_registries` are digests that the log names and the registry has not."""

    registry: str
    tally: Tally
    thresholds: Thresholds
    freshness: Freshness | None
    drift: tuple[Drift, ...] | None
    unknown_lines: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, those of freshness first."""
        fresh = () if self.freshness is None else self.freshness.findings
        return (*fresh, *(finding for drift in self.drift or () for finding in drift.findings))

    @property
    def state(self) -> State:
        """The worst of all."""
        return worst(finding.state for finding in self.findings)

    @property
    def passes(self) -> bool:
        """Whether a gate may go on: nothing is breached, and there was enough data to say so."""
        return self.state in (State.OK, State.WARN)

    @property
    def other_registries(self) -> tuple[str, ...]:
        """Digests of further registries that sessions of the window were decided by."""
        return tuple(sorted(self.tally.registries - {self.registry}))

    def to_json(self) -> dict[str, Any]:
        """The document that `--json` prints."""
        return {
            "ok": self.passes,
            "state": self.state,
            "registry": self.registry,
            "window": {
                "from": self.tally.start,
                "to": self.tally.end,
                "sessions": self.tally.sessions.total(),
                "other_registries": list(self.other_registries),
                "unknown_lines": self.unknown_lines,
            },
            "thresholds": asdict(self.thresholds),
            "findings": [asdict(finding) for finding in self.findings],
            "freshness": None if self.freshness is None else _freshness(self.freshness),
            "drift": None if self.drift is None else [_drift(one) for one in self.drift],
        }


def feature_rows(freshness: Freshness) -> list[tuple[str, ...]]:
    """A row for each feature, with FEATURE_COLUMNS."""
    return [tuple(_feature_row(one)) for one in freshness.features]


def cell_rows(freshness: Freshness, most: int) -> list[tuple[str, ...]]:
    """Rows of cells with known ages, the stalest first, with CELL_COLUMNS."""
    aged = [one for one in freshness.cells if one.measured.aged]
    aged.sort(key=lambda one: (-(one.measured.share_beyond or 0), one.group, one.cell))
    return [tuple(_cell_row(one)) for one in aged[:most]]


def drift_rows(drift: Sequence[Drift]) -> list[tuple[str, ...]]:
    """A row for each input and score, the largest index first, with DRIFT_COLUMNS."""
    return [
        tuple(_drift_row(one.model, compared))
        for one in drift
        for compared in sorted(one.compared, key=lambda two: (-(two.psi or 0), two.kind, two.name))
    ]


def duration(ms: float | None) -> str:
    """A duration for people, in its largest unit: `30m`."""
    if ms is None:
        return "longer"
    for size, unit in _UNITS:
        if ms >= size:
            return f"{ms / size:.3g}{unit}"
    return f"{ms:.3g}ms"


def _freshness(freshness: Freshness) -> dict[str, Any]:
    return {
        "state": freshness.state,
        "sessions": freshness.sessions,
        "hidden_sessions": freshness.hidden,
        "features": [
            {
                "feature": one.feature.name,
                "group": one.feature.group,
                "max_age": one.feature.max_age,
                "state": one.state,
                **_measured(one.measured),
                "ages": {str(place): one.measured.ages[place] for place in sorted(one.measured.ages)},
            }
            for one in freshness.features
        ],
        "cells": [
            {
                "group": one.group,
                **one.cell._asdict(),
                "sessions": one.sessions,
                "state": one.state,
                **_measured(one.measured),
            }
            for one in freshness.cells
        ],
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "served": measured.served,
        "denied": measured.denied,
        "missing": measured.absent,
        "share_missing": measured.share_missing,
        "aged": measured.aged,
        "beyond": measured.beyond,
        "share_beyond": measured.share_beyond,
        "age_p50": measured.quantile(0.5),
        "age_p95": measured.quantile(0.95),
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {"model": drift.model, "state": drift.state, "compared": [asdict(one) for one in drift.compared]}


def _feature_row(one: FeatureFreshness) -> Iterator[str]:
    yield one.feature.name
    yield "" if one.feature.max_age is None else duration(one.feature.max_age)
    yield from _shares(one.measured)
    yield _share(one.measured.denied / one.measured.served if one.measured.served else None)
    yield from _quantiles(one.measured)
    yield one.state


def _cell_row(one: CellFreshness) -> Iterator[str]:
    yield from (one.group, one.cell.region, one.cell.device, f"{one.sessions:,}")
    yield from _shares(one.measured)
    yield from _quantiles(one.measured)
    yield one.state


def _drift_row(model: str, one: Compared) -> Iterator[str]:
    yield from (model, SCORE if one.kind == SCORE else one.name)
    yield "?" if one.psi is None else f"{one.psi:.3f}"
    yield "" if one.chance is None else f"{one.chance:.3f}"
    yield "" if one.tested is None else one.tested.test
    yield "" if one.tested is None else f"{one.tested.effect:.3f}"
    yield "" if one.p is None else f"{one.p:.2g}"
    known = one.baseline_absent is not None and one.window_absent is not None
    yield f"{_share(one.baseline_absent)} to {_share(one.window_absent)}" if known else ""
    yield one.state


def _shares(measured: Measured) -> Iterator[str]:
    yield _share(measured.share_beyond)
    yield _share(measured.share_missing)


def _quantiles(measured: Measured) -> Iterator[str]:
    for share in (0.5, 0.95):
        bounds = measured.quantile(share)
        yield "" if bounds is None else f"{duration(bounds[0])} to {duration(bounds[1])}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
