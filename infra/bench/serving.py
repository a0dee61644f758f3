"""The worker in workerd under load: GET, all five decisions, beside a constant worker of the same configuration.

Two kinds of request: the whole session in the query (`d=`, some 570 bytes of JSON), and a known visitor's page view
with a cookie and client hints alone. Each round starts a fresh process for either worker, so the first second is a
cold one. wrk (Debian's package) makes the load, and each request is another session.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from decision_engine.compact_json import compact
from functions.edge.cloudflare.config import COMPATIBILITY_DATE
from infra.bench.example import program, requests
from infra.bench.node import SCRIPTS
from infra.bench.result import Row
from infra.dev.workerd import Workerd, find_workerd, free_port
from infra.engines.wasm import WasmEngine
from infra.errors import EngineError
from infra.folders import write_files
from infra.targets import TARGETS

HOST = "127.0.0.1"
CONNECTIONS = (1, 32)
ROUNDS = 5
STEADY_SECONDS = 4
WANTED = 0.65

_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: .*")


def measure_serving() -> list[Row]:
    """Requests a second of both workers: a fresh process's first second and the next ones, at 1 and 32 connections."""
    binary, wrk = find_workerd(), shutil.which("wrk")
    if binary is None:
        raise EngineError("no-workerd", "workerd is not installed", "run `npm ci`")
    if wrk is None:
        raise EngineError("no-wrk", "wrk is not installed", "run `apt-get install wrk`")
    rows = []
    for scenario, (lines, answer) in _scenarios().items():
        with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
            load = _Load(binary, wrk, Path(name), lines, answer)
            for connections in CONNECTIONS:
                rows += load.measure(scenario, connections)
    return rows


def _scenarios() -> dict[str, tuple[list[str], str]]:
    """For each kind of request: the lines for wrk, and the answer whose length is the median of the answers."""
    sessions = [f"/.edgewise/decide?d={quote(compact(request), safe='')}" for request, _ in requests()]
    identity = program().identity
    assert identity is not None, "the example names its visitors by a cookie"
    visitors = [
        f"/.edgewise/decide\t{identity.cookie}=visitor-{number:08}; theme=dark" for number in range(len(sessions))
    ]
    bare = [
        ({"units": {identity.unit: f"visitor-{number:08}"}, "device": {"mobile": False, "platform": "Windows"}}, at)
        for number, (_, at) in enumerate(requests())
    ]
    with WasmEngine(program()) as engine:
        return {
            "session in the query": (sessions, _median(engine.answers(requests()))),
            "known visitor": (visitors, _median(engine.answers(bare))),
        }


def _median(answers: Sequence[str]) -> str:
    return sorted(answers, key=len)[len(answers) // 2]


class _Load:
    """Both workers in a folder, ready to be started and loaded."""

    def __init__(self, binary: Path, wrk: str, folder: Path, lines: Sequence[str], answer: str) -> None:
        self._binary = binary
        self._wrk = wrk
        self._folder = folder
        self._ports = free_port(), free_port()
        self._requests = folder / "requests"
        self._requests.write_text("\n".join(lines) + "\n")
        _write_workers(folder, answer, self._ports)

    def measure(self, scenario: str, connections: int) -> list[Row]:
        """One row for the first second and one for the next ones: medians over rounds."""
        rounds = [self._round(connections) for _ in range(ROUNDS)]
        rows = []
        for index, what in enumerate(("first second", f"next {STEADY_SECONDS} s")):
            ours = statistics.median(rates[index][0] for rates in rounds)
            theirs = statistics.median(rates[index][1] for rates in rounds)
            ratio = statistics.median(rates[index][0] / rates[index][1] for rates in rounds)
            label = f"{scenario}, {connections} connection{'s' if connections > 1 else ''}, {what}"
            rows.append(Row(label, ours, "requests/s", "constant worker", theirs, ratio, WANTED))
        return rows

    def _round(self, connections: int) -> list[tuple[float, float]]:
        """(ours, constant) in the first second of a fresh process each, then in its next seconds."""
        rates: list[list[float]] = []
        for port in self._ports:
            with Workerd(self._binary, self._folder, HOST, self._ports[0]):
                rates.append([self._rate(port, connections, seconds) for seconds in (1, STEADY_SECONDS)])
        ours, constant = rates
        return list(zip(ours, constant, strict=True))

    def _rate(self, port: int, connections: int, seconds: int) -> float:
        """Requests a second over `connections` kept connections."""
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPTS / "cycle.lua")]
        command = [self._wrk, *options, f"http://{HOST}:{port}", "--", str(self._requests)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        rate = _RATE.search(done.stdout)
        failed = _FAILED.search(done.stdout)
        if rate is None or failed is not None:
            raise EngineError("load-failed", f"wrk reports: {(failed.group() if failed else done.stderr).strip()}")
        return float(rate.group(1))


def _write_workers(folder: Path, answer: str, ports: Sequence[int]) -> None:
    artefact = TARGETS["cloudflare"](program())
    write_files(artefact.files, folder / "edge")
    body = f"export default {compact(answer)};\n".encode()
    write_files({"constant.js": (SCRIPTS / "constant_worker.js").read_bytes(), "body.js": body}, folder / "constant")
    modules = sorted(
        (name for name in artefact.files if name.endswith((".js", ".wasm"))), key=lambda name: name != "worker.js"
    )
    (folder / "config.capnp").write_text(_config(modules, ports))


def _config(modules: Sequence[str], ports: Sequence[int]) -> str:
    return "\n".join(
        [
            'using Workerd = import "/workerd/workerd.capnp";',
            "const config :Workerd.Config = (",
            '  services = [(name = "edge", worker = .edge), (name = "constant", worker = .constant)],',
            "  sockets = [",
            f'    (name = "http", address = "{HOST}:{ports[0]}", http = (), service = "edge"),',
            f'    (name = "constant", address = "{HOST}:{ports[1]}", http = (), service = "constant"),',
            "  ],",
            ");",
            *_worker("edge", modules),
            *_worker("constant", ["constant.js", "body.js"]),
            "",
        ]
    )


def _worker(name: str, modules: Sequence[str]) -> list[str]:
    kinds = {"js": "esModule", "wasm": "wasm"}
    lines = [
        f'    (name = "{module}", {kinds[module.rsplit(".", 1)[1]]} = embed "{name}/{module}"),' for module in modules
    ]
    return [
        f"const {name} :Workerd.Worker = (",
        "  modules = [",
        *lines,
        "  ],",
        f'  compatibilityDate = "{COMPATIBILITY_DATE}",',
        ");",
    ]
