"""What serves on this machine: a program that cannot run does not replace one that does, and failures are told."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from decision_engine.artefact import Artefact
from infra.dev import Address, Runtime, build, check_port_free, free_port, open_runtime
from infra.dev.runtimes import PythonRuntime, WorkerdRuntime
from infra.errors import EngineError
from tests.conftest import require_node
from tests.dev.edge import PATIENCE, REGISTRY

LOCAL = "127.0.0.1"
HEALTH = "/.edgewise/health"
FAILING = "def decide(vector):\n    raise ArithmeticError('no luck')\n"


@pytest.fixture
def address() -> Address:
    return Address(LOCAL, free_port())


@pytest.fixture
def workerd(address: Address) -> Iterator[Runtime]:
    require_node()
    runtime = open_runtime("workerd", address)
    yield runtime
    runtime.stop()


@pytest.fixture
def python(address: Address) -> Iterator[Runtime]:
    runtime = open_runtime("python", address)
    yield runtime
    runtime.stop()


def ask(address: Address, target: str) -> tuple[int, object]:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=PATIENCE)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def changed(artefact: Artefact, name: str, content: bytes) -> Artefact:
    assert name in artefact.files
    return replace(artefact, files={**artefact.files, name: content})


def told(runtime: Runtime) -> str:
    """The first line that the runtime says."""
    deadline = time.monotonic() + PATIENCE
    while not (lines := runtime.said()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return lines[0]


@pytest.mark.parametrize("name", ["worker.js", "config.capnp"])
def test_workerd_keeps_the_program_that_runs(workerd: Runtime, address: Address, name: str) -> None:
    artefact = build(REGISTRY, "cloudflare")
    workerd.show(artefact)
    before = ask(address, HEALTH)
    with pytest.raises(EngineError, match="workerd did not start: .") as refused:
        workerd.show(changed(artefact, name, b"%%%"))
    assert refused.value.diagnostics[0].code == "workerd-failed"
    assert ask(address, HEALTH) == before
    workerd.show(artefact)
    assert ask(address, HEALTH) == before


def test_workerd_tells_why_answers_are_neutral(workerd: Runtime, address: Address) -> None:
    artefact = build(REGISTRY, "cloudflare")
    made, failing = b"createWasmEngine(program)", b"{ decide() { throw new Error('no luck'); } }"
    worker = artefact.files["worker.js"]
    assert worker.count(made) == 1
    workerd.show(changed(artefact, "worker.js", worker.replace(made, failing)))
    assert ask(address, "/.edgewise/decide")[0] == 200
    assert "served the neutral answer: Error: no luck" in told(workerd)
    assert not workerd.said()


def test_the_python_host_tells_why_answers_are_neutral(python: Runtime, address: Address) -> None:
    artefact = build(REGISTRY, "python")
    python.show(changed(artefact, "program.py", FAILING.encode()))
    assert ask(address, "/.edgewise/decide")[0] == 200
    assert told(python) == "edgewise: served the neutral answer: ArithmeticError: no luck"
    assert not python.said()
    assert python.revive() is None
    python.stop()
    with pytest.raises(EngineError, match="ended by itself"):
        python.revive()


def test_without_node_the_python_host_serves(monkeypatch: pytest.MonkeyPatch, address: Address) -> None:
    monkeypatch.setattr("infra.dev.runtimes.find_workerd", lambda: None)
    assert isinstance(open_runtime("auto", address), PythonRuntime)
    with pytest.raises(EngineError, match="workerd is not installed"):
        open_runtime("workerd", address)


@pytest.mark.node
def test_with_node_workerd_serves(address: Address) -> None:
    runtime = open_runtime("auto", address)
    assert isinstance(runtime, WorkerdRuntime)
    runtime.stop()


@pytest.mark.node
def test_the_variable_names_the_binary(monkeypatch: pytest.MonkeyPatch, address: Address, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEWISE_WORKERD", str(tmp_path / "none"))
    with pytest.raises(EngineError, match="EDGEWISE_WORKERD names"):
        open_runtime("auto", address)


def test_ports_are_looked_at_before_anything_starts() -> None:
    with socket.create_server((LOCAL, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {port} of {LOCAL} cannot be used: address already in use"):
            check_port_free(LOCAL, port)
    with pytest.raises(EngineError, match="is no address of this machine"):
        check_port_free("no host", 0)


def test_addresses_can_be_pasted() -> None:
    assert Address(LOCAL, 80).url == "http://127.0.0.1:80"
    assert Address("::1", 80).url == "http://[::1]:80"
