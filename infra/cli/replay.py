"""`edgewise replay`: recorded requests through one engine, or through two that are compared."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.parameters import AsJson, EngineName, EngineOption, RegistryPath, Time

if TYPE_CHECKING:
    from infra.replay.comparison import Difference, Tally

EXAMPLE = "edgewise replay examples/online_shop/registry --requests requests.jsonl --engine wasm --out answers.jsonl"

_ENOUGH_FOR_A_RATE = 1000  # of fewer requests the start of the engines is most of the time


def replay(
    path: RegistryPath,
    requests: Annotated[
        Path,
        typer.Option(
            "--requests", metavar="FILE", help="The requests: .jsonl, or .csv or .parquet by a map.", show_default=False
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help="The file for the answers, one a line.", show_default=False),
    ],
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="How the columns of a table become requests.", show_default=False),
    ] = None,
    engine: EngineOption = EngineName.REFERENCE,
    compare: Annotated[
        EngineName | None, typer.Option("--compare", help="A second engine to compare with.", show_default=False)
    ] = None,
    at: Time = None,
    no_future: Annotated[
        bool, typer.Option("--no-future", help="Exit code 1 when a request holds values written after its time.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide recorded requests.

    Counts the outcomes, and compares two engines: exit code 1 when they differ. Without --at each request keeps the
    time that the file or the map gives it, and else is decided as of now. Counts requests that know the future.
    """
    from infra.cli.inputs import read_registry, read_time
    from infra.cli.output import print_json, progress_bar
    from infra.cli.stopping import stopped_in_order
    from infra.engines import open_engine
    from infra.errors import UsageError
    from infra.files import replacing
    from infra.replay import count_requests, load_map, requests_from
    from infra.replay.comparison import Tally
    from infra.replay.stream import decide_stream

    moment = read_time(at)
    if out.exists() and requests.exists() and out.samefile(requests):
        raise UsageError("expected two files for `--requests` and `--out`, found the same one")
    registry, models = read_registry(path)
    mapping = None if map_file is None else load_map(map_file)
    sessions = requests_from(requests, mapping, None if at is None else moment)
    total = count_requests(requests)
    tally, started = Tally(), time.perf_counter()
    with ExitStack() as stack:
        stack.enter_context(stopped_in_order())
        engines = [stack.enter_context(open_engine(name, registry, models)) for name in (engine, compare) if name]
        file = stack.enter_context(replacing(out))
        progress = stack.enter_context(progress_bar())
        task = progress.add_task("replay", total=total)
        decide_stream(engines, sessions, moment, tally, file, lambda rows: progress.advance(task, rows))
    seconds = time.perf_counter() - started
    failed = bool(tally.differences or (no_future and tally.future))
    if as_json:
        print_json({"ok": not failed, **_summary(tally, registry.digest, engine, compare, out)})
    else:
        _print(tally, engine, compare, seconds)
    if failed:
        raise typer.Exit(1)


def _print(tally: Tally, engine: str, compare: str | None, seconds: float) -> None:
    from infra.cli.output import print_note, print_table
    from infra.replay.comparison import OUTCOME_COLUMNS, outcome_rows

    rows = outcome_rows(tally)
    if rows:
        print_table(OUTCOME_COLUMNS, rows, numbers=(4, 5))
    rate = f", {tally.rows / seconds:,.0f} a second" if tally.rows >= _ENOUGH_FOR_A_RATE else ""
    print_note(f"{tally.rows:,} requests by {engine}" + (f" and {compare}" if compare else "") + rate)
    if tally.future:
        noun = "request holds" if tally.future == 1 else "requests hold"
        print_note(f"{tally.future:,} {noun} values written after their time: join features as of each row", "yellow")
    if compare is None:
        return
    for difference in tally.shown:
        print_note(f"row {difference.row}, {difference.decision or 'the answer'}:")
        print_note(f"  {engine:<10} {_text(difference.left)}")
        print_note(f"  {compare:<10} {_text(difference.right)}")
    more = tally.differences - len(tally.shown)
    if more:
        print_note(f"... and {more:,} more")
    rows_text = f" in {tally.differing_rows:,} rows" if tally.differences else ""
    noun = "difference" if tally.differences == 1 else "differences"
    print_note(f"{tally.differences:,} {noun}{rows_text}", "red" if tally.differences else "green")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _summary(tally: Tally, digest: str, engine: str, compare: str | None, out: Path) -> dict[str, Any]:
    from infra.replay.comparison import ordered

    return {
        "registry": digest,
        "requests": tally.rows,
        "future": tally.future,
        "engine": engine,
        "compare": compare,
        "out": str(out),
        "decisions": {
            name: [
                {**taken._asdict(), "count": count, "share": count / sum(outcomes.values())}
                for taken, count in ordered(outcomes)
            ]
            for name, outcomes in tally.outcomes.items()
        },
        "differences": None
        if compare is None
        else {
            "count": tally.differences,
            "rows": tally.differing_rows,
            "first": [_difference(difference, engine, compare) for difference in tally.shown],
        },
    }


def _difference(difference: Difference, engine: str, compare: str) -> dict[str, Any]:
    return {"row": difference.row, "decision": difference.decision, engine: difference.left, compare: difference.right}
