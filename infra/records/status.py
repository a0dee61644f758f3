"""What nodes did, from a folder of records: a document for gates, and rows of tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

from decision_engine.hosts.python.records import DEGRADES
from decision_engine.monitoring import SiteFigures, Tally, telemetry_line
from decision_engine.monitoring.bins import number_quantile
from infra.monitoring.logs import subject_of
from infra.records.store import RecordStore

SITE_COLUMNS = ("ring", "node", "mode", "requests", "5xx", "cloud", "fallback", "neutral", "P50 ms", "P95 ms", "P99 ms")
STAGE_COLUMNS = ("ring", "node", "mode", "stage", "times", "P50 ms", "P99 ms")
COUNTED_COLUMNS = ("ring", "node", "stage", "what", "times")
EXPOSURE_COLUMNS = ("experiment", "variation", "mode", "exposures", "units")
FEATURE_COLUMNS = ("feature", "sampled", "stale", "missing", "default", "denied")

_QUANTILES = (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99))


@dataclass(frozen=True, slots=True)
class ExposureCell:
    """Units that saw a variation on one day, added up over days; None where fewer than a report may show."""

    experiment: str
    variation: str
    mode: str
    exposures: int | None
    units: int | None


@dataclass(frozen=True, slots=True)
class RecordsReport:
    """The counters of a window, and its exposures."""

    tally: Tally
    exposures: tuple[ExposureCell, ...]

    @property
    def figures(self) -> list[SiteFigures]:
        """Each ring, node and mode; modes in the order of what they leave out."""
        operations = self.tally.operations
        order = {mode: place for place, mode in enumerate(DEGRADES)}
        sites = sorted(operations.sites(), key=lambda site: (site.ring, site.node, order[site.degrade]))
        return [operations.at(site) for site in sites]

    def to_json(self) -> dict[str, Any]:
        """The document that `--json` prints."""
        operations = self.tally.operations
        return {
            "window": {"from": self.tally.start, "to": self.tally.end, "registries": sorted(self.tally.registries)},
            "sites": [_site_json(one) for one in self.figures],
            "outcomes": [
                {**site._asdict(), "serving": ending.mode, **_without_mode(ending._asdict()), "count": count}
                for (site, ending), count in sorted(operations.endings.items(), key=_order)
            ],
            "stages": [
                {**site._asdict(), "stage": stage, "count": sum(places.values()), **_quantiles(places)}
                for (site, stage), places in sorted(operations.stages.items(), key=_order)
            ],
            "consent": [
                dict(zip(("place", "regime", "purpose", "state", "basis"), ending, strict=True)) | {"count": count}
                for ending, count in sorted(_by_ending(self.tally).items())
            ],
            "counted": [
                {"ring": site.ring, "node": site.node, "stage": stage, "name": name, "count": count}
                for (site, (stage, name)), count in sorted(operations.counted.items(), key=_order)
            ],
            "features": [_feature_json(name, counts) for name, counts in _features(self.tally)],
            "exposures": [
                {
                    "experiment": cell.experiment,
                    "variation": cell.variation,
                    "mode": cell.mode,
                    "exposures": cell.exposures,
                    "units": cell.units,
                }
                for cell in self.exposures
            ],
        }

    def site_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows of SITE_COLUMNS."""
        for one in self.figures:
            site = one.site
            shares = [_percent(one.share(mode)) for mode in ("cloud", "fallback", "neutral")]
            times = [_time(one.quantile(share)) for _, share in _QUANTILES]
            yield site.ring, site.node, site.degrade, f"{one.requests:,}", f"{one.errors:,}", *shares, *times

    def stage_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows of STAGE_COLUMNS."""
        for (site, stage), places in sorted(self.tally.operations.stages.items(), key=_order):
            found = _quantiles(places)
            times = f"{sum(places.values()):,}"
            yield site.ring, site.node, site.degrade, stage, times, _time(found["p50_ms"]), _time(found["p99_ms"])

    def counted_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows of COUNTED_COLUMNS."""
        for (site, (stage, name)), count in sorted(self.tally.operations.counted.items(), key=_order):
            yield site.ring, site.node, stage, name, f"{count:,}"

    def exposure_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows of EXPOSURE_COLUMNS; what is too small to be shown is `few`."""
        for cell in self.exposures:
            counts = ["few" if one is None else f"{one:,}" for one in (cell.exposures, cell.units)]
            yield cell.experiment, cell.variation, cell.mode, *counts

    def feature_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows of FEATURE_COLUMNS."""
        for name, counts in _features(self.tally):
            total = counts.total()
            shares = [_percent(counts[status] / total) for status in ("stale", "missing", "default", "denied")]
            yield name, f"{total:,}", *shares


def report_on(store: RecordStore, now: int, smallest: int) -> RecordsReport:
    """The records that are seen at `now` (ms UTC); no cell of fewer than `smallest` units is shown."""
    return RecordsReport(tally_of(store, now)[0], tuple(_exposures(store, now, smallest)))


def tally_of(store: RecordStore, now: int, known: Set[str] | None = None) -> tuple[Tally, int]:
    """The counters added up, and how many lines speak of features and models that are not among the `known`."""
    tally, unknown = Tally(), 0
    for document in store.lines(now):
        line = telemetry_line.validate_python(document)
        if known is None or subject_of(line) in (None, *known):
            tally.add_line(line)
        else:
            unknown += 1
    return tally, unknown


def _exposures(store: RecordStore, now: int, smallest: int) -> Iterator[ExposureCell]:
    """Exposures by variation. Where one cell of an experiment is hidden, its smallest other one is hidden as well, so
    that nobody finds it as what is left."""
    columns = "experiment, variation, mode, count(*), count(DISTINCT coalesce(epoch, '') || coalesce(unit, id))"
    where = "GROUP BY ALL HAVING experiment IS NOT NULL AND variation IS NOT NULL ORDER BY ALL"
    cells: dict[str, list[ExposureCell]] = {}
    for row in store.query(columns, now, where):
        cells.setdefault(row[0], []).append(ExposureCell(*row))
    for found in cells.values():
        hidden = {place for place, cell in enumerate(found) if cell.units is not None and cell.units < smallest}
        if len(hidden) == 1 and len(found) > 1:
            others = [place for place in range(len(found)) if place not in hidden]
            hidden.add(min(others, key=lambda place: found[place].units or 0))
        for place, cell in enumerate(found):
            yield ExposureCell(*(cell.experiment, cell.variation, cell.mode), None, None) if place in hidden else cell


def _features(tally: Tally) -> list[tuple[str, Counter[str]]]:
    """How features were served, over all cells."""
    found: dict[str, Counter[str]] = {}
    for (name, _), served in tally.served.items():
        counts = found.setdefault(name, Counter())
        counts.update({str(status): count for status, count in served.counts.items()})
    return sorted(found.items())


def _feature_json(name: str, counts: Counter[str]) -> dict[str, Any]:
    return {"feature": name, "counts": dict(sorted(counts.items()))}


def _by_ending(tally: Tally) -> Counter[tuple[str, str, str, str, str]]:
    found: Counter[tuple[str, str, str, str, str]] = Counter()
    for (_, ending), count in tally.operations.consent.items():
        found[ending] += count
    return found


def _site_json(one: SiteFigures) -> dict[str, Any]:
    return {
        "ring": one.site.ring,
        "node": one.site.node,
        "mode": one.site.degrade,
        "requests": one.requests,
        "statuses": {str(status): count for status, count in sorted(one.statuses.items())},
        "serving": dict(sorted(one.modes.items())),
        "shares": {mode: one.share(mode) for mode in ("edge", "cloud", "fallback", "neutral")},
        **{name: one.quantile(share) for name, share in _QUANTILES},
    }


def _quantiles(places: Counter[int]) -> dict[str, float | None]:
    return {name: number_quantile(places, share) for name, share in _QUANTILES}


def _without_mode(ending: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in ending.items() if name != "mode"}


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _time(ms: float | None) -> str:
    return "-" if ms is None else f"{ms:.3g}"


def _order(item: tuple[object, object]) -> str:
    return repr(item[0])
