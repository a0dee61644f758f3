"""The Cloudflare worker: its files, and the configuration that runs it."""

from __future__ import annotations

from pathlib import Path

from decision_engine.hosts.javascript import WASM_HOST_FILES, host_sources
from decision_engine.hosts.javascript.bundle import bundle
from functions.edge.cloudflare.config import CF_HEADER, COMPATIBILITY_DATE, workerd_config, wrangler_config

__all__ = [
    "CF_HEADER",
    "COMPATIBILITY_DATE",
    "COMPILED_FILES",
    "SOURCE_FILES",
    "WORKER_FILES",
    "worker_module",
    "worker_sources",
    "workerd_config",
    "wrangler_config",
]

COMPILED_FILES = ("program.wasm", "tables.js")
"""What the compile step writes beside the worker's own files; `tables.js` exports the tables as its default."""

WORKER_FILES = ("worker.js",)
"""The worker with its host, as one module; with `COMPILED_FILES` all modules of the artefact, the entry first."""

SOURCE_FILES = (*WORKER_FILES, *WASM_HOST_FILES)
"""What it is made of."""


def worker_sources() -> dict[str, bytes]:
    """The bytes of the worker's modules by name, before they are made one."""
    own = {name: Path(__file__).with_name(name).read_bytes() for name in WORKER_FILES}
    return {**own, **host_sources(WASM_HOST_FILES)}


def worker_module() -> bytes:
    """The worker with its host as one module."""
    entry = WORKER_FILES[0]
    sources = {name: content.decode() for name, content in worker_sources().items()}
    head = f"// Edgewise's worker, made of {len(sources)} modules by edgewise compile."
    return f"{head}\n{bundle(entry, sources)}".encode()
