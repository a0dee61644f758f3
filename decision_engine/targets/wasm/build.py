"""The artefact of the target `wasm`: the bare module and the tables that a host needs around it."""

from __future__ import annotations

from decision_engine.artefact import Artefact, artefact, tables_json
from decision_engine.ir import Program
from decision_engine.targets.wasm.emit import emit_wasm

TARGET = "wasm"


def build_wasm(program: Program) -> Artefact:
    """`program.wasm` (ABI in emit.py) and `tables.json`."""
    emitted = emit_wasm(program)
    files = {"program.wasm": emitted.content, "tables.json": tables_json(program)}
    return artefact(TARGET, program, files, emitted.choices)
