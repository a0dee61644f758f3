"""`edgewise bench`: what Edgewise costs beside its peers, measured here in one run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.bench.timing import Setting

EXAMPLE = "edgewise bench --suite trees --suite rules --quick --json build/bench.json --plot build/bench.png"


class SuiteName(StrEnum):
    """The suites of `infra.bench.suites.SUITES`; a test compares the two."""

    TREES = "trees"
    RULES = "rules"
    EDGE = "edge"
    BATCH = "batch"
    COMPILE = "compile"
    PREVIEW = "preview"
    SIZE = "size"


def bench(
    suites: Annotated[
        list[SuiteName] | None,
        typer.Option("--suite", help="Run only this suite; may be given several times.", show_default=False),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Few rounds and short samples, without the large model: a first look.")
    ] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the machine and all rows as JSON.", show_default=False),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw all cases as bars into a PNG file.", show_default=False),
    ] = None,
) -> None:
    """Measure Edgewise beside its peers.

    Ours and the peers run by turns; each row has medians, the ratio and its spread. Exit code 1 when a wanted ratio is
    missed, or a peer of one cannot run here. Runs from a checkout of the project, with node and its packages.
    """
    from infra.bench.plot import check_plotter, write_plot
    from infra.bench.report import document_bytes, print_findings
    from infra.bench.suites import SUITES, run_suites
    from infra.cli.output import print_note
    from infra.files import replacing

    if plot is not None:
        check_plotter()
    names = list(dict.fromkeys(str(name) for name in suites or SuiteName))
    with ExitStack() as stack:  # a file that cannot be written is better known before half an hour of measuring
        json_out = None if json_file is None else stack.enter_context(replacing(json_file))
        plot_out = None if plot is None else stack.enter_context(replacing(plot))
        found = run_suites(names, lambda name: _watched(name, quick))
        for name, findings in found.items():
            print_findings(SUITES[name].title, findings)
        if json_out is not None:
            json_out.write(document_bytes(found.values()))
        if plot_out is not None:
            write_plot(found, plot_out)
    is_good = all(findings.is_good for findings in found.values())
    print_note("all wanted ratios are reached" if is_good else "not all wanted ratios are reached")
    if not is_good:
        raise typer.Exit(1)


@contextmanager
def _watched(name: str, quick: bool) -> Iterator[Setting]:
    """A suite's setting, with a progress bar that grows as the suite announces samples."""
    from infra.bench.timing import Setting
    from infra.cli.output import progress_bar

    with progress_bar() as progress:
        task = progress.add_task(name, total=None)
        planned = 0

        def plan(count: int) -> None:
            nonlocal planned
            planned += count
            progress.update(task, total=planned)

        yield Setting(quick, plan, lambda: progress.advance(task))
