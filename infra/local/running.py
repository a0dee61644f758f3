"""An application served from a thread, on a port of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from infra.errors import EngineError

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """Where it is served."""

    host: str
    port: int

    def address(self, path: str = "/") -> str:
        """The address of a path."""
        return f"http://{self.host}:{self.port}{path}"


@contextmanager
def serve_in_background(app: ASGIApp) -> Iterator[Running]:
    """Serve an application until the block ends. Raises EngineError when it does not begin."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        patience = time.monotonic() + _PATIENCE_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > patience:
                raise EngineError("no-answer", "expected the local server to begin, found that it did not")
            time.sleep(0.01)
        try:
            yield Running(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_SECONDS)
