"""`edgewise compile`: the registry's artefact for one target, as a folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.parameters import AsJson, RegistryPath, Time

EXAMPLE = "edgewise compile examples/online_shop/registry --target cloudflare --out build/cloudflare"


class Judge(StrEnum):
    """Which figures a fit is held to."""

    BOTH = "both"
    HELD_OUT = "held-out"


class TargetName(StrEnum):
    """The targets of `infra.targets.TARGETS`; a test compares the two."""

    CLOUDFLARE = "cloudflare"
    CLOUDFRONT = "cloudfront"
    PYTHON = "python"
    PYTHON_WHEEL = "python-wheel"
    PYTHON_WORKER = "python-worker"
    WASM = "wasm"
    JAVASCRIPT = "javascript"
    LAMBDA_EDGE_NODE = "lambda-edge-node"
    LAMBDA_EDGE_PYTHON = "lambda-edge-python"
    FASTLY = "fastly"
    AKAMAI = "akamai"
    BROWSER = "browser"
    DENO = "deno"
    BUN = "bun"


def compile(
    path: RegistryPath,
    target: Annotated[TargetName, typer.Option("--target", help="What to compile for.", show_default=False)],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="The folder to write: new, empty, or an earlier artefact.", show_default=False
        ),
    ],
    budget: Annotated[
        int | None,
        typer.Option("--budget", metavar="BYTES", min=1, help="Fewer bytes of code than the platform allows."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print forests and why, parts, longest path, limits.")
    ] = False,
    fit: Annotated[bool, typer.Option("--fit", help="Make a model smaller until the artefact fits.")] = False,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="The model to make smaller, where there are several.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="Sessions as .csv or .parquet, to measure by.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="COLUMN", help="The column of the outcome: yes or no.")
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="How its columns become requests; else they are model inputs."),
    ] = None,
    max_auc_loss: Annotated[
        float | None,
        typer.Option("--max-auc-loss", min=0.0, max=1.0, help="The worst loss of AUC accepted; 0.002 with --data."),
    ] = None,
    max_changed: Annotated[
        str | None,
        typer.Option("--max-changed", metavar="SHARE", help="The largest share of changed decisions accepted."),
    ] = None,
    judge: Annotated[
        Judge | None, typer.Option("--judge", help="Hold a fit to figures on all rows and held out, or held out alone.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="A folder for fit.png, fit.html and fit.json."),
    ] = None,
    at: Time = None,
    as_json: AsJson = False,
) -> None:
    """Compile a registry for one target.

    Writes a folder with artefact.json and prints the sizes. The same registry gives the same bytes. Nothing is written
    when the registry has errors, or the artefact passes a limit of its platform.
    """
    from infra.cli.artefacts import forests_json, print_explanation, print_files
    from infra.cli.fits import check_options, print_fit, read_share, run_fit
    from infra.cli.inputs import read_registry, read_time
    from infra.cli.output import print_json, print_note
    from infra.folders import write_artefact
    from infra.targets import build

    options = {"--data": data, "--label": label, "--model": model, "--map": map_file, "--max-auc-loss": max_auc_loss}
    options |= {"--max-changed": max_changed, "--report": report, "--at": at, "--judge": judge}
    check_options(fit, options)
    changed, moment = read_share(max_changed, "--max-changed"), None if at is None else read_time(at)
    registry, models = read_registry(path)
    fitted = None
    if fit:
        from infra.fitting import MAX_AUC_LOSS, Limits, Request

        limits = Limits(MAX_AUC_LOSS if max_auc_loss is None else max_auc_loss, changed, judge is not Judge.HELD_OUT)
        request = Request(target.value, model, data, label, map_file, budget, limits, moment)
        fitted = run_fit(registry, models, request, report)
    artefact = build(target, registry, models, budget=budget) if fitted is None else fitted.artefact
    write_artefact(artefact, out, registry=registry.root if path.is_dir() else None)
    manifest = artefact.manifest
    if as_json:
        print_json({"ok": True, "out": str(out), "forests": forests_json(artefact), **manifest})
        return
    if fitted is not None:
        print_fit(fitted)
    print_files(artefact)
    if explain:
        print_explanation(artefact)
    print_note(f"{target} artefact of registry {manifest['registry']} written to {out}")
