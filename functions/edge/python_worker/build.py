"""The artefact of the target `python-worker`: the Python Worker's modules, and the configuration that runs them."""

from __future__ import annotations

from pathlib import Path

from decision_engine.artefact import Artefact, artefact, tables_json
from decision_engine.ir import Program
from decision_engine.targets.python.build import python_files
from decision_engine.targets.python.emit import python_choices
from functions.edge.python_worker.config import workerd_config, wrangler_config

TARGET = "python-worker"
ENTRY = "worker.py"


def build_python_worker(program: Program) -> Artefact:
    """The worker with its host, `program.py` and `tables.py`; and what configures workerd and wrangler."""
    files = {name: content for name, content in python_files(program).items() if name.endswith(".py")}
    modules = {
        ENTRY: Path(__file__).with_name(ENTRY).read_bytes(),
        "tables.py": _tables_module(program),
        **files,
    }
    return artefact(
        TARGET,
        program,
        {
            **modules,
            "config.capnp": workerd_config(modules).encode(),
            "wrangler.toml": wrangler_config(ENTRY).encode(),
        },
        python_choices(program),
    )


def _tables_module(program: Program) -> bytes:
    """`tables.json` as a module: the runtime imports Python, and reading files is not the same in all its versions."""
    head = f'"""The tables of registry {program.registry}, compiled by edgewise."""'
    return f"{head}\n\nimport json\n\nTABLES = json.loads({tables_json(program).decode().strip()!r})\n".encode()
