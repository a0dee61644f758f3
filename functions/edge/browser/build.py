"""The artefact of the target `browser`: ES modules for pages, and a service worker of the same release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.hosts.javascript import CONSENT_FILES, FETCH_ADAPTER, HOST_FILES, host_sources
from decision_engine.ir import Program
from decision_engine.targets.javascript import emit_javascript, javascript_choices
from functions.edge.browser.client import CLIENT, client_module
from functions.edge.browser.page_tables import page_tables_module
from functions.edge.small_hosts import refuse_imported

TARGET = "browser"
PAGE_ENTRY = "edgewise.js"
WORKER_ENTRY = "service_worker.js"

PAGE_FILES = (
    PAGE_ENTRY,
    "decide.js",
    "device.js",
    "page.js",
    "page_elements.js",
    "page_encode.js",
    "page_hash.js",
    "page_values.js",
    "registration.js",
)
"""What pages import of our own, the entry first."""
WORKER_FILES = ("edge_first.js", "exposure_queue.js", "knowledge.js", "offline.js", "visitor.js")
"""What the service worker imports besides."""


def build_browser(program: Program) -> Artefact:
    """`edgewise.js` and `client.js` for pages, and `service_worker.js`, with the modules that they import.

    Raises TargetError for what the page's host does not compute.
    """
    refuse_imported(program, TARGET)
    files = {
        **{name: Path(__file__).with_name(name).read_bytes() for name in (*PAGE_FILES, *WORKER_FILES)},
        **host_sources((*HOST_FILES, FETCH_ADAPTER)),
        **_gate_modules(program),
        CLIENT: client_module(),
        "program.js": emit_javascript(program).encode(),
        "tables.js": tables_module(program),
        "page_tables.js": page_tables_module(program),
    }
    digest = release_digest(files)
    return artefact(
        TARGET,
        program,
        {**files, "release.js": _release_module(digest, sorted(files)), WORKER_ENTRY: _worker_entry(digest)},
        javascript_choices(program),
    )


def release_digest(files: Mapping[str, bytes]) -> str:
    """What tells releases apart: 16 hexadecimal digits over the names and bytes of their files."""
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()[:16]


def _gate_modules(program: Program) -> dict[str, bytes]:
    """The consent gate behind `gate.js`, for a registry that configures one."""
    service = {} if program.service is None else json.loads(program.service)
    if service.get("gate") is None:
        return {"gate.js": b"// No gate is configured.\nexport const gateRequest = null;\n"}
    export = b'// The consent gate.\nexport { gateRequest } from "./consent_requests.js";\n'
    return {**host_sources(CONSENT_FILES), "gate.js": export}


def _release_module(digest: str, names: list[str]) -> bytes:
    head = "// The release of these files, compiled by edgewise: its digest, and what pages may import."
    return f"{head}\nexport const digest = {json.dumps(digest)};\nexport const files = {json.dumps(names)};\n".encode()


def _worker_entry(digest: str) -> bytes:
    """The script that browsers compare byte by byte, to see that there is another release."""
    return f'// The service worker of release {digest}, compiled by edgewise.\nimport "./offline.js";\n'.encode()
