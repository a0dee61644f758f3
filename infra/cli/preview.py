"""`edgewise preview`: who is in a cohort, or what a decision gives, counted on recorded requests."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.parameters import AsJson, RegistryPath

if TYPE_CHECKING:
    from infra.preview import Preview

EXAMPLE = "edgewise preview examples/online_shop/registry likely_buyer --data sessions.parquet --map map.json"


def preview(
    path: RegistryPath,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The cohort or decision; cohorts/NAME where both have the name.")
    ],
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            metavar="FILE",
            help="Recorded requests: .jsonl, or .csv or .parquet by a map.",
            show_default=False,
        ),
    ],
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="How the columns of a table become requests.", show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="PATH", help="A newer registry: what would change.", show_default=False),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="The time of all requests, instead of their own: RFC 3339 text such as 2026-11-27T08:00:00Z, or ms.",
            show_default=False,
        ),
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="Unfold the cohorts that a cohort is made of.")] = False,
    overlap: Annotated[
        bool, typer.Option(help="Count the overlap with all other cohorts; thousands of them take their time.")
    ] = True,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it, as PNG.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count who is in a cohort, or what a decision gives.

    Of a cohort: its reach with a 95 % interval, what each condition drops, the overlap with other cohorts. Of a
    decision: outcomes, and which rule decides how many. Of both: missing and stale shares of the features read. With
    --against: who enters and leaves, or which outcomes change. Requests keep their own times, as in replay.
    """
    from infra.cli.inputs import read_registry, read_time
    from infra.cli.output import print_json, progress_bar
    from infra.cli.stopping import stopped_in_order
    from infra.files import replacing
    from infra.preview import find_subject
    from infra.preview import preview as count
    from infra.preview.plot import check_plotter, draw
    from infra.preview.report import preview_json
    from infra.preview.run import estimated_rows
    from infra.replay import load_map

    now = read_time(at)
    if plot is not None:
        check_plotter()
    before = read_registry(path)
    subject = find_subject(before[0], path, name)
    after = None if against is None else read_registry(against)
    if after is not None and against is not None:
        find_subject(after[0], against, f"{subject.kind}/{subject.name}")
    mapping = None if map_file is None else load_map(map_file)
    with ExitStack() as stack:
        stack.enter_context(stopped_in_order())
        picture = None if plot is None else stack.enter_context(replacing(plot))
        progress = stack.enter_context(progress_bar())
        task = progress.add_task("preview", total=None if progress.disable else estimated_rows(data))
        found = count(
            *(subject, data, mapping, before, after),
            at=None if at is None else now,
            now=now,
            expand=expand,
            overlap=overlap,
            on_rows=lambda rows: progress.advance(task, rows),
        )
        if picture is not None:
            picture.write(draw(found))
    if as_json:
        print_json(preview_json(found))
    else:
        _print(found)


def _print(found: Preview) -> None:
    from infra.cli.output import print_note, print_table
    from infra.preview.words import Note, preview_words

    for part in preview_words(found):
        if isinstance(part, Note):
            print_note(part.text)
        else:
            print_table(part.columns, part.rows, numbers=part.numbers)
