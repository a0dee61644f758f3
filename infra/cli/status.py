"""`edgewise status`: how fresh features are, whether models' inputs have drifted, and what nodes did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.parameters import AsJson, RegistryPath, Time

if TYPE_CHECKING:
    from decision_engine.monitoring import Baseline, Tally, Thresholds, Watched
    from feature_registry import Registry
    from infra.monitoring.report import Report

EXAMPLE = (
    "edgewise status examples/online_shop/registry --freshness --of profile"
    " --data examples/online_shop/data/online_shoppers_intention.csv --map examples/online_shop/map.json"
)

_MOST_CELLS = 20


def status(
    path: RegistryPath,
    freshness: Annotated[bool, typer.Option("--freshness", help="How old features are, and how many miss.")] = False,
    drift: Annotated[bool, typer.Option("--drift", help="Whether models' inputs and scores have changed.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FILE", help="Sessions: .jsonl, or .csv or .parquet by a map.", show_default=False
        ),
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="How the columns of a table become requests.", show_default=False),
    ] = None,
    histograms: Annotated[
        Path | None,
        typer.Option("--histograms", metavar="FILE", help="Logged counters and histograms.", show_default=False),
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option("--records", metavar="FOLDER", help="Records that a sink took from nodes.", show_default=False),
    ] = None,
    trace: Annotated[
        str | None, typer.Option("--trace", metavar="ID", help="The records of one trace.", show_default=False)
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", metavar="FILE", help="A baseline; those beside the models by default.", show_default=False
        ),
    ] = None,
    of: Annotated[
        list[str] | None,
        typer.Option("--of", metavar="NAME", help="Only this feature or group of features.", show_default=False),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME", help="Only this model.", show_default=False)
    ] = None,
    region: Annotated[str, typer.Option("--region", metavar="PATH", help="Where requests say it.")] = "geo.country",
    device: Annotated[str, typer.Option("--device", metavar="PATH", help="Where requests say it.")] = "device.mobile",
    max_stale: Annotated[str, typer.Option("--max-stale", help="Share beyond max_age that is a breach.")] = "20%",
    warn_stale: Annotated[str, typer.Option("--warn-stale", help="Share beyond max_age to warn from.")] = "5%",
    max_missing: Annotated[
        str | None, typer.Option("--max-missing", help="Share missing that is a breach.", show_default=False)
    ] = None,
    warn_missing: Annotated[
        str | None, typer.Option("--warn-missing", help="Share missing to warn from.", show_default=False)
    ] = None,
    max_psi: Annotated[float, typer.Option("--max-psi", min=0, help="Stability index that is a breach.")] = 0.25,
    warn_psi: Annotated[float, typer.Option("--warn-psi", min=0, help="Stability index to warn from.")] = 0.1,
    alpha: Annotated[float, typer.Option("--alpha", min=0, max=1, help="False alarms of tests, in all.")] = 0.01,
    least: Annotated[int, typer.Option("--least", min=1, help="Fewer sessions say nothing.")] = 500,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Write the counters and histograms as a log.", show_default=False),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="PNG", help="Write a figure.", show_default=False)
    ] = None,
    at: Time = None,
    as_json: AsJson = False,
) -> None:
    """Measure how fresh features are, and whether models' inputs have drifted from their baselines.

    With `--records` alone: what nodes did, by ring, node and mode.

    Exit code 1 when a threshold is breached, and also when there is not enough data to say: a gate never passes on
    missing data. Warnings pass.
    """
    from infra.cli.inputs import read_registry, read_time
    from infra.cli.output import print_json
    from infra.cli.windows import model_named, observe, read_histograms, read_places
    from infra.errors import UsageError
    from infra.monitoring import read_baseline, write_log
    from infra.plots import check_plotter

    if records is None and not freshness and not drift:
        raise UsageError("expected `--freshness` or `--drift`, or both, or `--records`")
    if [data, histograms, records].count(None) != 2:
        raise UsageError("expected one of `--data`, `--histograms` and `--records`")
    if trace is not None and (records is None or freshness or drift):
        raise UsageError("expected `--records`, and neither `--freshness` nor `--drift`, beside `--trace`")
    if map_file is not None and data is None:
        raise UsageError("expected `--data` beside `--map`")
    moment, places = read_time(at), read_places(region, device)
    thresholds = _thresholds(max_stale, warn_stale, max_missing, warn_missing)
    thresholds = replace(thresholds, psi_breach=max_psi, psi_warn=min(warn_psi, max_psi), alpha=alpha, least=least)
    if plot is not None:
        check_plotter("--plot")
    registry, models = read_registry(path)
    if records is not None and not (freshness or drift):
        _show_records(registry, records, trace, moment, as_json=as_json)
        return
    names = [model_named(registry, name) for name in model or registry.models] if drift else None
    if names == []:
        raise UsageError("expected a registry with a model for `--drift`, found none in it")
    given = None if baseline is None else read_baseline(baseline)
    watched = _watched(registry, of or []) if freshness else None
    if data is not None:
        tally, unknown = observe(registry, models, data, map_file, at, moment, places, "status"), 0
    elif records is not None:
        tally, unknown = _tally_of(registry, records, moment)
    else:
        assert histograms is not None, "one of them is given"
        tally, unknown = read_histograms(registry, histograms)
    baselines = _baselines(registry, names or [], given)
    report = _measure(registry, tally, thresholds, watched, names, baselines, unknown)
    if save is not None:
        write_log(save, tally, registry.digest)
    if plot is not None:
        _draw(plot, report, baselines)
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)
    if not report.passes:
        raise typer.Exit(1)


def _show_records(registry: Registry, folder: Path, trace: str | None, moment: int, *, as_json: bool) -> None:
    from infra.cli.status_records import open_records, print_records, print_trace

    store = open_records(registry, folder)
    if trace is None:
        print_records(registry, store, moment, as_json=as_json)
    else:
        print_trace(store, trace, moment, as_json=as_json)


def _tally_of(registry: Registry, folder: Path, moment: int) -> tuple[Tally, int]:
    from infra.cli.status_records import open_records
    from infra.records.status import tally_of

    known = frozenset([*registry.features, *(f"model {name}" for name in registry.models)])
    return tally_of(open_records(registry, folder), moment, known)


def _thresholds(max_stale: str, warn_stale: str, max_missing: str | None, warn_missing: str | None) -> Thresholds:
    """The shares of the options; to warn beyond a breach means nothing, so a breach warns as well."""
    from decision_engine.monitoring import Thresholds
    from infra.cli.fits import read_share

    stale, missing = read_share(max_stale, "--max-stale"), read_share(max_missing, "--max-missing")
    return Thresholds(
        stale_warn=_lower(read_share(warn_stale, "--warn-stale"), stale),
        stale_breach=stale,
        missing_warn=_lower(read_share(warn_missing, "--warn-missing"), missing),
        missing_breach=missing,
    )


def _lower(warn: float | None, breach: float | None) -> float | None:
    return breach if warn is None else warn if breach is None else min(warn, breach)


def _watched(registry: Registry, names: list[str]) -> tuple[Watched, ...]:
    from infra.cli.windows import watched_names
    from infra.monitoring import watched_features

    features = watched_features(registry)
    chosen = watched_names(names, {one.name: one.group for one in features})
    return tuple(one for one in features if one.name in chosen)


def _baselines(registry: Registry, names: list[str], given: Baseline | None) -> dict[str, Baseline]:
    """The baseline of each model that has one: the one given, or else the file beside the model."""
    from infra.monitoring import baseline_path, read_baseline

    if given is not None:
        return dict.fromkeys(names, given) if len(names) == 1 else {given.model: given}
    files = {name: baseline_path(registry, name) for name in names}
    return {name: read_baseline(file) for name, file in files.items() if file.exists()}


def _measure(
    registry: Registry,
    tally: Tally,
    thresholds: Thresholds,
    watched: tuple[Watched, ...] | None,
    names: list[str] | None,
    baselines: dict[str, Baseline],
    unknown: int,
) -> Report:
    from decision_engine.monitoring import measure_drift, measure_freshness
    from infra.monitoring import digest_of_model
    from infra.monitoring.report import Report

    fresh = None
    if watched is not None:
        fresh = measure_freshness(tally, watched, thresholds, registry.policies.privacy.minimum_cell)
    drifts = None
    if names is not None:
        versions = {name: feature.version for name, feature in registry.features.items()}
        drifts = tuple(
            measure_drift(
                name,
                baselines.get(name),
                tally,
                thresholds,
                digest=digest_of_model(registry, name),
                versions=versions,
            )
            for name in names
        )
    return Report(registry.digest, tally, thresholds, fresh, drifts, unknown)


def _draw(path: Path, report: Report, baselines: dict[str, Baseline]) -> None:
    from infra.monitoring.plot import draw
    from infra.plots import write_png

    write_png(path, draw(report.freshness, report.drift, baselines, report.tally, report.thresholds))


def _print(report: Report) -> None:
    from infra.cli.output import print_note, print_table
    from infra.monitoring.report import (
        CELL_COLUMNS,
        DRIFT_COLUMNS,
        FEATURE_COLUMNS,
        cell_rows,
        drift_rows,
        feature_rows,
    )

    if report.freshness is not None:
        print_table(FEATURE_COLUMNS, feature_rows(report.freshness), numbers=(1, 2, 3, 4))
        rows = cell_rows(report.freshness, _MOST_CELLS)
        if rows:
            print_note("")
            print_table(CELL_COLUMNS, rows, numbers=(3, 4, 5))
        if report.freshness.hidden:
            print_note(f"{_sessions(report.freshness.hidden)} in cells too small to be shown")
        print_note("")
    if report.drift:
        print_table(DRIFT_COLUMNS, drift_rows(report.drift), numbers=(2, 3, 5, 6, 7))
        print_note("p-values are adjusted by Holm's method for the inputs of each model")
        print_note("")
    for finding in report.findings:
        print_note(f"{finding.state}: {finding.message}", _STYLES[finding.state])
    if report.other_registries:
        print_note(f"{len(report.other_registries):,} other registries decided sessions of this window")
    if report.unknown_lines:
        print_note(f"{report.unknown_lines:,} lines speak of features or models that the registry has not")
    print_note(f"{_sessions(report.tally.sessions.total())}: {report.state}", _STYLES[report.state])


def _sessions(count: int) -> str:
    return f"{count:,} session" + ("" if count == 1 else "s")


_STYLES = {"ok": "green", "warn": "yellow", "not-enough-data": "magenta", "breach": "red"}
