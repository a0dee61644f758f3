"""One row, raw score, one thread: three models, each contender checked against LightGBM before it is timed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from decision_engine.targets.javascript.emit import emit_javascript
from decision_engine.targets.wasm import emit_wasm
from infra.bench.agreement import check_equal
from infra.bench.models import INPUTS, SIZES, Model, Rows, model, program_of, rows
from infra.bench.node import NodeLoop, find_package
from infra.bench.peers import (
    Scorer,
    SingleRow,
    lightgbm_batch,
    m2cgen_module,
    onnx_file,
    require,
    tl2cgen_batch,
    treelite_batch,
)
from infra.bench.result import Findings, LeftOut
from infra.bench.timing import Sample, Setting, compare, interleave
from infra.errors import EngineError

SUITE = "trees"
ROUNDS = 11
HERE = Path(__file__).parent

WASM, JAVASCRIPT = "wasm", "JavaScript"
LIGHTGBM, M2CGEN = "LightGBM C API, single row", "m2cgen JavaScript"
WANTED = {
    ("medium", WASM, LIGHTGBM): 12.0,
    ("large", WASM, LIGHTGBM): 20.0,
    ("medium, numeric", JAVASCRIPT, M2CGEN): 5.0,
    ("large, numeric", JAVASCRIPT, M2CGEN): 8.0,
}
_FLOAT32_ERROR = 1e-3
"""How far a scorer that sums floats may be off; the others are off by the order of summation alone."""


def measure_trees(setting: Setting) -> Findings:
    """Microseconds a row of all contenders, on models with and without categorical inputs.

    m2cgen reads no categorical splits, so it is measured on a twin that was trained without them, beside ours on the
    same twin.
    """
    found = Findings()
    sizes = [size for size in SIZES if size != "large"] if setting.quick else list(SIZES)
    for size in sizes:
        for is_numeric in (False, True):
            _measure(model(size, is_numeric=is_numeric), is_numeric, setting, found)
    return found


@dataclass(slots=True)
class _Field:
    """The contenders of one model, as they come to stand."""

    model: Model
    rows: Rows
    folder: Path
    stack: ExitStack
    quick: bool
    left_out: list[LeftOut]
    samples: dict[str, Sample] = field(default_factory=dict)

    def node(self, name: str, script: str, file: str, content: bytes, tolerance: float = 0.0) -> None:
        """Let a script of this folder take part; its scores are checked."""
        path = self.folder / file
        path.write_bytes(content)
        arguments = (HERE / script, path, self.folder / "rows", str(INPUTS))
        loop = self.stack.enter_context(NodeLoop(*arguments, quick=self.quick))
        self._check(name, loop.results(len(self.rows)), tolerance)
        self.samples[name] = loop.sample

    def batch(self, name: str, scorer: Scorer) -> None:
        """Let a scorer of many rows take part, with its time shared out among them."""
        self._check(name, list(scorer(self.rows)), 1e-9)
        self.samples[name] = lambda: _seconds(scorer, self.rows) * 1e6 / len(self.rows)

    def single(self) -> None:
        """Let LightGBM's C API take part."""
        peer = self.stack.enter_context(SingleRow(self.model, self.rows))
        self._check(LIGHTGBM, peer.scores(), 0.0)
        self.samples[LIGHTGBM] = peer.sample

    def peer(self, name: str, add: Callable[[], None]) -> None:
        """Let a peer take part, or note why it cannot."""
        try:
            add()
        except EngineError as problem:
            is_wanted = any((self.model.name, ours, name) in WANTED for ours in (WASM, JAVASCRIPT))
            reason = problem.diagnostics[0].message
            self.left_out.append(LeftOut(SUITE, f"{name}, {self.model.name} model", reason, is_wanted))

    def _check(self, name: str, scores: Sequence[float], tolerance: float) -> None:
        expected = np.asarray(self.model.booster.predict(self.rows, raw_score=True))
        is_equal = bool(np.all(np.abs(np.asarray(scores) - expected) <= tolerance))
        check_equal(f"{name}, {self.model.name} model", is_equal, True)


def _measure(model_: Model, is_numeric: bool, setting: Setting, found: Findings) -> None:
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name, ExitStack() as stack:
        contest = _Field(model_, rows(), Path(name), stack, setting.quick, found.left_out)
        (contest.folder / "rows").write_bytes(contest.rows.astype("<f8").tobytes())
        (contest.folder / "package.json").write_text('{"type": "module"}')
        program = program_of(model_.forest)
        contest.node(WASM, "wasm.mjs", "program.wasm", emit_wasm(program).content)
        contest.node(JAVASCRIPT, "javascript.mjs", "program.js", emit_javascript(program).encode())
        for peer, add in (_numeric_peers(contest) if is_numeric else _peers(contest)).items():
            contest.peer(peer, add)
        samples = interleave(contest.samples, setting.rounds(ROUNDS), setting)
    found.rows.extend(
        compare(
            SUITE, f"{model_.name} model, one row: {ours}", samples, ours, peer, WANTED.get((model_.name, ours, peer))
        )
        for ours in (WASM, JAVASCRIPT)
        for peer in samples
        if peer not in (WASM, JAVASCRIPT)
    )


def _peers(contest: _Field) -> dict[str, Callable[[], None]]:
    return {
        LIGHTGBM: contest.single,
        "LightGBM, batch": lambda: contest.batch("LightGBM, batch", lightgbm_batch(contest.model)),
        "treelite GTIL, batch": lambda: contest.batch("treelite GTIL, batch", treelite_batch(contest.model)),
        "tl2cgen C, batch": lambda: contest.batch("tl2cgen C, batch", tl2cgen_batch(contest.model, contest.folder)),
        "onnxruntime-web": lambda: _onnx(contest),
    }


def _numeric_peers(contest: _Field) -> dict[str, Callable[[], None]]:
    return {
        LIGHTGBM: contest.single,
        M2CGEN: lambda: contest.node(M2CGEN, "m2cgen.mjs", "m2cgen.js", m2cgen_module(contest.model).encode(), 1e-9),
    }


def _onnx(contest: _Field) -> None:
    find_package("onnxruntime-web")
    require("onnxmltools")
    content = onnx_file(contest.model)
    contest.node("onnxruntime-web", "onnx.mjs", "model.onnx", content, _FLOAT32_ERROR)


def _seconds(scorer: Scorer, given: Rows) -> float:
    start = time.perf_counter()
    scorer(given)
    return time.perf_counter() - start
