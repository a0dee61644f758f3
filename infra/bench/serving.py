"""The worker in workerd under load: GET, all five decisions, beside a constant worker of the same configuration.

Each round starts a fresh process for either worker, so the first second is a cold one. wrk (Debian's package) makes the
load, and each request is another session.
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
    """Requests a second of both workers: in the first second of a fresh process, and after it, at 1 and 32
    connections."""
    binary, wrk = find_workerd(), shutil.which("wrk")
    if binary is None:
        raise EngineError("no-workerd", "workerd is not installed", "run `npm ci`")
    if wrk is None:
        raise EngineError("no-wrk", "wrk is not installed", "run `apt-get install wrk`")
    rows = []
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        folder = Path(name)
        ports = free_port(), free_port()
        targets = _prepare(folder, ports)
        for connections in CONNECTIONS:
            found = [_round(binary, wrk, folder, ports, targets, connections) for _ in range(ROUNDS)]
            for index, what in enumerate(("first second", f"next {STEADY_SECONDS} s")):
                ours = statistics.median(rates[index][0] for rates in found)
                theirs = statistics.median(rates[index][1] for rates in found)
                ratio = statistics.median(rates[index][0] / rates[index][1] for rates in found)
                label = f"{connections} connection{'s' if connections > 1 else ''}, {what}"
                rows.append(Row(label, ours, "requests/s", "constant worker", theirs, ratio, WANTED))
    return rows


def _round(
    binary: Path, wrk: str, folder: Path, ports: tuple[int, int], targets: Path, connections: int
) -> list[tuple[float, float]]:
    """(ours, constant) in the first second of a fresh process each, then in its next seconds."""
    rates: list[list[float]] = []
    for port in ports:
        with Workerd(binary, folder, HOST, ports[0]):
            rates.append([_load(wrk, port, targets, connections, seconds) for seconds in (1, STEADY_SECONDS)])
    ours, constant = rates
    return list(zip(ours, constant, strict=True))


def _load(wrk: str, port: int, targets: Path, connections: int, seconds: int) -> float:
    """Requests a second over `connections` kept connections."""
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPTS / "cycle.lua")]
    done = subprocess.run(
        [*command, f"http://{HOST}:{port}", "--", str(targets)], capture_output=True, text=True, check=False
    )
    rate = _RATE.search(done.stdout)
    failed = _FAILED.search(done.stdout)
    if rate is None or failed is not None:
        raise EngineError("load-failed", f"wrk reports: {(failed.group() if failed else done.stderr).strip()}")
    return float(rate.group(1))


def _prepare(folder: Path, ports: Sequence[int]) -> Path:
    """Write both workers, their configuration, and the targets to request; returns the file of the targets."""
    artefact = TARGETS["cloudflare"](program())
    write_files(artefact.files, folder / "edge")
    answer = _typical_answer()
    constant = {
        "constant.js": (SCRIPTS / "constant_worker.js").read_bytes(),
        "body.js": f"export default {compact(answer)};\n".encode(),
    }
    write_files(constant, folder / "constant")
    modules = [name for name in artefact.files if name.endswith((".js", ".wasm"))]
    modules.sort(key=lambda name: name != "worker.js")
    (folder / "config.capnp").write_text(_config(modules, ports))
    targets = folder / "targets"
    lines = [f"/.edgewise/decide?d={quote(compact(request), safe='')}" for request, _ in requests()]
    targets.write_text("\n".join(lines) + "\n")
    return targets


def _typical_answer() -> str:
    """The answer whose length is the median of the sessions'  answers."""
    with WasmEngine(program()) as engine:
        answers = sorted(engine.answers(requests()), key=len)
    return answers[len(answers) // 2]


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
