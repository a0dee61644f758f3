"""Workers side by side in one workerd, each at a port of its own, and the load that wrk puts on them."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from decision_engine.compact_json import compact
from functions.edge.cloudflare.config import COMPATIBILITY_DATE
from infra.bench.node import find_package
from infra.dev.workerd import START_SECONDS, Workerd, find_workerd, free_port
from infra.errors import EngineError
from infra.folders import write_files

HOST = "127.0.0.1"
CYCLE = Path(__file__).with_name("cycle.lua")
CONSTANT = Path(__file__).with_name("constant_worker.js")

_POLL_SECONDS = 0.0005
_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: .*")
_KINDS = {"js": "esModule", "wasm": "wasm"}


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker's modules by name; the first is its entry.

    `texts` are its variables, `services` other workers that it is bound to, by the binding's name.
    """

    name: str
    modules: Mapping[str, bytes]
    texts: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """Workers written into a folder, and the port of each."""

    binary: Path
    folder: Path
    ports: Mapping[str, int]

    def process(self) -> Workerd:
        """A workerd that serves all of them; use as a context manager."""
        return Workerd(self.binary, self.folder, HOST, next(iter(self.ports.values())))


def constant_worker(name: str, answer: str) -> Worker:
    """A worker that answers one text to everything, with the headers of Edgewise's answers."""
    body = f"export default {compact(answer)};\n".encode()
    return Worker(name, {"constant.js": CONSTANT.read_bytes(), "body.js": body})


def write_service(folder: Path, workers: Sequence[Worker], *, cf_header: str = "") -> Service:
    """Write the workers and workerd's configuration. `cf_header` lets requests bring what Cloudflare knows. Raises
    EngineError when workerd is not installed."""
    binary = find_workerd()
    if binary is None:
        raise EngineError("no-workerd", "workerd is not installed", "run `npm ci`")
    for number, worker in enumerate(workers):
        write_files(worker.modules, folder / f"worker_{number}")
    ports = {worker.name: free_port() for worker in workers}
    (folder / "config.capnp").write_text(_config(workers, ports, cf_header))
    return Service(binary, folder, ports)


def bundle(entry: str, folder: Path, *, minify: bool = False) -> bytes:
    """One ES module of an entry's text and all that it imports; `./program.wasm` stays an import of its own.

    Written to a new `folder`. Raises EngineError when esbuild is not installed or fails.
    """
    program = find_package("esbuild") / "bin" / "esbuild"
    write_files({"entry.js": entry.encode()}, folder)
    options = ["--bundle", "--format=esm", "--platform=browser", "--external:./program.wasm", "--log-level=error"]
    if minify:
        options.append("--minify")
    out = folder / "bundle.js"
    command = [str(program), str(folder / "entry.js"), *options, f"--outfile={out}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EngineError("command-failed", f"esbuild failed: {done.stderr.strip()[:400]}")
    return out.read_bytes()


def find_wrk() -> str:
    """The program wrk. Raises EngineError when it is not installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise EngineError("no-wrk", "wrk is not installed", "run `apt-get install wrk`")
    return wrk


def request_microseconds(port: int, connections: int, seconds: float, lines: Path) -> float:
    """Microseconds a request, as the inverse of requests a second over kept connections.

    `lines` is a file of requests for cycle.lua. Raises EngineError when one of them fails.
    """
    options = ["-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(CYCLE)]
    command = [find_wrk(), *options, f"http://{HOST}:{port}", "--", str(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rate = _RATE.search(done.stdout)
    failed = _FAILED.search(done.stdout)
    if rate is None or failed is not None or float(rate.group(1)) == 0:
        raise EngineError("load-failed", f"wrk reports: {(failed.group() if failed else done.stderr).strip()}")
    return 1e6 / float(rate.group(1))


def first_answer_microseconds(service: Service, target: str) -> float:
    """From the start of a process to the end of its first answer, then end it. Raises EngineError when none comes."""
    (port,) = service.ports.values()
    command = [str(service.binary), "serve", "config.capnp"]
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=service.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while not (answer := _ask(port, target)):
                if process.poll() is not None or time.perf_counter() - start > START_SECONDS:
                    raise EngineError("workerd-failed", "workerd did not start")
                time.sleep(_POLL_SECONDS)
            taken = time.perf_counter() - start
        finally:
            process.kill()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise EngineError("load-failed", f"the first answer is `{answer[:40].decode(errors='replace')}`")
    return taken * 1e6


def _ask(port: int, target: str) -> bytes:
    """An answer as bytes; empty when nothing listens yet. The port opens before the worker's modules are read."""
    try:
        with socket.create_connection((HOST, port), START_SECONDS) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError:
        return b""


def _config(workers: Sequence[Worker], ports: Mapping[str, int], cf_header: str) -> str:
    http = f'cfBlobHeader = "{cf_header}"' if cf_header else ""
    names = {worker.name: f"worker{number}" for number, worker in enumerate(workers)}
    sockets = [
        f'    (name = "{"http" if number == 0 else names[name]}", address = "{HOST}:{port}", http = ({http}), '
        f'service = "{names[name]}"),'
        for number, (name, port) in enumerate(ports.items())
    ]
    return "\n".join(
        [
            'using Workerd = import "/workerd/workerd.capnp";',
            "const config :Workerd.Config = (",
            "  services = [",
            *(f'    (name = "{name}", worker = .{name}),' for name in names.values()),
            "  ],",
            "  sockets = [",
            *sockets,
            "  ],",
            ");",
            *(line for number, worker in enumerate(workers) for line in _worker(number, worker, names)),
            "",
        ]
    )


def _worker(number: int, worker: Worker, names: Mapping[str, str]) -> list[str]:
    bindings = [f"    (name = {compact(name)}, text = {compact(text)})," for name, text in worker.texts.items()]
    bindings += [f'    (name = {compact(name)}, service = "{names[to]}"),' for name, to in worker.services.items()]
    modules = [
        f'    (name = "{name}", {_KINDS[name.rsplit(".", 1)[1]]} = embed "worker_{number}/{name}"),'
        for name in worker.modules
    ]
    return [
        f"const worker{number} :Workerd.Worker = (",
        "  modules = [",
        *modules,
        "  ],",
        "  bindings = [",
        *bindings,
        "  ],",
        f'  compatibilityDate = "{COMPATIBILITY_DATE}",',
        ");",
    ]
