"""Monitoring: freshness of features and drift of models, from counters and histograms that can be added up."""

from __future__ import annotations

from decision_engine.monitoring.bins import AGE_BOUNDS, NUMBER_BOUNDS, OTHER, age_bin, number_bin, number_bounds
from decision_engine.monitoring.documents import (
    VERSION,
    Baseline,
    BaselineData,
    Histogram,
    TelemetryLine,
    telemetry_line,
)
from decision_engine.monitoring.drift import SCORE, Compared, Drift, measure_drift
from decision_engine.monitoring.findings import Finding, State, Thresholds, worst
from decision_engine.monitoring.freshness import (
    CellFreshness,
    FeatureFreshness,
    Freshness,
    Measured,
    Watched,
    measure_freshness,
    shown_cells,
)
from decision_engine.monitoring.operations import Operations, Site, SiteFigures
from decision_engine.monitoring.tally import Cell, Served, Subject, Tally, Values, ordered_bins
from decision_engine.monitoring.two_samples import (
    Tested,
    chi_square,
    holm,
    kolmogorov_smirnov,
    label_groups,
    number_groups,
    psi_by_chance,
    stability_index,
)

__all__ = [
    "AGE_BOUNDS",
    "NUMBER_BOUNDS",
    "OTHER",
    "SCORE",
    "VERSION",
    "Baseline",
    "BaselineData",
    "Cell",
    "CellFreshness",
    "Compared",
    "Drift",
    "FeatureFreshness",
    "Finding",
    "Freshness",
    "Histogram",
    "Measured",
    "Operations",
    "Served",
    "Site",
    "SiteFigures",
    "State",
    "Subject",
    "Tally",
    "TelemetryLine",
    "Tested",
    "Thresholds",
    "Values",
    "Watched",
    "age_bin",
    "chi_square",
    "holm",
    "kolmogorov_smirnov",
    "label_groups",
    "measure_drift",
    "measure_freshness",
    "number_bin",
    "number_bounds",
    "number_groups",
    "ordered_bins",
    "psi_by_chance",
    "shown_cells",
    "stability_index",
    "telemetry_line",
    "worst",
]
