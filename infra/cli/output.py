"""What commands print: results to standard output, problems and progress to standard error; JSON on one line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from decision_engine.compact_json import compact
from feature_registry import Diagnostic, Severity, has_errors

_WIDE = 400
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}


def print_text(text: str) -> None:
    """Print a result as it is; it ends with a line feed."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def print_json(value: Any) -> None:
    """Print a result for programs: compact JSON on one line."""
    print_text(compact(value))


def print_diagnostics(diagnostics: Iterable[Diagnostic], *, to_stderr: bool = False) -> None:
    """Print problems for people, in colour on a terminal."""
    console = _console(to_stderr)
    for one in diagnostics:
        console.print(diagnostic_text(one), soft_wrap=True)


def diagnostic_text(one: Diagnostic) -> Text:
    """A problem on one line, and its help on another: `error[code] place: message`."""
    text = Text.assemble((str(one.severity), _STYLES[one.severity]), f"[{one.code}]")
    if one.file:
        text.append(f" {one.where}", "cyan")
    if one.pointer:
        text.append(f" {one.shown_pointer}", "dim")
    text.append(f": {one.message}")
    if one.help is not None:
        text.append("\n  help", "green").append(f": {one.help}")
    return text


def print_note(text: str, style: str = "") -> None:
    """Print a line for people."""
    _console(False).print(Text(text, style), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int]) -> None:
    """Print a table for people; the columns of these numbers stand to the right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    right = set(numbers)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold", no_wrap=index in right)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    _console(False).print(table)


def progress_bar() -> Progress:
    """A progress bar on standard error; silent unless that is a terminal."""
    console = _console(True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def problems_json(diagnostics: Sequence[Diagnostic]) -> Mapping[str, Any]:
    """What every command prints with `--json` when it fails: `ok` and all problems."""
    return {"ok": not has_errors(diagnostics), "diagnostics": [one.to_json() for one in diagnostics]}


def _console(to_stderr: bool) -> Console:
    """A terminal, or something that keeps the text: that is as wide as the text needs."""
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else _WIDE
    return Console(stderr=to_stderr, highlight=False, markup=False, emoji=False, width=width)
