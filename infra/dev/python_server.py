"""The Python host behind uvicorn, in a thread of this process: the local edge where workerd is not installed."""

from __future__ import annotations

import json
import threading
import time

import uvicorn

from decision_engine.artefact import Artefact
from decision_engine.hosts.python import Host
from infra.dev.python_app import application
from infra.engines.python import load_module
from infra.errors import EngineError

START_SECONDS = 10.0


class PythonServer:
    """Serves the python artefact shown last at `host`:`port`; started by the first one."""

    def __init__(self, host: str, port: int) -> None:
        self._host: Host | None = None
        config = uvicorn.Config(
            application(self._current), host=host, port=port, log_level="error", lifespan="off", access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="edgewise-dev", daemon=True)

    def show(self, artefact: Artefact) -> None:
        """Serve this artefact from now on. Raises EngineError when the server does not start."""
        self._host = host_of(artefact)
        if not self._thread.is_alive():
            self._start()

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(START_SECONDS)

    def _current(self) -> Host:
        assert self._host is not None, "the server starts with its first artefact"
        return self._host

    def _start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise EngineError("server-failed", "the Python host did not start", "run again with another --port")
            time.sleep(0.01)


def host_of(artefact: Artefact) -> Host:
    """The Python host of a python artefact."""
    tables = json.loads(artefact.files["tables.json"])
    return Host(tables, load_module(artefact.files["program.py"].decode()), target=artefact.target)
