"""Monitoring from end to end: sessions or logs in; freshness, drift, baselines and figures out."""

from __future__ import annotations

from infra.monitoring.baselines import baseline_path, digest_of_file, make_baseline, read_baseline, write_baseline
from infra.monitoring.errors import MonitoringError
from infra.monitoring.logs import read_log, write_log
from infra.monitoring.observe import Observer, Places, digest_of_model, scored_models, watched_features

__all__ = [
    "MonitoringError",
    "Observer",
    "Places",
    "baseline_path",
    "digest_of_file",
    "digest_of_model",
    "make_baseline",
    "read_baseline",
    "read_log",
    "scored_models",
    "watched_features",
    "write_baseline",
    "write_log",
]
