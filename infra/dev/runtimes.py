"""What serves an artefact on this machine: workerd, or the Python host with the same answers."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from decision_engine.artefact import Artefact
from infra.dev.python_server import PythonServer
from infra.dev.workerd import Workerd, check_port_free, find_workerd
from infra.errors import EngineError
from infra.folders import write_files

RUNTIMES = ("auto", "workerd", "python")
"""What can be asked for; `auto` is workerd where it is installed."""

MOST_RESTARTS = 5
RESTART_WINDOW_SECONDS = 60.0


class Runtime(Protocol):
    """What serves an artefact; `show` replaces it by another one."""

    name: str
    target: str

    def show(self, artefact: Artefact) -> None:
        """Serve this artefact from now on. Raises EngineError, and then the one before is still served."""

    def revive(self) -> str | None:
        """Start again what ended by itself, and tell how it ended; None while all is well. Raises EngineError when it
        ends again and again."""

    def said(self) -> Sequence[str]:
        """The lines said since this was last asked."""

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
        return f"http://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port; an IPv6 address stands in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


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
        self._read = 0
        self._restarts: deque[float] = deque(maxlen=MOST_RESTARTS)

    def show(self, artefact: Artefact) -> None:
        """Write the artefact, then change processes: the pause is the start of one, some 30 ms."""
        self._count += 1
        folder = self._root / str(self._count)
        write_files(artefact.files, folder)
        before, self._running = self._running, self._process(folder)
        if before is not None:
            before.stop()
        try:
            self._start(self._running)
        except EngineError:
            self._running = before
            if before is not None:
                self._start(before)
            raise
        if before is not None:
            shutil.rmtree(before.folder, ignore_errors=True)

    def revive(self) -> str | None:
        """Start workerd again when it has ended."""
        process = self._running
        if process is None or process.is_running:
            return None
        reason = f"workerd ended by itself with {process.ending}"
        now = time.monotonic()
        if len(self._restarts) == MOST_RESTARTS and now - self._restarts[0] < RESTART_WINDOW_SECONDS:
            times = f"{MOST_RESTARTS + 1} times within {RESTART_WINDOW_SECONDS:.0f} seconds"
            said = process.log().strip().splitlines()
            message = f"{reason}, {times}" + (f": {said[-1]}" if said else "")
            raise EngineError("workerd-died", message, "use `--runtime python`, and report what it said")
        self._restarts.append(now)
        self._start(process)
        return reason

    def said(self) -> Sequence[str]:
        """What the worker has written to its console, and workerd itself."""
        text = self._running.log()[self._read :] if self._running is not None else ""
        whole = text[: text.rfind("\n") + 1]
        self._read += len(whole)
        return whole.splitlines()

    def stop(self) -> None:
        """End the process and remove what was written."""
        if self._running is not None:
            self._running.stop()
        shutil.rmtree(self._root, ignore_errors=True)

    def _process(self, folder: Path) -> Workerd:
        return Workerd(self._binary, folder, self._address.host, self._address.port)

    def _start(self, process: Workerd) -> None:
        self._read = 0
        process.start()


class PythonRuntime:
    """Serves the python artefact in this process: the same answers without node."""

    name = "the Python host"
    target = "python"

    def __init__(self, address: Address) -> None:
        self._server = PythonServer(address.host, address.port)

    def show(self, artefact: Artefact) -> None:
        """Exchange the program; requests under way finish with the old one."""
        self._server.show(artefact)

    def revive(self) -> str | None:
        """A thread of this process cannot be started again: its end is an error."""
        if not self._server.is_running:
            raise EngineError("server-failed", "the Python host ended by itself", "run it again")
        return None

    def said(self) -> Sequence[str]:
        """Why answers were neutral."""
        return self._server.said()

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
