"""The compiler on a large registry: `edgewise check` and `compile` as whole processes, start of Python included."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from infra.bench.result import Row
from infra.errors import EngineError

COHORTS, DECISIONS, FEATURES = 500, 100, 40
CHECK_SECONDS, COMPILE_SECONDS = 1.0, 3.0
ROUNDS = 5


def measure_compiling() -> list[Row]:
    """Seconds of each command against its budget, the median of several runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        registry = folder / "registry.json"
        registry.write_text(json.dumps(large_registry(), indent=1))
        check = _seconds(["check", str(registry)])
        compile_ = _seconds(["compile", str(registry), "--target", "cloudflare", "--out", str(folder / "out")])
    return [
        Row("edgewise check", check, "s", "budget", CHECK_SECONDS, CHECK_SECONDS / check, 1.0),
        Row("edgewise compile", compile_, "s", "budget", COMPILE_SECONDS, COMPILE_SECONDS / compile_, 1.0),
    ]


def large_registry() -> dict[str, Any]:
    """A registry of 500 cohorts over 40 features, nested two deep, and 100 decisions of five rules."""
    random = Random(7)
    numbers = [f"number_{index}" for index in range(FEATURES // 2)]
    categories = [f"category_{index}" for index in range(FEATURES // 2)]
    features: dict[str, Any] = {name: {"type": "number", "from": f"session.{name}"} for name in numbers}
    values = [f"value_{index}" for index in range(12)]
    features |= {name: {"type": "category", "from": f"session.{name}", "values": values} for name in categories}
    cohorts: dict[str, Any] = {}
    for index in range(COHORTS):
        tests: list[Any] = [
            {"feature": random.choice(numbers), "at_least": random.randint(1, 100)},
            {"feature": random.choice(categories), "in": random.sample(values, 3)},
        ]
        if index > 10:
            tests.append({"not": {"cohort": f"cohort_{random.randrange(index)}"}})
        cohorts[f"cohort_{index}"] = {random.choice(("all", "any")): tests}
    payloads = {f"payload_{index}": {"value": {"title": f"Title {index}"}} for index in range(DECISIONS * 6)}
    decisions: dict[str, Any] = {}
    for index in range(DECISIONS):
        chosen = random.sample(list(cohorts), 5)
        rules = [{"if": {"cohort": name}, "show": f"payload_{index * 6 + place}"} for place, name in enumerate(chosen)]
        decisions[f"decision_{index}"] = {"rules": rules, "otherwise": f"payload_{index * 6 + 5}"}
    return {"features": features, "cohorts": cohorts, "payloads": payloads, "decisions": decisions}


def _seconds(arguments: list[str]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli.main", *arguments], capture_output=True, text=True, check=False
        )
        times.append(time.perf_counter() - start)
        if done.returncode != 0:
            raise EngineError("command-failed", f"edgewise {arguments[0]} failed: {done.stderr.strip()[:400]}")
    return statistics.median(times)
