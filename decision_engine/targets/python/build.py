"""The artefact of the target `python`: the emitted module, tables, the Python host, and a program to run them."""

from __future__ import annotations

from pathlib import Path

from decision_engine import hosts
from decision_engine.artefact import Artefact, artefact, tables_json
from decision_engine.ir import Program
from decision_engine.targets.python.emit import emit_python, python_choices

TARGET = "python"
HOST_PACKAGE = "edgewise_host"
"""The name of the host's package in the artefact."""

_HOST = Path(hosts.__file__).parent / "python"
_COPIED = ("*.py", "visitor/*.py")
_SERVICE = tuple(f"{folder}/*.py" for folder in ("consent", "hybrid", "profile", "records", "service"))
"""What the stages of a service are made of; in artefacts of registries that configure one."""


def build_python(program: Program) -> Artefact:
    """`program.py`, `tables.json`, the package `edgewise_host`, and `decide.py`, which runs with nothing installed."""
    decide = (Path(__file__).parent / "decide.py").read_bytes()
    return artefact(TARGET, program, {**python_files(program), "decide.py": decide}, python_choices(program))


def python_files(program: Program) -> dict[str, bytes]:
    """What every Python artefact holds: `program.py`, `tables.json` and the package `edgewise_host`."""
    return {
        "program.py": emit_python(program).encode(),
        "tables.json": tables_json(program),
        **host_files(has_service=program.service is not None),
    }


def host_files(*, has_service: bool = False) -> dict[str, bytes]:
    """The Python host as the package `edgewise_host`: its files by their path."""
    patterns = (*_COPIED, *_SERVICE) if has_service else _COPIED
    paths = sorted(path for pattern in patterns for path in _HOST.glob(pattern))
    return {f"{HOST_PACKAGE}/{path.relative_to(_HOST).as_posix()}": path.read_bytes() for path in paths}
