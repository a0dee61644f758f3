"""The Cloudflare worker: its files, and the configuration that runs it."""

from __future__ import annotations

from pathlib import Path

from decision_engine.hosts.javascript import WASM_HOST_FILES, host_sources
from functions.edge.cloudflare.config import CF_HEADER, COMPATIBILITY_DATE, workerd_config, wrangler_config

__all__ = [
    "CF_HEADER",
    "COMPATIBILITY_DATE",
    "COMPILED_FILES",
    "WORKER_FILES",
    "worker_sources",
    "workerd_config",
    "wrangler_config",
]

COMPILED_FILES = ("program.wasm", "tables.js")
"""What the compile step writes beside the worker's own files; `tables.js` exports the tables as its default."""

_OWN_FILES = ("worker.js", "warm.js")

WORKER_FILES = (*_OWN_FILES, *WASM_HOST_FILES)
"""The worker's own files, its entry first; with `COMPILED_FILES` they are all modules of the artefact."""


def worker_sources() -> dict[str, bytes]:
    """The bytes of the worker's own files by name."""
    own = {name: Path(__file__).with_name(name).read_bytes() for name in _OWN_FILES}
    return {**own, **host_sources(WASM_HOST_FILES)}
