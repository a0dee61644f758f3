"""`edgewise baseline`: what a model's inputs and its score look like, kept beside the model's file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.parameters import AsJson, RegistryPath, Time

EXAMPLE = (
    "edgewise baseline examples/online_shop/registry purchase_intent"
    " --data examples/online_shop/data/online_shoppers_intention.csv --map examples/online_shop/map.json"
)


def baseline(
    path: RegistryPath,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
    data: Annotated[
        Path,
        typer.Option(
            "--data", metavar="FILE", help="Sessions: .jsonl, or .csv or .parquet by a map.", show_default=False
        ),
    ],
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="How the columns of a table become requests.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The baseline; beside the model by default.", show_default=False),
    ] = None,
    at: Time = None,
    as_json: AsJson = False,
) -> None:
    """Keep what a model's inputs and its score look like, for `edgewise status --drift` to compare with.

    Give the sessions that the model was trained or accepted on. The baseline holds histograms, and the digests of the
    sessions and of the model's file.
    """
    from feature_registry import error
    from infra.cli.inputs import read_registry, read_time
    from infra.cli.output import print_json, print_note
    from infra.cli.windows import model_named, observe
    from infra.errors import NOWHERE
    from infra.monitoring import MonitoringError, Places, baseline_path, make_baseline, scored_models, write_baseline

    moment = read_time(at)
    registry, models = read_registry(path)
    name = model_named(registry, model)
    if name not in scored_models(models):
        message = f"expected a model that scores a session: `{name}` reads attributes of candidates"
        raise MonitoringError([error("no-score", message, NOWHERE, "only inputs from features can be kept")])
    tally = observe(registry, {name: models[name]}, data, map_file, at, moment, Places(), "baseline")
    if not tally.sessions:
        message = "expected sessions, found none"
        raise MonitoringError([error("no-sessions", message, NOWHERE, "give the sessions that the model was made of")])
    made = make_baseline(registry, name, models[name], tally, data)
    target = baseline_path(registry, name) if out is None else out
    write_baseline(made, target)
    if as_json:
        summary = {"model": name, "out": str(target), "sessions": made.data.sessions, "data_digest": made.data.digest}
        print_json({"ok": True, **summary, "model_digest": made.model_digest, "inputs": list(made.features)})
        return
    print_note(
        f"{made.data.sessions:,} sessions of {made.data.file}: {len(made.features)} inputs and the score of {name}"
    )
    print_note(f"written: {target}", "green")
