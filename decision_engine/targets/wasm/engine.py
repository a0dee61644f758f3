"""The wasm artefact in Python, for batches: rows of vectors into linear memory, one call, codes out (wasmtime)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from wasmtime import Config, Engine, Func, Global, Instance, Memory, Module, Store

from decision_engine.ir.nodes import IR_VERSION
from decision_engine.targets.analysis import ABI_VERSION
from decision_engine.targets.wasm.module import PAGE


class WasmVersionError(Exception):
    """A module of another ABI or IR version, or none of ours; the message says what was expected and found."""


class WasmEngine:
    """One instance of an emitted module. Not for several threads at once."""

    def __init__(self, content: bytes, *, is_optimised: bool = True) -> None:
        """Compile and instantiate; raises WasmVersionError for a module that this version of Edgewise cannot run.

        Optimising takes a time that grows faster than the module: with thousands of decisions it does not pay.
        """
        config = Config()
        config.cranelift_opt_level = "speed" if is_optimised else "none"
        engine = Engine(config)
        self._store = Store(engine)
        self._exports = Instance(self._store, Module(engine, content), []).exports(self._store)
        for name, expected in (("abi", ABI_VERSION), ("ir", IR_VERSION)):
            found = self._constant(name)
            if found != expected:
                raise WasmVersionError(f"expected a module of {name} version {expected}, found {found or 'none'}")
        memory = self._exports["memory"]
        assert isinstance(memory, Memory)
        self._memory = memory
        self.width = self._constant("width") or 0
        self.codes = self._constant("codes") or 0
        self._heap = self._constant("heap") or 0

    def decide_rows(self, vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """The codes, shape (rows, codes), of vectors of shape (rows, width)."""
        count = len(vectors)
        taken = self._run("decide_rows", vectors, self.width, 4 * self.codes)
        return np.frombuffer(taken, "<i4").astype(np.int32).reshape(count, self.codes)

    def scores(self, forest: int, rows: npt.NDArray[np.float64], *, outputs: int = 1) -> npt.NDArray[np.float64]:
        """The raw margins, shape (rows, outputs), of forest number `forest`; `rows` has a column for each input."""
        taken = self._run(f"score_rows_{forest}", rows, rows.shape[1], 8 * outputs)
        return np.frombuffer(taken, "<f8").astype(np.float64).reshape(len(rows), outputs)

    def hash(self, text: bytes, seed: int) -> int:
        """MurmurHash3_x86_32 of `text`, unsigned."""
        self._grow(len(text))
        self._memory.write(self._store, text, self._heap)
        return int(self._function("hash")(self._store, self._heap, len(text), _signed(seed))) % 2**32

    def _run(self, function: str, rows: npt.NDArray[np.float64], width: int, row_size: int) -> bytes:
        """Call `function(from, count, to)`; gives the bytes that it writes, `row_size` for each row."""
        if rows.ndim != 2 or rows.shape[1] != width:
            raise ValueError(f"expected rows of {width} numbers, found an array of shape {rows.shape}")
        given = np.ascontiguousarray(rows, dtype="<f8").tobytes()
        to, size = self._heap + len(given), len(rows) * row_size
        self._grow(len(given) + size)
        self._memory.write(self._store, given, self._heap)
        self._function(function)(self._store, _signed(self._heap), len(rows), _signed(to))
        return bytes(self._memory.read(self._store, to, to + size))

    def _grow(self, size: int) -> None:
        missing = self._heap + size - self._memory.data_len(self._store)
        if missing > 0:
            self._memory.grow(self._store, -(-missing // PAGE))

    def _function(self, name: str) -> Func:
        function = self._exports[name]
        assert isinstance(function, Func)
        return function

    def _constant(self, name: str) -> int | None:
        variable = self._exports.get(name)
        return int(variable.value(self._store)) if isinstance(variable, Global) else None


def _signed(value: int) -> int:
    """The signed number with the same 32 bits."""
    return (value + 2**31) % 2**32 - 2**31
