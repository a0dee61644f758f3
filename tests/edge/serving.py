"""The registry of these tests as a Cloudflare worker in workerd, and as a Python host."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from decision_engine.artefact import Artefact
from decision_engine.hosts.python import Host
from functions.edge.cloudflare import CF_HEADER, COMPILED_FILES, WORKER_FILES, workerd_config
from infra.dev import Workerd, build, find_workerd, free_port
from infra.dev.python_server import PythonServer, host_of

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = Path(__file__).with_name("data") / "registry.json"
LOCAL = "127.0.0.1"

DECIDE = "/.edgewise/decide"
HEALTH = "/.edgewise/health"
RELEASE = "/.edgewise/release"
FLAGS = "/ofrep/v1/evaluate/flags"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each decision."""
        assert self.status == 200
        return {name: decided["outcome"] for name, decided in self.json["decisions"].items()}


@dataclass(frozen=True, slots=True)
class Server:
    """What listens at a local port."""

    port: int
    process: Workerd | None = None

    @property
    def url(self) -> str:
        return f"http://{LOCAL}:{self.port}"

    def ask(
        self,
        method: str,
        target: str,
        body: bytes | Iterable[bytes] | None = None,
        *,
        cf: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; `cf` is what Cloudflare knows of the visitor. A body in pieces is sent in chunks."""
        sent = dict(headers or {}) | ({} if cf is None else {CF_HEADER: json.dumps(cf)})
        connection = http.client.HTTPConnection(LOCAL, self.port, timeout=30)
        try:
            # A worker that has read enough answers, and hangs up on the rest.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, target, body, sent)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()


@cache
def artefact(target: str) -> Artefact:
    """The registry compiled for `cloudflare` or `python`."""
    return build(REGISTRY, target)


def python_host(on_error: Callable[[BaseException], None] | None = None) -> Host:
    """The Python host that must answer as the worker does."""
    return host_of(Artefact("cloudflare", artefact("python").files), on_error=on_error)


@contextmanager
def worker(folder: Path, *, origin: str | None = None, changed: Mapping[str, bytes] | None = None) -> Iterator[Server]:
    """The worker in workerd, with what Cloudflare knows given in a header; files may be `changed`."""
    config = workerd_config([*WORKER_FILES, *COMPILED_FILES], cf_header=CF_HEADER, origin=origin)
    for name, content in {**artefact("cloudflare").files, "config.capnp": config.encode(), **(changed or {})}.items():
        path = folder / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with running(folder) as server:
        yield server


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """workerd in a folder with an artefact and its `config.capnp`."""
    binary = find_workerd()
    assert binary is not None, "the mark `node` has looked for it"
    port = free_port()
    with Workerd(binary, folder, LOCAL, port) as process:
        yield Server(port, process)


@contextmanager
def python_server() -> Iterator[Server]:
    """The Python host behind its server."""
    port = free_port()
    server = PythonServer(LOCAL, port)
    try:
        server.show(artefact("python"))
        yield Server(port)
    finally:
        server.stop()


def assemble(text: str, folder: Path) -> bytes:
    """The WebAssembly module of a text."""
    source, module = folder / "module.wat", folder / "module.wasm"
    source.write_text(text, encoding="utf-8")
    subprocess.run([ROOT / "node_modules" / ".bin" / "wat2wasm", source, "-o", module], check=True)
    return module.read_bytes()
