"""The artefact of the target `javascript`: the emitted module, tables, the host, and a program to run them."""

from __future__ import annotations

from pathlib import Path

from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.hosts.javascript import host_sources
from decision_engine.ir import Program
from decision_engine.targets.javascript.emit import emit_javascript, javascript_choices

TARGET = "javascript"

_PACKAGE = b'{\n  "private": true,\n  "type": "module"\n}\n'
"""Makes node read `.js` files as ES modules."""


def build_javascript(program: Program) -> Artefact:
    """`program.js`, `tables.js`, the modules of the host in `host/`, and `decide.mjs`, which runs in node alone."""
    return artefact(
        TARGET,
        program,
        {
            "program.js": emit_javascript(program).encode(),
            "tables.js": tables_module(program),
            "decide.mjs": (Path(__file__).parent / "decide.mjs").read_bytes(),
            "package.json": _PACKAGE,
            **{f"host/{name}": content for name, content in host_sources().items()},
        },
        javascript_choices(program),
    )
