"""Scorers of other projects, as functions that score rows; each is imported when it is asked for."""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from infra.bench.models import INPUTS, Model, Rows
from infra.errors import EngineError

Scorer: TypeAlias = Callable[[Rows], Rows]
"""Rows to raw scores, one thread."""

_FLOAT64, _RAW_SCORE = 1, 1
_DEEP_ENOUGH = 50_000


def require(package: str) -> Any:
    """The module of a Python package that only benchmarks use. Raises EngineError when it is not installed."""
    try:
        return importlib.import_module(package)
    except ImportError:
        message = f"the Python package `{package}` is not installed"
        raise EngineError("no-peer", message, "install the extra `bench`") from None


def lightgbm_batch(model: Model) -> Scorer:
    """LightGBM's own prediction of many rows in one call."""
    return lambda rows: np.asarray(model.booster.predict(rows, raw_score=True, num_threads=1), dtype=np.float64)


def treelite_batch(model: Model) -> Scorer:
    """treelite's interpreter GTIL."""
    treelite = require("treelite")
    loaded = treelite.frontend.from_lightgbm(model.booster)
    return lambda rows: np.asarray(treelite.gtil.predict(loaded, rows, nthread=1, pred_margin=True)).reshape(len(rows))


def tl2cgen_batch(model: Model, folder: Path) -> Scorer:
    """tl2cgen's C code, compiled by gcc with its usual options. Raises EngineError without gcc."""
    library = tl2cgen_library(model, folder)
    tl2cgen = require("tl2cgen")
    with _silence():
        predictor = tl2cgen.Predictor(str(library), nthread=1)
    return lambda rows: np.asarray(predictor.predict(tl2cgen.DMatrix(rows), pred_margin=True)).reshape(len(rows))


def tl2cgen_library(model: Model, folder: Path) -> Path:
    """The shared library that tl2cgen makes of the model, in `folder`. Raises EngineError without gcc."""
    if shutil.which("gcc") is None:
        raise EngineError("no-peer", "gcc is not installed, which compiles tl2cgen's C", "run `apt-get install gcc`")
    treelite, tl2cgen = require("treelite"), require("tl2cgen")
    path = folder / "tl2cgen.so"
    with _silence():
        loaded = treelite.frontend.from_lightgbm(model.booster)
        tl2cgen.export_lib(loaded, toolchain="gcc", libpath=str(path), params={"parallel_comp": 8})
    return path


def m2cgen_module(model: Model) -> str:
    """m2cgen's JavaScript as an ES module that exports `score`. It reads no categorical splits."""
    m2cgen, lightgbm = require("m2cgen"), require("lightgbm")
    estimator = lightgbm.LGBMRegressor()
    estimator._Booster, estimator._n_features, estimator.fitted_ = model.booster, INPUTS, True
    with _deep_recursion():
        return f"{m2cgen.export_to_javascript(estimator)}\nexport {{ score }};\n"


def onnx_file(model: Model) -> bytes:
    """The model as ONNX, by onnxmltools; it computes in float32."""
    tools = require("onnxmltools")
    types = importlib.import_module("onnxmltools.convert.common.data_types")
    with _deep_recursion():
        converted = tools.convert_lightgbm(
            model.booster, initial_types=[("x", types.FloatTensorType([None, INPUTS]))], target_opset=15
        )
    return bytes(converted.SerializeToString())


class SingleRow:
    """LightGBM's C API for one row at a time, prepared once. Use as a context manager."""

    def __init__(self, model: Model, rows: Rows) -> None:
        basic = importlib.import_module("lightgbm.basic")
        self._library: Any = vars(basic)["_LIB"]  # the loaded C library has no public name
        self._rows = np.ascontiguousarray(rows)
        self._pointers = [ctypes.c_void_p(row.ctypes.data) for row in self._rows]
        self._booster, self._fast = ctypes.c_void_p(), ctypes.c_void_p()
        text = model.booster.model_to_string().encode()
        iterations = ctypes.c_int()
        self._check(
            self._library.LGBM_BoosterLoadModelFromString(text, ctypes.byref(iterations), ctypes.byref(self._booster))
        )
        options = (ctypes.c_int(_RAW_SCORE), ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_int(_FLOAT64))
        self._check(
            self._library.LGBM_BoosterPredictForMatSingleRowFastInit(
                self._booster, *options, ctypes.c_int32(INPUTS), b"num_threads=1", ctypes.byref(self._fast)
            )
        )

    def __enter__(self) -> SingleRow:
        return self

    def __exit__(self, *_: object) -> None:
        self._library.LGBM_FastConfigFree(self._fast)
        self._library.LGBM_BoosterFree(self._booster)

    def scores(self) -> list[float]:
        """The raw score of each row."""
        length, score = ctypes.c_int64(), ctypes.c_double()
        found = []
        for pointer in self._pointers:
            self._predict(pointer, ctypes.byref(length), ctypes.byref(score))
            found.append(score.value)
        return found

    def sample(self) -> float:
        """Microseconds a row; what ctypes needs for a call that does nothing is measured beside it and taken off."""
        length, score, count = ctypes.c_int64(), ctypes.c_double(), ctypes.c_int()
        where, place, number = ctypes.byref(length), ctypes.byref(score), ctypes.byref(count)
        predict, fast = self._library.LGBM_BoosterPredictForMatSingleRowFast, self._fast
        nothing, booster = self._library.LGBM_BoosterGetNumClasses, self._booster
        start = time.perf_counter()
        for pointer in self._pointers:
            predict(fast, pointer, where, place)
        middle = time.perf_counter()
        for _ in self._pointers:
            nothing(booster, number)
        end = time.perf_counter()
        return ((middle - start) - (end - middle)) / len(self._pointers) * 1e6

    def _predict(self, pointer: ctypes.c_void_p, length: object, score: object) -> None:
        self._check(self._library.LGBM_BoosterPredictForMatSingleRowFast(self._fast, pointer, length, score))

    def _check(self, code: int) -> None:
        if code != 0:
            raise EngineError("engine-failed", f"LightGBM failed: {self._library.LGBM_GetLastError()}")


@contextmanager
def _deep_recursion() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_DEEP_ENOUGH)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def _silence() -> Iterator[None]:
    """Let the progress reports of a C library go nowhere."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
