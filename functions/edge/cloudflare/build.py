"""The artefact of the target `cloudflare`: the worker's modules, and the configuration that runs them."""

from __future__ import annotations

from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.ir import Program
from decision_engine.targets.wasm import emit_wasm, wasm_choices
from functions.edge.cloudflare import COMPILED_FILES, WORKER_FILES, worker_module, workerd_config, wrangler_config

TARGET = "cloudflare"


def build_cloudflare(program: Program) -> Artefact:
    """The worker with its host, `program.wasm` and `tables.js`; and what configures workerd and wrangler."""
    modules = (*WORKER_FILES, *COMPILED_FILES)
    return artefact(
        TARGET,
        program,
        {
            WORKER_FILES[0]: worker_module(program.service),
            "program.wasm": emit_wasm(program, reader=True).content,
            "tables.js": tables_module(program),
            "config.capnp": workerd_config(modules).encode(),
            "wrangler.toml": wrangler_config(WORKER_FILES[0]).encode(),
        },
        wasm_choices(program),
    )
