"""The suite `compile`: `edgewise check` and `compile` of large registries as whole processes, start and all."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from infra.bench.contracts import Contracts
from infra.bench.large_registry import write_large_registry
from infra.bench.models import model
from infra.bench.node import ROOT
from infra.bench.result import Findings, Row
from infra.bench.timing import Sample, Setting, interleave, spread, within
from infra.errors import EngineError

SUITE = "compile"
ROUNDS = 5
SECOND = 1e6
CHECK_BUDGET, COMPILE_BUDGET, LARGE_BUDGET = 1 * SECOND, 3 * SECOND, 3 * SECOND
GROWTH = 2.2
"""The most times the time that twice the input may take."""

_CHECK, _COMPILE = "check of 500 cohorts, 100 decisions", "compile of 500 cohorts, 100 decisions"
_LARGE = "compile of 1,000 cohorts, 200 experiments, 500 decisions, medium model"
_TWICE = "compile of twice that"


def measure_compile(setting: Setting) -> Findings:
    """Microseconds of each command against its budget, and how the time grows with the input."""
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        folder = Path(name)
        middle, large, twice = folder / "middle", folder / "large", folder / "twice"
        write_large_registry(middle, cohorts=500, decisions=100)
        medium = model("medium")
        write_large_registry(large, cohorts=1_000, experiments=200, decisions=500, model=medium)
        write_large_registry(twice, cohorts=2_000, experiments=400, decisions=1_000, model=medium)
        contracts = Contracts(folder, medium)
        contenders = {
            _CHECK: _sample(["check", str(middle)]),
            _COMPILE: _compile(middle, folder),
            _LARGE: _compile(large, folder),
            _TWICE: _compile(twice, folder),
            **contracts.samples(),
        }
        samples = interleave(contenders, setting.rounds(ROUNDS), setting)
    growth = [second / first for first, second in zip(samples[_LARGE], samples[_TWICE], strict=True)]
    allowed = statistics.median(samples[_LARGE]) * GROWTH
    return Findings(
        [
            within(SUITE, _CHECK, samples[_CHECK], "budget", CHECK_BUDGET),
            within(SUITE, _COMPILE, samples[_COMPILE], "budget", COMPILE_BUDGET),
            within(SUITE, _LARGE, samples[_LARGE], "budget", LARGE_BUDGET),
            Row(
                SUITE,
                _TWICE,
                statistics.median(samples[_TWICE]),
                f"{GROWTH} times the time of once",
                allowed,
                spread(growth),
                1.0,
            ),
            *contracts.rows(SUITE, samples),
        ]
    )


def _compile(registry: Path, folder: Path) -> Sample:
    out = folder / "out"
    sample = _sample(["compile", str(registry), "--target", "cloudflare", "--out", str(out)])

    def run() -> float:
        shutil.rmtree(out, ignore_errors=True)
        return sample()

    return run


def _sample(arguments: Sequence[str]) -> Sample:
    def run() -> float:
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli.main", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()[:400]
            raise EngineError("command-failed", f"edgewise {arguments[0]} failed: {said}")
        return seconds * SECOND

    return run
