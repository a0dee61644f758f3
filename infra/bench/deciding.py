"""One request of the example through the wasm module in V8: all decisions, the model included."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from decision_engine.hosts.python import Host
from decision_engine.tables import tables
from decision_engine.targets.wasm import emit_wasm
from infra.bench.example import program, requests
from infra.bench.node import run_node
from infra.bench.result import Row

BUDGET_MICROSECONDS = 5.0


def measure_deciding() -> list[Row]:
    """Microseconds a request, hot, against the budget; the vector's copy into the module's memory counts."""
    host = Host(tables(program()), lambda _: [], target="bench")
    vectors = np.array([host.encode(request, at).vector for request, at in requests()], dtype="<f8")
    with tempfile.TemporaryDirectory() as folder:
        module, rows = Path(folder, "program.wasm"), Path(folder, "vectors")
        module.write_bytes(emit_wasm(program()).content)
        rows.write_bytes(vectors.tobytes())
        found = run_node("deciding.mjs", str(module), str(rows))
    ours = found["microseconds"]
    return [
        Row("all decisions of a session", ours, "us", "budget", BUDGET_MICROSECONDS, BUDGET_MICROSECONDS / ours, 1.0)
    ]
