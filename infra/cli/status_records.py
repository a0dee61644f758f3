"""`edgewise status --records`: what nodes told, by ring, node and mode; and the records of one trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from infra.errors import FileError, UsageError

if TYPE_CHECKING:
    from feature_registry import Registry
    from infra.records import RecordsReport, RecordStore

_TRACE_COLUMNS = ("time", "node", "decision", "outcome", "reason", "mode", "experiment", "features", "models")
_SHOWN_DIGITS = 12


def open_records(registry: Registry, folder: Path) -> RecordStore:
    """The store of a folder, with the registry's retention. Raises FileError."""
    from infra.records import RecordStore
    from infra.records.store import NEVER, Retention

    if not folder.is_dir():
        raise FileError("not-a-folder", "expected the folder of a sink of records", str(folder))
    kept = registry.policies.retention
    return RecordStore(folder, Retention(kept.telemetry or NEVER, kept.exposures or NEVER))


def print_records(registry: Registry, store: RecordStore, moment: int, *, as_json: bool) -> None:
    """Print what the nodes did."""
    from infra.cli.output import print_json
    from infra.records import report_on

    report = report_on(store, moment, registry.policies.privacy.minimum_cell)
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)


def print_trace(store: RecordStore, trace: str, moment: int, *, as_json: bool) -> None:
    """Print the records of one trace: from the features' hash over the models to the outcome. Raises UsageError."""
    from infra.cli.output import print_json, print_note, print_table

    if len(trace) != 32 or not set("0123456789abcdef").issuperset(trace):
        raise UsageError("expected 32 hexadecimal digits for `--trace`, as they stand in the header `traceparent`")
    found = store.evaluations(moment, "trace = ?", (trace,))
    if as_json:
        print_json({"trace": trace, "records": found})
        return
    rows = [
        [
            _time(row["time_ms"]),
            f"{row['ring']}/{row['node']}",
            row["decision"],
            row["outcome"] or "-",
            row["reason"],
            f"{row['mode']}, {row['degrade']}",
            row["experiment"] or "-",
            row["features"] or "-",
            ", ".join(_short(model) for model in row["models"] or ()) or "-",
        ]
        for row in found
    ]
    print_table(_TRACE_COLUMNS, rows, numbers=())
    print_note(f"{len(found):,} records of the trace")


def _print(report: RecordsReport) -> None:
    from infra.cli.output import print_note, print_table
    from infra.records.status import (
        COUNTED_COLUMNS,
        EXPOSURE_COLUMNS,
        FEATURE_COLUMNS,
        SITE_COLUMNS,
        STAGE_COLUMNS,
    )

    tables = (
        (SITE_COLUMNS, list(report.site_rows()), range(3, 11)),
        (STAGE_COLUMNS, list(report.stage_rows()), range(4, 7)),
        (FEATURE_COLUMNS, list(report.feature_rows()), range(1, 6)),
        (EXPOSURE_COLUMNS, list(report.exposure_rows()), range(3, 5)),
        (COUNTED_COLUMNS, list(report.counted_rows()), range(4, 5)),
    )
    for columns, rows, numbers in tables:
        if rows:
            print_table(columns, rows, numbers=numbers)
            print_note("")
    if not any(rows for _, rows, _ in tables):
        print_note("no records")


def _time(ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _short(model: str) -> str:
    name, _, digest = model.partition("@sha256:")
    return f"{name} {digest[:_SHOWN_DIGITS]}"
