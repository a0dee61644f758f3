"""Fifty flags: hot loops in node, and inside workerd under short requests, where hot loops lie."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from infra.bench.agreement import check_equal
from infra.bench.result import Findings, Row
from infra.bench.rules.flags import make_flags, make_visitors
from infra.bench.rules.material import (
    ENGINE,
    FLAGD,
    GROWTHBOOK,
    JAVASCRIPT,
    JSON_LOGIC,
    MODULES,
    SHARED_BUCKETS,
    WASM,
    Form,
    answers,
    open_contender,
    outcomes,
    worker_entry,
    write_material,
)
from infra.bench.timing import Samples, Setting, compare, interleave, spread
from infra.bench.workers import Worker, bundle, constant_worker, request_microseconds, write_service

SUITE = "rules"
ROUNDS, WORKER_ROUNDS = 11, 7
CONNECTIONS, WARM_SECONDS, SECONDS = 32, 1.0, 2.0
CHECKED = 256
"""How many visitors' outcomes are compared before anything is timed."""

OURS = (WASM, JAVASCRIPT)
PEERS = (GROWTHBOOK, FLAGD, JSON_LOGIC, ENGINE)
WANTED = {GROWTHBOOK: 60.0, FLAGD: 25.0, ENGINE: 8.0}
WANTED_IN_WORKER = {GROWTHBOOK: 8.0, FLAGD: 8.0, JSON_LOGIC: 8.0}
SHARE_TOLERANCE = 0.02
"""How far apart the shares of `on` may lie under other hashes: more than four deviations of so many draws."""

LEAST_ADDED = 0.1
"""Microseconds: what a worker adds at least; less cannot be told from nothing."""


def measure_rules(setting: Setting) -> Findings:
    """Microseconds a request of fifty flags, decided, and answered as text; then added to a worker that answers a
    constant."""
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        folder = Path(name)
        check_agreement(folder)
        material = folder / "rules"
        material.mkdir()
        write_material(material, make_flags(), make_visitors())
        rows = [*_in_node(material, "decide", setting), *_in_node(material, "answer", setting)]
        return Findings([*rows, *_in_workerd(folder, material, setting)])


def check_agreement(folder: Path) -> None:
    """Raise EngineError unless all contenders decide the same: exactly with rollouts of 100 %, and where they share
    buckets; in their shares where they hash in their own way."""
    for is_split in (False, True):
        place = folder / f"check_{int(is_split)}"
        place.mkdir()
        write_material(place, make_flags(is_split=is_split), make_visitors())
        expected = outcomes(WASM, place, CHECKED)
        for name in MODULES:
            found = outcomes(name, place, CHECKED)
            if name in SHARED_BUCKETS or not is_split:
                check_equal(name, found, expected)
            else:
                check_equal(name, _near(_share(found), _share(expected)), True)


def _share(found: Sequence[Sequence[str]]) -> float:
    return statistics.mean(row.count("on") / len(row) for row in found)


def _near(left: float, right: float) -> bool:
    return abs(left - right) < SHARE_TOLERANCE


def _in_node(material: Path, form: Form, setting: Setting) -> list[Row]:
    with ExitStack() as stack:
        loops = {
            name: stack.enter_context(open_contender(name, material, form, quick=setting.quick)) for name in MODULES
        }
        samples = interleave({name: loop.sample for name, loop in loops.items()}, setting.rounds(ROUNDS), setting)
    case = {"decide": "50 flags decided", "answer": "50 flags decided and answered"}[form]
    return [
        compare(SUITE, f"{case}: {ours}", samples, ours, peer, WANTED.get(peer) if ours == WASM else None)
        for ours in OURS
        for peer in PEERS
    ]


def _in_workerd(folder: Path, material: Path, setting: Setting) -> list[Row]:
    """What each contender adds to a worker that answers a constant of the same bytes."""
    workers: list[Worker] = []
    for number, name in enumerate(MODULES):
        entry = bundle(worker_entry(name, material), folder / f"bundle_{number}")
        wasm = {"program.wasm": (material / "program.wasm").read_bytes()} if name == WASM else {}
        workers.append(Worker(name, {"bundle.js": entry, **wasm}))
        texts = sorted(answers(name, material, CHECKED), key=len)
        workers.append(constant_worker(_constant(name), texts[len(texts) // 2]))
    lines = folder / "requests"
    lines.write_text("/\n")
    service = write_service(folder, workers)
    with service.process():
        for worker in workers:
            request_microseconds(service.ports[worker.name], CONNECTIONS, WARM_SECONDS, lines)
        seconds = WARM_SECONDS if setting.quick else SECONDS

        def sample(name: str) -> Callable[[], float]:
            return lambda: request_microseconds(service.ports[name], CONNECTIONS, seconds, lines)

        contenders = {worker.name: sample(worker.name) for worker in workers}
        samples = interleave(contenders, setting.rounds(WORKER_ROUNDS), setting)
    added = {name: _added(samples, name) for name in MODULES}
    case = "50 flags in workerd, added to a constant worker"
    return [
        _added_row(
            f"{case}: {ours}", added[ours], peer, added[peer], WANTED_IN_WORKER.get(peer) if ours == WASM else None
        )
        for ours in OURS
        for peer in PEERS
    ]


def _constant(name: str) -> str:
    return f"constant of {name}"


def _added(samples: Samples, name: str) -> list[float]:
    pairs = zip(samples[name], samples[_constant(name)], strict=True)
    return [whole - constant for whole, constant in pairs]


def _added_row(case: str, ours: Sequence[float], peer: str, theirs: Sequence[float], wanted: float | None) -> Row:
    mine, other = (max(statistics.median(values), LEAST_ADDED) for values in (ours, theirs))
    return Row(SUITE, case, mine, peer, other, max(spread(ours), spread(theirs)), wanted)
