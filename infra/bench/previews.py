"""The suite `preview`: `edgewise preview` of a million recorded requests as whole processes, their time and memory.

The requests are the example's 12,330 sessions, over and over, each time with other durations and with ids of their own.
`python -m infra.bench.previews` prints rows a second, seconds and peak memory by the number of rows.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from infra.bench.example import SHOP
from infra.bench.result import Findings, Row, Unit
from infra.bench.timing import Setting, within
from infra.errors import EngineError
from infra.replay.native_tables import connect

SUITE = "preview"
ROUNDS = 3
MANY, FEW = 1_000_000, 100_000
BUDGET = 20e6
"""Microseconds that a preview of a million requests may take."""
GROWTH = 1.2
"""The most times the memory of a tenth of the requests that all of them may take."""

_TELLING_MEMORY = """
import re, sys
from pathlib import Path
from infra.cli.main import main
code = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""
"""The command, and then the most memory that it held, in KiB; what the system tells of children counts that of their
parents too."""

_SESSIONS = SHOP / "data" / "online_shoppers_intention.csv"
_CASES = (("a cohort", "likely_buyer"), ("a decision", "home_hero"))


class Ran(NamedTuple):
    """Microseconds and bytes that a process took; the bytes are the most that it held at once."""

    time: float
    memory: int


def measure_preview(setting: Setting) -> Findings:
    """Microseconds of whole commands against the budget, and how memory grows with the requests."""
    rounds = setting.rounds(ROUNDS)
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        many, few = (write_sessions(Path(name), rows) for rows in (MANY, FEW))
        setting.plan(rounds * 2 * len(_CASES))
        found = Findings()
        for words, subject in _CASES:
            all_, tenth = [], []
            for _ in range(rounds):
                all_.append(run_preview(subject, many))
                setting.advance()
                tenth.append(run_preview(subject, few))
                setting.advance()
            case = f"preview of {words}, 1,000,000 requests"
            found.rows.append(within(SUITE, case, [one.time for one in all_], "budget", BUDGET))
            found.rows.append(_memory(case, all_, tenth))
    return found


def write_sessions(folder: Path, rows: int) -> Path:
    """A table of so many sessions, in Parquet."""
    path = folder / f"{rows}.parquet"
    durations = ", ".join(
        f"{name} * (0.9 + 0.2 * (hash('{name}', n) % 1000) / 1000) AS {name}"
        for name in ("Administrative_Duration", "Informational_Duration", "ProductRelated_Duration")
    )
    sessions = f"SELECT * FROM read_csv('{_SESSIONS}', all_varchar = false)"
    tiled = f"SELECT s.*, row_number() OVER () AS n FROM range({rows // 12_330 + 1}), ({sessions}) s LIMIT {rows}"
    connect().execute(f"COPY (SELECT * REPLACE ({durations}) FROM ({tiled})) TO '{path}'")
    return path


def run_preview(subject: str, table: Path, *more: str) -> Ran:
    """Run the command on a table of the example's sessions. Raises EngineError when it fails."""
    arguments = ["preview", str(SHOP / "registry"), subject, "--data", str(table), "--map", str(SHOP / "map.json")]
    start = time.perf_counter()
    command = [sys.executable, "-c", _TELLING_MEMORY, *arguments, *more, "--json"]
    process = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if process.returncode:
        raise EngineError("command-failed", f"`edgewise preview` ended with code {process.returncode}")
    return Ran((time.perf_counter() - start) * 1e6, int(process.stderr) * 1024)


def _memory(case: str, all_: Sequence[Ran], tenth: Sequence[Ran]) -> Row:
    ours, theirs = (statistics.median(one.memory for one in runs) for runs in (all_, tenth))
    peer = f"{GROWTH} times the memory of 100,000"
    return Row(SUITE, f"{case}: memory", ours, peer, theirs * GROWTH, 0.0, 1.0, Unit.BYTES)


def main() -> None:
    """Print what a run with each number of requests takes."""
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        tables = [(rows, write_sessions(Path(name), rows)) for rows in (FEW, MANY)]
        for words, subject in _CASES:
            for rows, table in tables:
                ran = run_preview(subject, table)
                seconds, rate = ran.time / 1e6, rows / ran.time * 1e6
                print(f"{words}, {rows:>9,} rows: {seconds:6.2f} s, {rate:>9,.0f} rows/s, {ran.memory >> 20} MB")


if __name__ == "__main__":
    main()
