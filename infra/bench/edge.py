"""The suite `edge`: the example shop's worker in workerd, beside a worker with a constant answer and an empty one.

Two kinds of request: the whole session in the query (`d=`, some 570 bytes of JSON), and a known visitor's page view
with a cookie and client hints alone. wrk (Debian's package) makes the load, and each request is another session.
Besides, the decoders of consent strings, and the stages of the service, switched on one by one.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from decision_engine.compact_json import compact
from decision_engine.hosts.python import Host
from decision_engine.tables import tables
from decision_engine.targets.wasm import emit_wasm
from infra.bench.decoders import measure_decoders
from infra.bench.example import program, requests
from infra.bench.node import NodeLoop
from infra.bench.result import Findings, Row
from infra.bench.stages import measure_stages
from infra.bench.timing import Samples, Setting, compare, interleave, within
from infra.bench.workers import (
    Service,
    Worker,
    constant_worker,
    find_wrk,
    first_answer_microseconds,
    request_microseconds,
    write_service,
)
from infra.engines.wasm import WasmEngine
from infra.targets import TARGETS

SUITE = "edge"
DECIDE_ROUNDS, LOAD_ROUNDS, COLD_ROUNDS = 11, 5, 21
DECIDE_BUDGET = 5.0
COLD_BUDGET = 5_000.0
LEAST_COLD = 1.0
"""Microseconds: what a cold start costs at least over an empty one; less cannot be told from nothing."""

STEADY_SECONDS = 4.0
WANTED = {1: 0.65, 32: 0.80}
"""The share of the constant worker's requests a second to reach, by connections."""

OURS, CONSTANT, EMPTY = "worker", "constant worker", "empty worker"
_DECIDE = "/.edgewise/decide"
_EMPTY = b'export default {\n  fetch() {\n    return new Response("");\n  },\n};\n'


def measure_edge(setting: Setting) -> Findings:
    """Microseconds a decision in V8, a request under load, and from the start of a process to its first answer."""
    find_wrk()
    rows = [_decide(setting)]
    for scenario, (lines, answer) in _scenarios().items():
        with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
            folder = Path(name)
            (folder / "requests").write_text("\n".join(lines) + "\n")
            service = write_service(folder, [_worker(), constant_worker(CONSTANT, answer)])
            for connections in (32,) if setting.quick else WANTED:
                rows += _load(service, scenario, connections, setting)
    now = time.time_ns() // 1_000_000
    return Findings([*rows, *_cold(setting), *measure_decoders(setting, now), *measure_stages(setting, now)])


def _decide(setting: Setting) -> Row:
    """All decisions of a session by wasm in V8, model included; the vector's copy into the module's memory counts."""
    host = Host(tables(program()), lambda _: [], target="bench")
    vectors = np.array([host.encode(request, at).vector for request, at in requests()], dtype="<f8")
    with tempfile.TemporaryDirectory() as folder:
        module, table = Path(folder, "program.wasm"), Path(folder, "vectors")
        module.write_bytes(emit_wasm(program()).content)
        table.write_bytes(vectors.tobytes())
        script = Path(__file__).with_name("decide.mjs")
        with NodeLoop(script, module, table, quick=setting.quick) as loop:
            samples = interleave({OURS: loop.sample}, setting.rounds(DECIDE_ROUNDS), setting)
    return within(SUITE, "all decisions of a session, wasm in V8", samples[OURS], "budget", DECIDE_BUDGET)


def _scenarios() -> Mapping[str, tuple[list[str], str]]:
    """For each kind of request: the lines for wrk, and the answer whose length is the median of the answers."""
    sessions = [f"{_DECIDE}?d={quote(compact(request), safe='')}" for request, _ in requests()]
    identity = program().identity
    assert identity is not None, "the example names its visitors by a cookie"
    visitors = [f"{_DECIDE}\t{identity.cookie}=visitor-{number:08}; theme=dark" for number in range(len(sessions))]
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


def _worker() -> Worker:
    artefact = TARGETS["cloudflare"](program())
    modules = [name for name in artefact.files if name.endswith((".js", ".wasm"))]
    return Worker(OURS, {name: artefact.files[name] for name in sorted(modules, key=lambda name: name != "worker.js")})


def _load(service: Service, scenario: str, connections: int, setting: Setting) -> list[Row]:
    """One row for the first second of fresh processes, and one for the seconds that follow."""
    steady: dict[str, list[float]] = {OURS: [], CONSTANT: []}
    lines = service.folder / "requests"

    def sample(name: str) -> Callable[[], float]:
        def measure() -> float:
            with service.process():
                first = request_microseconds(service.ports[name], connections, 1.0, lines)
                seconds = 1.0 if setting.quick else STEADY_SECONDS
                steady[name].append(request_microseconds(service.ports[name], connections, seconds, lines))
            return first

        return measure

    first = interleave({name: sample(name) for name in steady}, setting.rounds(LOAD_ROUNDS), setting)
    phases: dict[str, Samples] = {"first second": first, "the seconds after": steady}
    noun = "connection" if connections == 1 else "connections"
    return [
        compare(SUITE, f"{scenario}, {connections} {noun}, {when}", samples, OURS, CONSTANT, WANTED[connections])
        for when, samples in phases.items()
    ]


def _cold(setting: Setting) -> list[Row]:
    """A process of our worker alone, beside one of a worker that does nothing."""
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        services = {}
        for number, worker in enumerate((_worker(), Worker(EMPTY, {"empty.js": _EMPTY}))):
            folder = Path(name, str(number))
            folder.mkdir()
            services[worker.name] = write_service(folder, [worker])

        def sample(name: str) -> Callable[[], float]:
            return lambda: first_answer_microseconds(services[name], _DECIDE)

        samples = interleave({name: sample(name) for name in services}, setting.rounds(COLD_ROUNDS), setting)
    more = [max(ours - theirs, LEAST_COLD) for ours, theirs in zip(samples[OURS], samples[EMPTY], strict=True)]
    case = "cold start, process start to first answer"
    return [
        compare(SUITE, case, samples, OURS, EMPTY),
        within(SUITE, f"{case}, over an empty worker", more, "budget", COLD_BUDGET),
    ]
