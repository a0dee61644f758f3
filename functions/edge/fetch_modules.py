"""The files of runtimes that serve `{ fetch }` from plain ES modules, with the program as WebAssembly."""

from __future__ import annotations

from pathlib import Path

from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.hosts.javascript import CDN_FILES, FETCH_ADAPTER, WASM_HOST_FILES, host_sources
from decision_engine.ir import Program
from decision_engine.targets.wasm import emit_wasm, wasm_choices


def build_fetch_modules(target: str, entry: Path, program: Program) -> Artefact:
    """The module `entry` with the host beside it, `program.wasm` and `tables.js`."""
    files = {
        entry.name: entry.read_bytes(),
        **host_sources((*WASM_HOST_FILES, FETCH_ADAPTER, "origins.js", *CDN_FILES)),
        "program.wasm": emit_wasm(program).content,
        "tables.js": tables_module(program),
    }
    return artefact(target, program, files, wasm_choices(program))
