"""`edgewise advise`: where each decision should run, how long it takes there, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.parameters import AsJson, RegistryPath

if TYPE_CHECKING:
    from decision_engine.advisor import Advice, Assumptions

EXAMPLE = "edgewise advise examples/online_shop/registry --requests 50000000 --set changes_per_day=24"


def advise(
    path: RegistryPath,
    decision: Annotated[
        list[str] | None,
        typer.Option("--decision", metavar="NAME", help="Only this decision, in detail.", show_default=False),
    ] = None,
    requests: Annotated[
        float | None,
        typer.Option("--requests", min=0, metavar="N", help="How often a decision is asked for a month."),
    ] = None,
    assumptions: Annotated[
        Path | None,
        typer.Option("--assumptions", metavar="FILE", help="Assumptions as JSON.", show_default=False),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="One assumption, for instance kv_read.p95=8."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Questions, scores, latency and costs in detail.")] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="PNG", help="Write a figure.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Advise where each decision should run: at the edge, in the cloud, or in both.

    Says why, how long a decision takes against its budget, and what a month costs on each platform. Exit code 1 when a
    decision needs what its place cannot give.
    """
    from decision_engine.advisor import advise as advise_on
    from decision_engine.advisor import decision_facts, graph_of
    from infra.advice import measured_fits, read_assumptions
    from infra.advice.report import report_json
    from infra.cli.inputs import read_registry
    from infra.cli.output import print_json, progress_bar
    from infra.plots import check_plotter, write_png

    if plot is not None:
        check_plotter("--plot")
    registry, models = read_registry(path)
    names = _names(list(registry.decisions), decision)
    single = ([] if requests is None else [f"requests_per_month={requests}"]) + (given or [])
    assumed = read_assumptions(assumptions, single, registry)
    advice, graph = [], graph_of(registry)
    with progress_bar() as progress:
        task = progress.add_task("advise", total=len(names))
        fits = measured_fits(registry, models, names)
        for name in names:
            facts = decision_facts(graph, models, name, fits(name))
            advice.append(advise_on(facts, assumed))
            progress.advance(task)
    if plot is not None:
        from infra.advice.plot import draw

        write_png(plot, draw(advice))
    if as_json:
        print_json(report_json(advice, assumed, registry.digest))
    else:
        _print(advice, assumed, explain or decision is not None)
    if any(one.conflicts for one in advice):
        raise typer.Exit(1)


def _names(known: list[str], asked: list[str] | None) -> list[str]:
    from feature_registry.nearest import suggestion
    from infra.errors import UsageError

    for name in asked or ():
        if name not in known:
            help_line = suggestion(name, known, "decisions")
            raise UsageError(f"expected a decision of the registry for `--decision`, found `{name}`", help_line)
    if not known:
        raise UsageError("expected a registry with decisions, found none in it")
    return [name for name in known if asked is None or name in asked]


def _print(advice: Sequence[Advice], assumed: Assumptions, in_detail: bool) -> None:
    from infra.advice.report import ASSUMPTION_COLUMNS, SUMMARY_COLUMNS, assumption_rows, summary_rows
    from infra.cli.output import print_note, print_table

    print_table(SUMMARY_COLUMNS, summary_rows(advice), numbers=(3, 4, 5, 6, 7))
    for one in advice:
        for conflict in one.conflicts:
            print_note(f"{one.facts.decision}: {conflict}", "red")
    if in_detail:
        for one in advice:
            _print_detail(one)
    print_note("")
    print_table(ASSUMPTION_COLUMNS, assumption_rows(assumed), numbers=(1,))
    print_note("prices: docs/reference/prices.md; other assumptions: --assumptions FILE or --set NAME=VALUE")


def _print_detail(advice: Advice) -> None:
    from infra.advice.report import (
        COST_COLUMNS,
        QUESTION_COLUMNS,
        SCORE_COLUMNS,
        WAY_COLUMNS,
        cost_rows,
        question_rows,
        score_rows,
        way_rows,
    )
    from infra.cli.output import print_note, print_table

    print_note("")
    print_note(f"{advice.facts.decision}: {advice.placement}", "bold")
    print_table(QUESTION_COLUMNS, question_rows(advice), numbers=())
    print_table(SCORE_COLUMNS, score_rows(advice), numbers=(1,))
    print_table(WAY_COLUMNS, way_rows(advice), numbers=(2, 3, 4))
    print_table(COST_COLUMNS, cost_rows(advice), numbers=range(2, len(COST_COLUMNS)))
