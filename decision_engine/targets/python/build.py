"""The artefact of the target `python`: the emitted module, tables, the Python host, and a program to run them."""

from __future__ import annotations

from pathlib import Path

from decision_engine import hosts
from decision_engine.artefact import Artefact, artefact, tables_json
from decision_engine.ir import Program
from decision_engine.targets.python.emit import emit_python

TARGET = "python"
HOST_PACKAGE = "edgewise_host"
"""The name of the host's package in the artefact."""

_HOST = Path(hosts.__file__).parent / "python"


def build_python(program: Program) -> Artefact:
    """`program.py`, `tables.json`, the package `edgewise_host`, and `decide.py`, which runs with nothing installed."""
    return artefact(
        TARGET,
        program,
        {
            "program.py": emit_python(program).encode(),
            "tables.json": tables_json(program),
            "decide.py": (Path(__file__).parent / "decide.py").read_bytes(),
            **{f"{HOST_PACKAGE}/{path.name}": path.read_bytes() for path in sorted(_HOST.glob("*.py"))},
        },
    )
