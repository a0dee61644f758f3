"""Findings as a table for people, and as the JSON document for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from infra.bench.result import Findings, LeftOut, Row, Unit
from infra.cli.output import print_note, print_table

_COLUMNS = ("case", "ours", "peer's", "unit", "ratio", "wanted", "", "spread", "peer")


def print_findings(title: str, found: Findings) -> None:
    """A table: ours, the peer's, the ratio, whether it is what we want; then what was missed or left out."""
    print_note(f"\n{title}", "bold")
    print_table(_COLUMNS, (_cells(row) for row in found.rows), numbers=(1, 2, 4, 5, 7))
    for row in found.rows:
        if not row.reached:
            print_note(f"not reached: {row.case}, against {row.peer}: {row.ratio:.2f} of {row.wanted:.2f}", "red")
    for one in found.left_out:
        print_note(_sentence(one), "red" if one.is_wanted else "yellow")


def document(found: Iterable[Findings]) -> dict[str, object]:
    """The document of `--json`: the machine, and all rows."""
    return {"machine": machine(), "rows": [row.to_json() for one in found for row in one.rows]}


def document_bytes(found: Iterable[Findings]) -> bytes:
    """The document as the bytes of a file."""
    return orjson.dumps(document(found), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def machine() -> str:
    """The machine in words: processor, how many, system, Python."""
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {os.cpu_count()} processors, {system}, Python {platform.python_version()}"


def shown(value: float, unit: Unit) -> str:
    """A value of a row as people read it."""
    return f"{value:,.0f}" if unit is Unit.BYTES or value >= 1000 else f"{value:,.3g}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines: Sequence[str] = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _cells(row: Row) -> tuple[str, ...]:
    wanted, verdict = ("", "") if row.wanted is None else (f"{row.wanted:.2f}", "reached" if row.reached else "missed")
    ours, theirs = shown(row.ours, row.unit), shown(row.theirs, row.unit)
    spread = f"{row.spread:.0%}" if row.unit is Unit.MICROSECONDS else ""
    return (row.case, ours, theirs, row.unit, f"{row.ratio:.2f}", wanted, verdict, spread, row.peer)


def _sentence(one: LeftOut) -> str:
    return f"left out: {one.what}: {one.reason}"
