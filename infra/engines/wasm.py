"""The engine `wasm`: the WebAssembly module in wasmtime, a whole batch in one call, behind the Python host."""

from __future__ import annotations

import json

import numpy as np

from decision_engine.hosts.python import Host, RequestError
from decision_engine.hosts.python.tables import Tables
from decision_engine.ir import Program
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine as WasmRows
from infra.engines.engine import Batch, InProcess, host_tables, refusal


class WasmRowsEngine(InProcess):
    """Decides rows of vectors in linear memory, by an artefact's module and tables.

    Raises WasmVersionError or ValueError when they are of another version.
    """

    name = "wasm"

    def __init__(self, module: bytes, tables: Tables) -> None:
        self._decisions = [json.loads(decision["name"]) for decision in tables["decisions"]]
        self._rows = WasmRows(module)
        found, expected = (self._rows.width, self._rows.codes), (tables["width"], tables["codes"])
        if found != expected:
            numbers = "{} inputs and {} codes".format(*expected)
            raise ValueError(f"expected a module of {numbers}, found one of {found[0]} and {found[1]}")
        self._host = Host(tables, _refuse_single, target=self.name)

    def answers(self, batch: Batch) -> list[str]:
        """The answer's text of each request."""
        vectors = np.empty((len(batch), self._rows.width), dtype=np.float64)
        encode, render = self._host.encode, self._host.render
        for index, (request, at) in enumerate(batch):
            vectors[index] = encode(request, at).vector
        texts = []
        for index, codes in enumerate(self._rows.decide_rows(vectors).tolist()):
            request, at = batch[index]
            try:
                texts.append(render(codes, request, at))
            except RequestError as error:
                raise refusal(index, error.code, error.message, request, self._decisions) from None
        return texts


class WasmEngine(WasmRowsEngine):
    """The engine of a program."""

    def __init__(self, program: Program) -> None:
        super().__init__(emit_wasm(program).content, host_tables(program))


def _refuse_single(vector: list[float]) -> list[int]:
    raise AssertionError("this host encodes and renders only")
