"""The artefact of the target `bun`: plain ES modules, and the program as WebAssembly."""

from __future__ import annotations

from pathlib import Path

from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.hosts.javascript import FETCH_ADAPTER, WASM_HOST_FILES, host_sources
from decision_engine.ir import Program
from decision_engine.targets.wasm import emit_wasm, wasm_choices

TARGET = "bun"
ENTRY = "serve.js"


def build_bun(program: Program) -> Artefact:
    """`serve.js` with the host beside it, `program.wasm` and `tables.js`."""
    return artefact(
        TARGET,
        program,
        {
            ENTRY: Path(__file__).with_name(ENTRY).read_bytes(),
            **host_sources((*WASM_HOST_FILES, FETCH_ADAPTER)),
            "program.wasm": emit_wasm(program).content,
            "tables.js": tables_module(program),
        },
        wasm_choices(program),
    )
