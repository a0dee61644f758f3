"""Runs the Cloudflare worker in workerd, with tables and a program made by hand."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.edge.cloudflare import CF_HEADER, COMPILED_FILES, WORKER_FILES, worker_module, workerd_config
from tests.edge import serving
from tests.edge.serving import LOCAL, Answer, Server
from tests.hosts.engine import assemble
from tests.hosts.python.shared import FOLDER


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that listens on a local port."""

    port: int

    def ask(self, method: str, target: str, body: Any = None, cf: Any = None, **headers: str) -> Answer:
        """Send a request; `cf` is what Cloudflare would know. A body that is an iterable is sent in chunks."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return Server(self.port).ask(method, target, body, cf=cf, headers=sent)

    def send(self, raw: bytes) -> bytes:
        """Send bytes as they are, and read until the worker closes or falls silent."""
        with socket.create_connection((LOCAL, self.port), timeout=2) as connection:
            connection.sendall(raw)
            received = b""
            try:
                while part := connection.recv(65536):
                    received += part
            except TimeoutError:
                pass
            return received


def write_artefact(folder: Path, **options: Any) -> None:
    """Write all that workerd needs."""
    (folder / WORKER_FILES[0]).write_bytes(worker_module())
    tables = (FOLDER / "tables.json").read_text(encoding="utf-8")
    (folder / "tables.js").write_text(f"export default {tables.strip()};\n", encoding="utf-8")
    assemble(folder / "program.wasm")
    config = workerd_config([*WORKER_FILES, *COMPILED_FILES], cf_header=CF_HEADER, **options)
    (folder / "config.capnp").write_text(config, encoding="utf-8")


@contextmanager
def running(folder: Path) -> Iterator[Worker]:
    """Start workerd in a folder with an artefact."""
    with serving.running(folder) as server:
        yield Worker(server.port)
