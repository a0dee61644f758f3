"""The Cloudflare worker: its files, and the configuration that runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from decision_engine.hosts.javascript import FOLDER, WASM_HOST_FILES, host_sources
from decision_engine.hosts.javascript.bundle import bundle
from functions.edge.cloudflare.config import CF_HEADER, COMPATIBILITY_DATE, workerd_config, wrangler_config

__all__ = [
    "CF_HEADER",
    "COMPATIBILITY_DATE",
    "COMPILED_FILES",
    "SERVICE_ENTRY",
    "SOURCE_FILES",
    "STAGES",
    "WORKER_FILES",
    "service_sources",
    "worker_module",
    "worker_sources",
    "workerd_config",
    "wrangler_config",
]

COMPILED_FILES = ("program.wasm", "tables.js")
"""What the compile step writes beside the worker's own files; `tables.js` exports the tables as its default."""

WORKER_FILES = ("worker.js",)
"""The worker with its host, as one module; with `COMPILED_FILES` all modules of the artefact, the entry first."""

SERVICE_ENTRY = "service_worker.js"
"""The entry of the worker for programs that have a service; the module is written under the name of `WORKER_FILES`."""

SOURCE_FILES = (*WORKER_FILES, "platform_request.js", *WASM_HOST_FILES)
"""What the worker of a program without a service is made of."""

STAGES: Mapping[str, Mapping[str, str]] = {
    "gate": {"createGate": "consent_stage.js"},
    "profile": {"createProfileStage": "service_profile.js", "createStickyStage": "service_sticky.js"},
    "modes": {"createHybridStage": "service_hybrid.js"},
    "hybrid": {"createHybridStage": "service_hybrid.js"},
    "delivery": {"createDelivery": "deliver.js", "deliver": "deliver_html.js"},
    "records": {"createRecordStage": "service_records.js", "startTrace": "records_trace.js"},
}
"""What each stage of a service imports, by the stage's table: names, and the modules that export them."""

_OWN = ("cloud.js", "deliver_guard.js", "deliver_html.js", "platform_request.js", SERVICE_ENTRY)


def worker_sources() -> dict[str, bytes]:
    """The bytes of the worker's modules by name, before they are made one."""
    return {name: _read(name) for name in SOURCE_FILES[:2]} | host_sources(WASM_HOST_FILES)


def service_sources(service: str) -> dict[str, bytes]:
    """The same of a worker with the stages that the service's tables (JSON text) configure, and no others.

    Among them are all files of the host; the bundle takes those that the entry leads to.
    """
    configured = {name for name, table in json.loads(service).items() if table is not None}
    host = {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js"))}
    return {name: _read(name) for name in _OWN} | host | {"stages.js": _stages_module(configured)}


def worker_module(service: str | None = None) -> bytes:
    """The worker with its host as one module; `service` are a program's tables of the stages, as JSON text."""
    entry, sources = WORKER_FILES[0], worker_sources()
    if service is not None:
        entry, sources = SERVICE_ENTRY, service_sources(service)
    texts = {name: content.decode() for name, content in sources.items()}
    made_of = "" if service is not None else f"made of {len(sources)} modules "
    return f"// Edgewise's worker, {made_of}by edgewise compile.\n{bundle(entry, texts)}".encode()


def _stages_module(configured: set[str]) -> bytes:
    """Imports what makes each stage that is configured."""
    made = {name: module for stage, made in STAGES.items() if stage in configured for name, module in made.items()}
    imports = [f'import {{ {name} }} from "./{module}";' for name, module in made.items()]
    lines = [*imports, "", f"export const STAGES = {{ {', '.join(made)} }};", ""]
    return "\n".join(lines).encode()


def _read(name: str) -> bytes:
    return Path(__file__).with_name(name).read_bytes()
