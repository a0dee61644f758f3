"""Runs `edgewise dev` as its users do: as a process whose events are read line by line."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = ROOT / "examples" / "online_shop" / "registry"
COMMAND = [sys.executable, "-m", "infra.cli.main", "dev"]
PATIENCE = 60.0
STOP = signal.SIGINT


class Edge:
    """A running `edgewise dev --json`."""

    def __init__(self, process: subprocess.Popen[str], temporary: Path) -> None:
        self.process = process
        self.temporary = temporary
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.serving = self.event("serving")

    @property
    def port(self) -> int:
        return int(str(self.serving["url"]).rpartition(":")[2])

    def event(self, wanted: str) -> dict[str, Any]:
        """The next event, which is the one wanted."""
        line = self._lines.get(timeout=PATIENCE)
        assert line is not None, f"the process ended: {self.process.wait(PATIENCE)}"
        found: dict[str, Any] = json.loads(line)
        assert found["event"] == wanted, found
        return found

    def ask(self, target: str, body: object = None) -> Any:
        """GET, or POST of a body as JSON; the answer's JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            if body is None:
                connection.request("GET", target)
            else:
                connection.request("POST", target, json.dumps(body))
            response = connection.getresponse()
            assert response.status == 200
            return json.loads(response.read())
        finally:
            connection.close()

    def outcome(self, decision: str, request: object) -> str:
        return str(self.ask("/.edgewise/decide", request)["decisions"][decision]["outcome"])

    def end(self, number: signal.Signals = STOP) -> int:
        """Send a signal, and wait for the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def children(self) -> list[int]:
        """The ids of the processes that it started."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)


@contextmanager
def running(registry: Path, temporary: Path, *options: str) -> Iterator[Edge]:
    """Serve a registry at a free port; `temporary` is the process's folder for temporary files."""
    command = [*COMMAND, str(registry), "--port", "0", "--json", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        try:
            yield Edge(process, temporary)
        finally:
            if process.poll() is None:
                process.send_signal(STOP)
                process.wait(PATIENCE)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended, and was not waited for, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
