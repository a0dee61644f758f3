"""python -m infra.demo [--port N] [--runtime auto|workerd|python] [--keep]: the example shop, from registry to
answers."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from decision_engine.artefact import Artefact
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from feature_registry import Registry, RegistryError, load
from infra.demo.outcomes import Outcomes
from infra.dev import RUNTIMES, Address, Runtime, free_port, open_runtime
from infra.errors import EngineError, InfraError
from infra.folders import write_artefact
from infra.load import Answered, send_all
from infra.load.client import percentile
from infra.replay import ReplayError, load_map, requests_from
from infra.targets import build

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path("examples/online_shop")
HOST = "127.0.0.1"
PORT = 8787


@dataclass(frozen=True, slots=True)
class _Sent:
    """The requests as bodies, the answers, and how long all took in seconds."""

    requests: Sequence[dict[str, object]]
    answers: Sequence[Answered]
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when every answer equals the reference evaluator's, else 1."""
    options = _options(arguments)
    console = Console()
    try:
        return _run(console, options)
    except (RegistryError, InfraError, ReplayError) as problem:
        console.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help=f"where to listen (default {PORT}, or a free one)")
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="workerd where installed, else Python")
    parser.add_argument("--keep", action="store_true", help="keep serving until Ctrl-C")
    return parser.parse_args(arguments)


def _run(console: Console, options: argparse.Namespace) -> int:
    started = time.monotonic()
    registry = load(ROOT / SHOP / "registry", SIGNATURES)
    console.print(f"checked    {SHOP}/registry: {_counts(registry)}")
    address, runtime = _open(console, options)
    try:
        artefact = build(runtime.target, registry)
        write_artefact(artefact, ROOT / "build" / "online_shop" / runtime.target)
        console.print(f"compiled   build/online_shop/{runtime.target}")
        runtime.show(artefact)
        console.print(f"serving    {address.url} in {runtime.name}")
        sent = _send(console, address)
        differences = _report(console, registry, artefact, sent)
        console.print(f"took       {time.monotonic() - started:.1f} s in all\n")
        _goodbye(console, options.keep, address)
        if options.keep:
            _wait(runtime)
        return 1 if differences else 0
    finally:
        runtime.stop()


def _open(console: Console, options: argparse.Namespace) -> tuple[Address, Runtime]:
    """The runtime at the port; at a free one when the default port is in use."""
    try:
        address = Address(HOST, options.port)
        runtime = open_runtime(options.runtime, address)
    except EngineError as problem:
        if options.port != PORT or problem.diagnostics[0].code != "port-in-use":
            raise
        address = Address(HOST, free_port())
        console.print(f"note       port {PORT} is in use: taking {address.port}")
        runtime = open_runtime(options.runtime, address)
    if runtime.target == "python" and options.runtime == "auto":
        console.print("note       workerd is not installed (node and npm are missing): the Python host serves instead")
    return address, runtime


def _send(console: Console, address: Address) -> _Sent:
    shop = ROOT / SHOP
    now = time.time_ns() // 1_000_000
    mapping = load_map(shop / "map.json")
    sessions = requests_from(shop / "data" / "online_shoppers_intention.csv", mapping, now)
    requests = [request for request, _ in sessions]
    bodies = [orjson.dumps(request) for request in requests]
    with _progress(console) as progress:
        task = progress.add_task("sending", total=len(bodies))
        start = time.perf_counter()
        answers = send_all(address.host, address.port, bodies, progress=lambda: progress.advance(task))
        seconds = time.perf_counter() - start
    return _Sent(requests, answers, seconds)


def _report(console: Console, registry: Registry, artefact: Artefact, sent: _Sent) -> int:
    """Print outcomes, speed, sizes and differences; return the number of differences."""
    reference = Reference(registry, load_models(registry))
    outcomes = Outcomes()
    differences: list[int] = []
    with _progress(console) as progress:
        task = progress.add_task("comparing with the reference evaluator", total=len(sent.answers))
        for index, (request, answer) in enumerate(zip(sent.requests, sent.answers, strict=True)):
            found = json.loads(answer.body)
            outcomes.add(found)
            if reference.decide(request, found["at"]).encode() != answer.body or answer.status != 200:
                differences.append(index)
            progress.advance(task)
    console.print()
    console.print(outcomes.table())
    console.print(_sizes(artefact))
    milliseconds = [answer.seconds * 1000 for answer in sent.answers]
    rate, half, most = len(milliseconds) / sent.seconds, percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)
    console.print(f"\nspeed      {len(milliseconds):,} sessions, {rate:,.0f} requests a second over 8 connections")
    console.print(f"latency    p50 {half:.2f} ms, p99 {most:.2f} ms, as seen by this client (Python)")
    console.print(f"[bold]{len(differences)} differences[/] against the reference evaluator")
    for index in differences[:3]:
        console.print(f"  session {index + 1}: {sent.answers[index].body.decode(errors='replace')[:300]}", markup=False)
    return len(differences)


def _sizes(artefact: Artefact) -> Table:
    manifest = artefact.manifest
    table = Table("file", title=f"Artefact ({artefact.target})", title_justify="left")
    table.add_column("bytes", justify="right")
    table.add_column("gzip", justify="right")
    for name, entry in manifest["files"].items():
        table.add_row(name, f"{entry['raw']:,}", f"{entry['gzip']:,}")
    table.add_section()
    table.add_row("total", f"{manifest['bytes']['raw']:,}", f"{manifest['bytes']['gzip']:,}")
    return table


def _goodbye(console: Console, keeps: bool, address: Address) -> None:
    body = (
        '{"units":{"visitor_id":"v1"},"geo":{"country":"DE"},"session":{"product_pages":40,"visitor_type":"returning"}}'
    )
    url = address.url if keeps else f"http://{HOST}:{PORT}"
    if keeps:
        console.print("It keeps running until Ctrl-C. In another terminal:\n")
    else:
        console.print("To keep it running, and to edit the registry while it serves:\n")
        console.print(f"  .venv/bin/edgewise dev {SHOP}/registry\n", markup=False, highlight=False)
        console.print("Then, in another terminal:\n")
    console.print(f"  curl -s {url}/.edgewise/decide -d '{body}'\n", markup=False, highlight=False, soft_wrap=True)


def _wait(runtime: Runtime) -> None:
    assert runtime.target
    while True:
        time.sleep(3600)


def _counts(registry: Registry) -> str:
    kinds = ("features", "cohorts", "models", "experiments", "decisions", "payloads")
    return ", ".join(f"{len(getattr(registry, kind))} {kind}" for kind in kinds)


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, console=console, transient=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
