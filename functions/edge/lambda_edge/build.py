"""The artefacts of the targets `lambda-edge-node` and `lambda-edge-python`: a function's zip, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from decision_engine.archives import zip_archive
from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.hosts.javascript import WASM_HOST_FILES, host_sources
from decision_engine.ir import Program
from decision_engine.targets.choice import ForestChoice
from decision_engine.targets.python import python_choices
from decision_engine.targets.python.build import python_files
from decision_engine.targets.wasm import emit_wasm, wasm_choices
from functions.edge.lambda_edge.config import NODE_RUNTIME, PYTHON_RUNTIME, function_settings

NODE_TARGET = "lambda-edge-node"
PYTHON_TARGET = "lambda-edge-python"

FUNCTION = "function.zip"
SETTINGS = "function.json"

_NODE_FILES = ("handler.mjs", "events.js")
_PYTHON_FILES = ("handler.py", "events.py")
_PACKAGE = b'{\n  "private": true,\n  "type": "module"\n}\n'
"""Makes node read `.js` files as ES modules."""


def build_lambda_edge_node(program: Program) -> Artefact:
    """`function.zip` with the program as WebAssembly behind the JavaScript host, and `function.json`."""
    return _artefact(NODE_TARGET, program, node_function_files(program), NODE_RUNTIME, wasm_choices(program))


def build_lambda_edge_python(program: Program) -> Artefact:
    """`function.zip` with the program as Python behind the Python host, and `function.json`."""
    return _artefact(PYTHON_TARGET, program, python_function_files(program), PYTHON_RUNTIME, python_choices(program))


def node_function_files(program: Program) -> dict[str, bytes]:
    """The files of the function in Node by name."""
    return {
        **_own(_NODE_FILES),
        **host_sources(WASM_HOST_FILES),
        "package.json": _PACKAGE,
        "program.wasm": emit_wasm(program).content,
        "tables.js": tables_module(program),
    }


def python_function_files(program: Program) -> dict[str, bytes]:
    """The files of the function in Python by name."""
    return {**_own(_PYTHON_FILES), **python_files(program)}


def _artefact(
    target: str, program: Program, files: Mapping[str, bytes], runtime: str, choices: tuple[ForestChoice, ...]
) -> Artefact:
    settings = function_settings(runtime).encode()
    return artefact(target, program, {FUNCTION: zip_archive(files), SETTINGS: settings}, choices)


def _own(names: tuple[str, ...]) -> dict[str, bytes]:
    return {name: Path(__file__).with_name(name).read_bytes() for name in names}
