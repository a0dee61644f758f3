"""Writes the programs of all groups to a folder, for the runtimes to load.

FOLDER/host/*.js                    the JavaScript host and worker.js
FOLDER/edgewise_host/*.py           the Python host
FOLDER/programs/0-on/program.js     each group's program by every target, with passes `on` and `off`; its tables
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import functions.edge
from decision_engine.artefact import tables_json, tables_module
from decision_engine.hosts.javascript import FETCH_ADAPTER
from decision_engine.hosts.javascript import FOLDER as JAVASCRIPT_HOST
from decision_engine.models import Models, load_models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.python import emit_python
from decision_engine.targets.python.build import HOST_PACKAGE, build_python
from decision_engine.targets.wasm import emit_wasm
from feature_registry import Registry, load
from functions.edge.browser.page_tables import page_tables_module
from functions.edge.cloudflare import worker_sources
from tests.conformance.cases import FOLDER, Group, Json, groups

MODELS = FOLDER / "models"
"""The model files that registries of cases name, as `models/NAME`."""

_EDGE = Path(functions.edge.__file__).parent
ADAPTERS = (
    JAVASCRIPT_HOST / FETCH_ADAPTER,
    _EDGE / "lambda_edge" / "events.js",
    *(
        _EDGE / "browser" / name
        for name in ("decide.js", "page_elements.js", "page_encode.js", "page_hash.js", "page_values.js")
    ),
)
"""What stands between a platform and the host."""

_PACKAGE = '{"type": "module"}\n'
"""Makes node read `.js` files as ES modules."""

PASSES = ("off", "on")


def load_registry(document: Json) -> tuple[Registry, Models]:
    """The registry of a document, with its models. Raises RegistryError."""
    with tempfile.TemporaryDirectory(prefix="edgewise-case-") as folder:
        if "models" in document:
            copy_models(Path(folder))
        path = Path(folder) / "registry.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        registry = load(path, SIGNATURES)
    return registry, load_models(registry)


def copy_models(folder: Path) -> None:
    """Put the models where the documents of cases name them: `models/NAME` in the registry's folder."""
    (folder / "models").mkdir()
    for path in MODELS.iterdir():
        if path.suffix in (".txt", ".json", ".ubj"):
            shutil.copy(path, folder / "models")


def program_folder(folder: Path, group: Group, passes: str) -> Path:
    """Where the program of a group stands."""
    return folder / "programs" / f"{group.number}-{passes}"


def write_programs(folder: Path, passes: str) -> None:
    """Write the programs of all groups with passes `on` or `off`."""
    for group in groups():
        registry, models = load_registry(group.registry)
        write_program(program_folder(folder, group, passes), registry, models, passes=passes == "on")


def write_program(target: Path, registry: Registry, models: Models, *, passes: bool) -> None:
    """Write one program: `program.js`, `program.py`, `program.wasm`, `tables.json`, `tables.js`."""
    program = compile_program(registry, models, passes=passes)
    target.mkdir(parents=True)
    (target / "program.js").write_text(emit_javascript(program), encoding="utf-8")
    (target / "package.json").write_text(_PACKAGE, encoding="utf-8")
    (target / "program.py").write_text(emit_python(program), encoding="utf-8")
    (target / "program.wasm").write_bytes(emit_wasm(program).content)
    (target / "tables.json").write_bytes(tables_json(program))
    (target / "tables.js").write_bytes(tables_module(program))
    (target / "page_tables.js").write_bytes(page_tables_module(program))


def write_javascript_host(folder: Path) -> None:
    """Write the files of the JavaScript host and of the platforms' adapters to a new folder."""
    folder.mkdir()
    adapters = {path.name: path.read_bytes() for path in ADAPTERS}
    for name, content in {**worker_sources(), **adapters}.items():
        (folder / name).write_bytes(content)
    (folder / "package.json").write_text(_PACKAGE, encoding="utf-8")


def write_hosts(folder: Path) -> None:
    """Write both hosts, once for all programs."""
    write_javascript_host(folder / "host")
    registry, models = load_registry(groups()[0].registry)
    (folder / HOST_PACKAGE).mkdir()
    for path, content in build_python(compile_program(registry, models)).files.items():
        if path.startswith(f"{HOST_PACKAGE}/"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
