"""Cases of the suite `compile`: `check` and `diff` of a registry as large as a large shop's, with their peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from infra.bench.large_registry import Json, write_large_registry
from infra.bench.models import Model
from infra.bench.node import ROOT
from infra.bench.result import Row, Unit
from infra.bench.timing import Sample, Samples, within
from infra.errors import EngineError

SIZE = "1,000 features, 5,000 cohorts, 500 experiments"
CHECK, DIFF = f"check of {SIZE}", f"diff of {SIZE}"
CHECK_BUDGET = DIFF_BUDGET = 3e6
MEMORY_BUDGET = 500e6
"""Bytes."""

_LAUNCHER = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(time.perf_counter() - start, used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Runs a command and tells its seconds and its largest resident set. It is small itself: on Linux a process begins with
the peak of the one that started it."""


class Contracts:
    """Two large registries in a folder, and the samples that check one and compare both."""

    def __init__(self, folder: Path, model: Model) -> None:
        self._old, self._new = folder / "old_contracts", folder / "new_contracts"
        for path in (self._old, self._new):
            write_large_registry(path, features=1_000, cohorts=5_000, experiments=500, decisions=500, model=model)
        _edit(self._new / "registry.json")
        self._peaks: dict[str, int] = {CHECK: 0, DIFF: 0}

    def samples(self) -> dict[str, Sample]:
        """What to run, by case; microseconds."""
        return {
            CHECK: lambda: self._run(CHECK, ["check", str(self._old)], ends_with=0),
            DIFF: lambda: self._run(DIFF, ["diff", str(self._old), str(self._new), "--json"], ends_with=1),
        }

    def rows(self, suite: str, samples: Samples) -> list[Row]:
        """The time and the peak memory of each case against its budget."""
        budgets = {CHECK: CHECK_BUDGET, DIFF: DIFF_BUDGET}
        times = [within(suite, case, samples[case], "budget", budget) for case, budget in budgets.items()]
        return times + [
            Row(suite, f"{case}, peak memory", float(peak), "budget", MEMORY_BUDGET, 0.0, 1.0, Unit.BYTES)
            for case, peak in self._peaks.items()
        ]

    def _run(self, case: str, arguments: list[str], ends_with: int) -> float:
        """One whole process; its largest resident set is kept."""
        command = [sys.executable, "-c", _LAUNCHER, sys.executable, "-m", "infra.cli.main", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != ends_with:
            message = f"edgewise {arguments[0]} ended with {done.returncode}, expected {ends_with}"
            raise EngineError("command-failed", message)
        seconds, peak = done.stdout.split()
        kilobyte = 1 if sys.platform == "darwin" else 1024
        self._peaks[case] = max(self._peaks[case], int(peak) * kilobyte)
        return float(seconds) * 1e6


def _edit(path: Path) -> None:
    """A day of changes: cohorts, an experiment's weights, a decision, a payload, and a feature's unit and default."""
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    for number in range(0, 1000, 50):
        document["cohorts"][f"cohort_{number}"] = {"feature": "number_3", "at_least": number}
    document["features"]["number_5"]["unit"] = "EUR"
    document["features"]["category_7"]["default"] = "value_1"
    document["experiments"]["test_3"]["variations"] = {"control": 70, "bold": 30}
    document["decisions"]["decision_0"]["otherwise"] = "payload_0"
    document["payloads"]["payload_9"]["value"]["title"] = "Another title"
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
