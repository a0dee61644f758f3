"""`edgewise dev`: serve a registry, compile it again when it changes, keep the last good program when it is broken."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from decision_engine.artefact import Artefact
from decision_engine.operators import SIGNATURES
from feature_registry import RegistryError, load
from infra.dev.python_server import PythonServer
from infra.dev.watch import snapshot
from infra.dev.workerd import Workerd, check_port_free, find_workerd
from infra.errors import EngineError
from infra.folders import write_files
from infra.targets import build as build_artefact

POLL_SECONDS = 0.3
RUNTIMES = ("auto", "workerd", "python")


class Runtime(Protocol):
    """What serves an artefact; `show` replaces it by another one."""

    name: str
    target: str

    def show(self, artefact: Artefact) -> None:
        """Serve this artefact from now on."""

    def stop(self) -> None:
        """Stop serving."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address as people paste it."""
        return f"http://{self.host}:{self.port}"


class WorkerdRuntime:
    """Serves the cloudflare artefact in workerd; each new artefact gets a fresh folder and a fresh process."""

    name = "workerd"
    target = "cloudflare"

    def __init__(self, binary: Path, address: Address) -> None:
        self._binary = binary
        self._address = address
        self._root = Path(tempfile.mkdtemp(prefix="edgewise-dev-"))
        self._count = 0
        self._running: Workerd | None = None

    def show(self, artefact: Artefact) -> None:
        """Write the artefact, then change processes: the pause is the start of one, some 30 ms."""
        self._count += 1
        folder = self._root / str(self._count)
        write_files(artefact.files, folder)
        if self._running is not None:
            self._running.stop()
        self._running = Workerd(self._binary, folder, self._address.host, self._address.port)
        self._running.start()

    def stop(self) -> None:
        """End the process and remove what was written."""
        if self._running is not None:
            self._running.stop()
        shutil.rmtree(self._root, ignore_errors=True)


class PythonRuntime:
    """Serves the python artefact in this process: the same answers without node."""

    name = "the Python host"
    target = "python"

    def __init__(self, address: Address) -> None:
        self._server = PythonServer(address.host, address.port)

    def show(self, artefact: Artefact) -> None:
        """Exchange the program; requests under way finish with the old one."""
        self._server.show(artefact)

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()


def open_runtime(wanted: str, address: Address) -> Runtime:
    """workerd where it is installed, else the Python host; or the one that is wanted. Raises EngineError."""
    check_port_free(address.host, address.port)
    binary = None if wanted == "python" else find_workerd()
    if binary is not None:
        return WorkerdRuntime(binary, address)
    if wanted == "workerd":
        raise EngineError("no-workerd", "workerd is not installed here", "run `npm ci`, or use `--runtime python`")
    return PythonRuntime(address)


def build(path: Path, target: str) -> Artefact:
    """Load, check and compile the registry for a target. Raises RegistryError."""
    return build_artefact(target, load(path, SIGNATURES))


def serve(path: Path, runtime: Runtime, on_change: Callable[[Artefact | RegistryError], None]) -> None:
    """Serve until interrupted. A registry that is broken at the start is raised as RegistryError; later it is only
    told."""
    seen = snapshot(path)
    try:
        artefact = build(path, runtime.target)
        runtime.show(artefact)
        on_change(artefact)
        while True:
            time.sleep(POLL_SECONDS)
            current = snapshot(path)
            if current != seen:
                seen = _settled(path)
                on_change(_reload(path, runtime))
    finally:
        runtime.stop()


def _reload(path: Path, runtime: Runtime) -> Artefact | RegistryError:
    try:
        artefact = build(path, runtime.target)
    except RegistryError as broken:
        return broken
    runtime.show(artefact)
    return artefact


def _settled(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Wait until an editor has finished writing: two equal looks in a row."""
    last = snapshot(path)
    while True:
        time.sleep(0.05)
        current = snapshot(path)
        if current == last:
            return current
        last = current
