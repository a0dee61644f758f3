"""`edgewise drill`: whatever fails or attacks, the shopper gets a valid outcome; shown on the real worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.drills import Drill

EXAMPLE = "edgewise drill --only 14 --only 15 --requests 2000 --json build/drills.json"

REQUESTS = 220_000
THOROUGH = 100_000
"""From so many requests on, what needs no request is looked at in full as well."""


def drill(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH", help="The registry; by default the example shop with all stages.", show_default=False
        ),
    ] = None,
    only: Annotated[
        list[int] | None,
        typer.Option(
            "--only", metavar="ID", help="Run only this drill; may be given several times.", show_default=False
        ),
    ] = None,
    requests: Annotated[int, typer.Option("--requests", min=1, help="About how many requests in all.")] = REQUESTS,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write what was found as JSON.", show_default=False),
    ] = None,
) -> None:
    """Run the failure drills of docs/drills.md on the real worker in workerd.

    Each drill sends requests, counts answers that are a 5xx or no outcome of the registry, and compares latencies with
    ordinary requests of the same run. Exit code 1 when a drill fails; one that the registry has no stage for is listed
    with the reason.
    """
    from infra.cli.inputs import read_registry
    from infra.cli.output import print_note, print_table
    from infra.drills import (
        COLUMNS,
        DRILLS,
        NUMBERS,
        document_bytes,
        open_place,
        rows,
        run_drills,
        shop_registry,
        summary,
    )
    from infra.errors import UsageError
    from infra.files import replacing

    known = {each.id: each for each in DRILLS}
    for number in only or ():
        if number not in known:
            names = ", ".join(map(str, known))
            raise UsageError(f"expected the number of a drill for `--only`, found `{number}`", f"drills: {names}")
    chosen = [each for each in DRILLS if not only or each.id in only]
    with ExitStack() as stack:  # a file that cannot be written is better known before minutes of sending
        out = None if json_file is None else stack.enter_context(replacing(json_file))
        with (
            open_place(shop_registry() if path is None else read_registry(path)[0]) as place,
            _watched(requests) as (progress, begin),
        ):
            found = run_drills(place, chosen, requests, progress, begin)
        if out is not None:
            out.write(document_bytes(found))
    print_table(COLUMNS, rows(found), numbers=NUMBERS)
    for one in found:
        for problem in one.problems:
            print_note(f"drill {one.id}: {problem}", "red")
    is_good = all(one.passed is not False for one in found)
    print_note(summary(found), "green" if is_good else "red")
    if not is_good:
        raise typer.Exit(1)


@contextmanager
def _watched(requests: int) -> Iterator[tuple[Callable[[int], None], Callable[[Drill], None]]]:
    """A progress bar that grows by requests and names the drill that runs."""
    from infra.cli.output import progress_bar

    with progress_bar() as progress:
        task = progress.add_task("drills", total=requests)
        yield (
            lambda sent: progress.advance(task, sent),
            lambda each: progress.update(task, description=f"drill {each.id}"),
        )
