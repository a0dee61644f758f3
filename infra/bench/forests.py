"""The medium model of a hundred trees: the wasm forest in V8 beside LightGBM's single-row C API, prepared, in the
same run."""

from __future__ import annotations

import ctypes
import statistics
import tempfile
import time
from pathlib import Path

import lightgbm
import lightgbm.basic
import numpy as np
import numpy.typing as npt

from decision_engine.ir import Node
from decision_engine.ir.nodes import Code, Decision, Input, Leaf, Number, Payload, Program, Score
from decision_engine.ir.nodes import FeatureSpec as Spec
from decision_engine.targets.wasm import emit_wasm
from decision_engine.trees import Forest, load_lightgbm
from infra.bench.node import run_node
from infra.bench.result import Row

TREES, LEAVES, INPUTS, CATEGORICAL = 100, 31, 17, 5
TRAINING_ROWS, ROWS = 20_000, 2_000
ROUNDS, WANTED = 9, 3.0
_FLOAT64, _RAW_SCORE = 1, 1
library = vars(lightgbm.basic)["_LIB"]  # the loaded C library has no public name


def measure_forests() -> list[Row]:
    """Microseconds a row for both; ctypes' own cost of a call is measured and taken from LightGBM's."""
    booster, rows = _train()
    forest = load_lightgbm(booster.model_to_string(), "medium").forest
    with tempfile.TemporaryDirectory() as folder:
        module, table = Path(folder, "forest.wasm"), Path(folder, "rows")
        module.write_bytes(emit_wasm(_program_of(forest)).content)
        table.write_bytes(rows.astype("<f8").tobytes())
        ours = run_node("forests.mjs", str(module), str(table), str(INPUTS))["microseconds"]
        theirs = _lightgbm_microseconds(Path(folder), booster, rows)
    return [Row("medium model, one row", ours, "us", "LightGBM C API, single row", theirs, theirs / ours, WANTED)]


def _train() -> tuple[lightgbm.Booster, npt.NDArray[np.float64]]:
    random = np.random.default_rng(7)
    x = random.normal(size=(TRAINING_ROWS, INPUTS))
    x[:, :CATEGORICAL] = random.integers(0, 12, size=(TRAINING_ROWS, CATEGORICAL))
    noise = random.normal(size=TRAINING_ROWS)
    y = (np.sin(x[:, 5]) + x[:, 6] * x[:, 7] + (x[:, 0] % 3) - (x[:, 1] > 6) + noise > 0.5).astype(float)
    parameters = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "min_data_in_leaf": 20,
        "num_threads": 1,
        "deterministic": True,
        "seed": 7,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(x, y, categorical_feature=list(range(CATEGORICAL)))
    return lightgbm.train(parameters, data, TREES), x[:ROWS].copy()


def _program_of(forest: Forest) -> Program:
    """A program that reads the forest's score, so that it is emitted."""
    specs = tuple(
        Spec(name, "number", ("session", name), None, None, None, None, None, (), 1, 1) for name in forest.inputs
    )
    inputs = tuple(Number(name) for name in forest.inputs)
    nodes: tuple[Node, ...] = (
        *(Input(index) for index in range(len(inputs))),
        Score(0, tuple(range(len(inputs))), 0),
        Code(0),
    )
    decision = Decision("d", len(nodes) - 1, (Leaf(0, "STATIC", None),), (), 0)
    return Program(
        "sha256:" + "0" * 64, specs, inputs, (), (forest,), (Payload("p", "1"),), nodes, (decision,), (), None
    )


def _lightgbm_microseconds(folder: Path, booster: lightgbm.Booster, rows: npt.NDArray[np.float64]) -> float:
    """The median over rounds of LGBM_BoosterPredictForMatSingleRowFast, one thread, less the cost of a call by
    ctypes."""
    path = folder / "model.txt"
    booster.save_model(path)
    handle, iterations, fast = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_void_p()
    _ok(library.LGBM_BoosterCreateFromModelfile(str(path).encode(), ctypes.byref(iterations), ctypes.byref(handle)))
    prepare = library.LGBM_BoosterPredictForMatSingleRowFastInit
    options = (
        ctypes.c_int(_RAW_SCORE),
        ctypes.c_int(0),
        ctypes.c_int(-1),
        ctypes.c_int(_FLOAT64),
        ctypes.c_int32(INPUTS),
    )
    _ok(prepare(handle, *options, b"num_threads=1", ctypes.byref(fast)))
    predict, nothing = library.LGBM_BoosterPredictForMatSingleRowFast, library.LGBM_BoosterGetNumClasses
    length, score, count = ctypes.c_int64(), ctypes.c_double(), ctypes.c_int()
    pointers = [ctypes.c_void_p(row.ctypes.data) for row in rows]
    where, place, number = ctypes.byref(length), ctypes.byref(score), ctypes.byref(count)
    whole, call = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for pointer in pointers:
            predict(fast, pointer, where, place)
        middle = time.perf_counter()
        for _pointer in pointers:
            nothing(handle, number)
        whole.append(middle - start)
        call.append(time.perf_counter() - middle)
    library.LGBM_FastConfigFree(fast)
    library.LGBM_BoosterFree(handle)
    return (statistics.median(whole) - statistics.median(call)) / len(pointers) * 1e6


def _ok(code: int) -> None:
    assert code == 0, library.LGBM_GetLastError()
