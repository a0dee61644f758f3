"""The artefact of the target `bun`: plain ES modules, and the program as WebAssembly."""

from __future__ import annotations

from pathlib import Path

from decision_engine.artefact import Artefact
from decision_engine.ir import Program
from functions.edge.fetch_modules import build_fetch_modules

TARGET = "bun"
ENTRY = "serve.js"


def build_bun(program: Program) -> Artefact:
    """`serve.js` with the host beside it, `program.wasm` and `tables.js`."""
    return build_fetch_modules(TARGET, Path(__file__).with_name(ENTRY), program)
