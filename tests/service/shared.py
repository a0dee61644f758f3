"""The registry of these tests as a service, in Python and in JavaScript."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.hosts.python.service import Ports, Service, read_keys
from decision_engine.hosts.python.service.stages import Standing
from decision_engine.hosts.python.service.trail import Trail
from decision_engine.ir import Program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.tables import tables
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from feature_registry import Registry, load
from infra.engines.python import load_module

REGISTRY = Path(__file__).with_name("registry.json")
RUNNER = Path(__file__).with_name("runner.mjs")

Http = Mapping[str, Any]
"""A request as JSON: method, target, headers, body (text), geo, at, new_id."""


@cache
def registry() -> Registry:
    return load(REGISTRY, SIGNATURES)


@cache
def program() -> Program:
    return compile_program(registry())


@cache
def python_host() -> Host:
    return Host(tables(program()), load_module(emit_python(program())), target="test")


class Texts:
    """A KV that holds texts."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def get(self, key: str, timeout: float) -> str | None:
        return self._texts.get(key)


def python_service(setup: Mapping[str, Any], **ports: Any) -> Service:
    """A service as `setup` has it: keys, kv, killed, withdrawn."""
    withdrawn, kv = setup.get("withdrawn"), setup.get("kv")

    def standing_of(pseudonym: str, _: int) -> Standing:
        return Standing(**(withdrawn or {}).get(pseudonym, {}))

    given = Ports(
        keys=read_keys(json.dumps(setup["keys"]) if "keys" in setup else None),
        kv=None if kv is None else Texts(kv),
        killed=setup.get("killed", False),
        standing_of=None if withdrawn is None else standing_of,
        **ports,
    )
    return Service(tables(program()), python_host(), given)


def http_request(http: Http) -> HttpRequest:
    return HttpRequest(
        method=http["method"],
        target=http["target"],
        at=http["at"],
        new_id=lambda: str(http.get("new_id", "drawn")),
        headers=http.get("headers", {}),
        body=http.get("body", "").encode(),
        geo=http.get("geo", {}),
    )


def shown(trail: Trail) -> dict[str, Any]:
    """What a request came to, in the form of runner.mjs."""
    response = trail.response
    assert response is not None
    rulings = None if trail.gate is None else [[one.purpose, one.allowed, one.basis] for one in trail.gate.rulings]
    features = trail.known.features
    return {
        "status": response.status,
        "cookie": response.headers.get("set-cookie"),
        "body": response.body.decode(),
        "rulings": rulings,
        "features": None if features is None else dict(features),
    }


def write_folder(folder: Path, of: Program | None = None) -> Path:
    """What runner.mjs needs, of these tests' program by default."""
    written = of or program()
    (folder / "tables.json").write_text(json.dumps(tables(written)), encoding="utf-8")
    (folder / "program.wasm").write_bytes(emit_wasm(written, reader=True).content)
    return folder


def run_node(folder: Path, operations: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The JavaScript service's answer to each operation."""
    lines = "".join(json.dumps(operation) + "\n" for operation in operations)
    command = [shutil.which("node") or "node", RUNNER, folder]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(operations), done.stderr.decode()
    return answers
