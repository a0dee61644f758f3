"""The artefact of the target `fastly`: the sources that `fastly compute build` makes a package of."""

from __future__ import annotations

from pathlib import Path

from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.hosts.javascript import FETCH_ADAPTER, HOST_FILES, host_sources
from decision_engine.ir import Program
from decision_engine.targets.javascript import emit_javascript, javascript_choices
from functions.edge.fastly.config import fastly_manifest, package_manifest

TARGET = "fastly"
ENTRY = "worker.js"

_OWN_FILES = (ENTRY, "geo.js")


def build_fastly(program: Program) -> Artefact:
    """`worker.js` with the host, `program.js` and `tables.js`; and the manifests of its service and its build."""
    return artefact(
        TARGET,
        program,
        {
            **{name: Path(__file__).with_name(name).read_bytes() for name in _OWN_FILES},
            **host_sources((*HOST_FILES, FETCH_ADAPTER)),
            "program.js": emit_javascript(program).encode(),
            "tables.js": tables_module(program),
            "fastly.toml": fastly_manifest().encode(),
            "package.json": package_manifest().encode(),
        },
        javascript_choices(program),
    )
