"""The suite `batch`: 10,000 rows at once in Python, one thread: the wasm artefact in wasmtime beside other scorers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from infra.bench.agreement import check_equal
from infra.bench.models import SIZES, Model, Rows, model, program_of, rows
from infra.bench.peers import Scorer, lightgbm_batch, tl2cgen_batch, treelite_batch
from infra.bench.result import Findings, LeftOut
from infra.bench.timing import Sample, Setting, compare, interleave
from infra.errors import EngineError

SUITE = "batch"
ROUNDS, COUNT = 11, 10_000
OURS, LIGHTGBM = "wasm in wasmtime", "LightGBM, batch"
WANTED = {("medium", LIGHTGBM): 2.5, ("large", LIGHTGBM): 5.0}


def measure_batch(setting: Setting) -> Findings:
    """Microseconds a row, each scorer called with all rows; copying them into linear memory counts."""
    found = Findings()
    given = rows(COUNT)
    for size in SIZES if not setting.quick else ("small", "medium"):
        with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as folder:
            scorers = _scorers(model(size), Path(folder), found)
            expected = np.asarray(model(size).booster.predict(given, raw_score=True))
            for name, scorer in scorers.items():
                tolerance = 0.0 if name in (OURS, LIGHTGBM) else 1e-9
                check_equal(name, bool(np.all(np.abs(scorer(given) - expected) <= tolerance)), True)
            contenders = {name: _sample(scorer, given) for name, scorer in scorers.items()}
            samples = interleave(contenders, setting.rounds(ROUNDS), setting)
        case = f"{size} model, 10,000 rows"
        found.rows.extend(
            compare(SUITE, case, samples, OURS, peer, WANTED.get((size, peer))) for peer in scorers if peer != OURS
        )
    return found


def _scorers(model_: Model, folder: Path, found: Findings) -> dict[str, Scorer]:
    engine = WasmEngine(emit_wasm(program_of(model_.forest)).content)
    scorers: dict[str, Scorer] = {
        OURS: lambda given: engine.scores(0, given)[:, 0],
        LIGHTGBM: lightgbm_batch(model_),
    }
    others: dict[str, Callable[[], Scorer]] = {
        "treelite GTIL, batch": lambda: treelite_batch(model_),
        "tl2cgen C, batch": lambda: tl2cgen_batch(model_, folder),
    }
    for name, prepare in others.items():
        try:
            scorers[name] = prepare()
        except EngineError as problem:
            found.left_out.append(LeftOut(SUITE, f"{name}, {model_.name} model", problem.diagnostics[0].message, False))
    return scorers


def _sample(scorer: Scorer, given: Rows) -> Sample:
    def sample() -> float:
        start = time.perf_counter()
        scorer(given)
        return (time.perf_counter() - start) / len(given) * 1e6

    return sample
