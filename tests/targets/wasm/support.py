"""What the tests of the wasm target share: emitting a program of forests alone, and wabt's tools on the bytes."""

import subprocess
from pathlib import Path

import pytest

from decision_engine.ir.nodes import Program
from decision_engine.targets.wasm import WasmArtefact, emit_wasm
from decision_engine.targets.wasm.emit import MEMORY_LIMIT_BYTES
from decision_engine.trees import Forest
from tests.conftest import ROOT, require_node

ALWAYS_NODE_TABLE = 0
"""A memory limit that leaves no forest its bit vectors."""


def forests_program(*forests: Forest) -> Program:
    """A program without decisions."""
    return Program("sha256:" + "0" * 64, (), (), (), forests, (), (), (), (), None)


def emit_forests(*forests: Forest, memory_limit_bytes: int = MEMORY_LIMIT_BYTES) -> WasmArtefact:
    """The artefact of `forests_program`."""
    return emit_wasm(forests_program(*forests), memory_limit_bytes=memory_limit_bytes)


def wabt(tool: str, *arguments: str | Path) -> None:
    """Run one of wabt's programs; fail with what it says."""
    require_node()
    path = ROOT / "node_modules" / ".bin" / tool
    if not path.exists():
        pytest.skip("needs wabt: run `npm ci`")
    done = subprocess.run([str(path), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def validate(content: bytes, folder: Path) -> None:
    """Fail unless wasm-validate accepts the module."""
    path = folder / "module.wasm"
    path.write_bytes(content)
    wabt("wasm-validate", path)
