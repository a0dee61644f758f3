"""The Python host behind uvicorn, in a thread of this process: the local edge where workerd is not installed."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import uvicorn

from decision_engine.artefact import Artefact
from decision_engine.hosts.python import Answering, Host, open_host
from infra.dev.python_app import application
from infra.engines.python import load_module
from infra.errors import EngineError

KEYS_VARIABLE = "EDGEWISE_KEYS"
"""Names the keys as JSON: see docs/service.md."""

START_SECONDS = 10.0
STOP_SECONDS = 3
KEPT_LINES = 100


class PythonServer:
    """Serves the python artefact shown last at `host`:`port`; started by the first one."""

    def __init__(self, host: str, port: int) -> None:
        self._host: Answering | None = None
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        config = uvicorn.Config(
            application(self._current),
            host=host,
            port=port,
            log_level="critical",
            lifespan="off",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="edgewise-dev", daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether the server's thread lives."""
        return self._thread.is_alive()

    def show(self, artefact: Artefact) -> None:
        """Serve this artefact from now on. Raises EngineError when the server does not start."""
        self._host = answering_of(artefact, on_error=self._note)
        if not self._thread.is_alive():
            self._start()

    def said(self) -> Sequence[str]:
        """Why answers were neutral since this was last asked; the last 100 of them."""
        return [self._lines.popleft() for _ in range(len(self._lines))]

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(START_SECONDS)

    def _current(self) -> Answering:
        assert self._host is not None, "the server starts with its first artefact"
        return self._host

    def _note(self, fault: BaseException) -> None:
        self._lines.append(f"edgewise: served the neutral answer: {type(fault).__name__}: {fault}")

    def _start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise EngineError("server-failed", "the Python host did not start", "run again with another --port")
            time.sleep(0.01)


def answering_of(artefact: Artefact, *, on_error: Callable[[BaseException], None] | None = None) -> Answering:
    """The same with the stages that its registry configures; keys come from the variable EDGEWISE_KEYS."""
    tables = json.loads(artefact.files["tables.json"])
    decide = load_module(artefact.files["program.py"].decode())
    keys = os.environ.get(KEYS_VARIABLE)
    return open_host(tables, decide, target=artefact.target, on_error=on_error, keys=keys)


def host_of(artefact: Artefact, *, on_error: Callable[[BaseException], None] | None = None) -> Host:
    """The Python host of a python artefact."""
    tables = json.loads(artefact.files["tables.json"])
    return Host(tables, load_module(artefact.files["program.py"].decode()), target=artefact.target, on_error=on_error)
