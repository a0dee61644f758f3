"""The engine `wasm`: the WebAssembly module in wasmtime, a whole batch in one call, behind the Python host."""

from __future__ import annotations

import numpy as np

from decision_engine.hosts.python import Host, RequestError
from decision_engine.ir import Program
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine as WasmRows
from infra.engines.engine import Batch, InProcess, host_tables, refusal


class WasmEngine(InProcess):
    """Decides rows of vectors in linear memory."""

    name = "wasm"

    def __init__(self, program: Program) -> None:
        self._decisions = [decision.name for decision in program.decisions]
        self._rows = WasmRows(emit_wasm(program).content)
        self._host = Host(host_tables(program), _refuse_single, target=self.name)

    def answers(self, batch: Batch) -> list[str]:
        """The answer's text of each request."""
        vectors = np.empty((len(batch), self._rows.width), dtype=np.float64)
        for index, (request, at) in enumerate(batch):
            vectors[index] = self._host.encode(request, at).vector
        texts = []
        for index, ((request, at), codes) in enumerate(
            zip(batch, self._rows.decide_rows(vectors).tolist(), strict=True)
        ):
            try:
                texts.append(self._host.render(codes, request, at))
            except RequestError as error:
                raise refusal(index, error.code, error.message, request, self._decisions) from None
        return texts


def _refuse_single(vector: list[float]) -> list[int]:
    raise AssertionError("this host encodes and renders only")
