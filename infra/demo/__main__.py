"""python -m infra.demo [--port N] [--runtime auto|workerd|python] [--keep]: the example shop, from registry to
answers."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from decision_engine.artefact import Artefact
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from feature_registry import Registry, RegistryError, load
from infra.cli.output import print_diagnostics, print_note, print_table, progress_bar
from infra.dev import RUNTIMES, Address, Runtime, free_port, open_runtime
from infra.errors import EngineError, InfraError
from infra.folders import write_artefact
from infra.load import Answered, send_all
from infra.load.client import percentile
from infra.replay import load_map, requests_from
from infra.replay.comparison import OUTCOME_COLUMNS, Tally, outcome_rows
from infra.targets import build

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path("examples/online_shop")
HOST = "127.0.0.1"
PORT = 8787


@dataclass(frozen=True, slots=True)
class _Sent:
    """The requests, their answers in the same order, and how long all took in seconds."""

    requests: Sequence[dict[str, object]]
    answers: Sequence[Answered]
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when every answer equals the reference evaluator's, else 1."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends in order, as Ctrl-C does
    try:
        return _run(options)
    except (RegistryError, InfraError) as problem:
        print_diagnostics(problem.diagnostics, to_stderr=True)
        return problem.exit_code
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help=f"where to listen (default {PORT}, or a free one)")
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="workerd where installed, else Python")
    parser.add_argument("--keep", action="store_true", help="keep serving until Ctrl-C")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    started = time.monotonic()
    registry = load(ROOT / SHOP / "registry", SIGNATURES)
    _say("checked", f"{SHOP}/registry: {_counts(registry)}")
    address, runtime = _open(options)
    try:
        artefact = build(runtime.target, registry)
        write_artefact(artefact, ROOT / "build" / "online_shop" / runtime.target)
        _say("compiled", f"build/online_shop/{runtime.target}")
        runtime.show(artefact)
        _say("serving", f"{address.url} in {runtime.name}")
        sent = _send(address)
        differences = _compare(registry, sent)
        _print_sizes(artefact)
        _print_speed(sent)
        _say("took", f"{time.monotonic() - started:.1f} s in all")
        print_note(f"\n{differences:,} differences against the reference evaluator", "red" if differences else "green")
        _print_next(options.keep, address)
        while options.keep:
            time.sleep(3600)
        return 1 if differences else 0
    finally:
        runtime.stop()


def _open(options: argparse.Namespace) -> tuple[Address, Runtime]:
    """The runtime at the port; at a free one when the default port is in use."""
    try:
        address = Address(HOST, options.port)
        runtime = open_runtime(options.runtime, address)
    except EngineError as problem:
        if options.port != PORT or problem.diagnostics[0].code != "port-in-use":
            raise
        address = Address(HOST, free_port())
        _say("note", f"port {PORT} is in use: taking {address.port}")
        runtime = open_runtime(options.runtime, address)
    if runtime.target == "python" and options.runtime == "auto":
        _say("note", "workerd is not installed (it comes with node and npm): the Python host serves instead")
    return address, runtime


def _send(address: Address) -> _Sent:
    """Every session of the data set as one POST, at the present time: stored profiles keep their age."""
    shop = ROOT / SHOP
    now = time.time_ns() // 1_000_000
    sessions = requests_from(shop / "data" / "online_shoppers_intention.csv", load_map(shop / "map.json"), now)
    requests = [request for request, _ in sessions]
    bodies = [orjson.dumps(request) for request in requests]
    with progress_bar() as progress:
        task = progress.add_task("sending the sessions", total=len(bodies))
        start = time.perf_counter()
        answers = send_all(address.host, address.port, bodies, progress=lambda: progress.advance(task))
        return _Sent(requests, answers, time.perf_counter() - start)


def _compare(registry: Registry, sent: _Sent) -> int:
    """Print the outcomes; return on how many decisions an answer and the reference evaluator differ."""
    reference = Reference(registry, load_models(registry))
    tally = Tally()
    failed = 0
    with progress_bar() as progress:
        task = progress.add_task("comparing with the reference evaluator", total=len(sent.answers))
        for request, answer in zip(sent.requests, sent.answers, strict=True):
            text = answer.body.decode()
            failed += answer.status != 200
            tally.add(text, reference.decide(request, orjson.loads(text)["at"]))
            progress.advance(task)
    print_note("")
    print_table(OUTCOME_COLUMNS, outcome_rows(tally), numbers=(4, 5))
    for difference in tally.shown:
        print_note(
            f"session {difference.row}, {difference.decision}: {difference.left} against {difference.right}", "red"
        )
    return tally.differences + failed


def _print_sizes(artefact: Artefact) -> None:
    manifest = artefact.manifest
    rows = [(name, f"{entry['raw']:,}", f"{entry['gzip']:,}") for name, entry in manifest["files"].items()]
    rows.append(("together", f"{manifest['bytes']['raw']:,}", f"{manifest['bytes']['gzip']:,}"))
    print_note("")
    print_table((f"file ({artefact.target})", "bytes", "gzip"), rows, numbers=(1, 2))
    print_note("")


def _print_speed(sent: _Sent) -> None:
    milliseconds = [answer.seconds * 1000 for answer in sent.answers]
    half, most = percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)
    _say("sessions", f"{len(milliseconds):,}, over 8 connections")
    _say("speed", f"{len(milliseconds) / sent.seconds:,.0f} requests a second")
    _say("latency", f"p50 {half:.2f} ms, p99 {most:.2f} ms, as seen by this client, which is the slower side")


def _print_next(keeps: bool, address: Address) -> None:
    session = (
        '{"units":{"visitor_id":"v1"},"geo":{"country":"DE"},"session":{"product_pages":40,"visitor_type":"returning"}}'
    )
    if keeps:
        print_note("\nIt serves until Ctrl-C. In another terminal:\n")
    else:
        print_note("\nTo keep it running, and to edit the registry while it serves:\n")
        print_note(f"  .venv/bin/edgewise dev {SHOP}/registry\n")
        print_note("Then, in another terminal:\n")
    url = address.url if keeps else f"http://{HOST}:{PORT}"
    print_note(f"  curl -s {url}/.edgewise/decide -d '{session}'\n")


def _counts(registry: Registry) -> str:
    kinds = ("features", "cohorts", "models", "experiments", "decisions", "payloads")
    return ", ".join(f"{len(getattr(registry, kind))} {kind}" for kind in kinds)


def _say(head: str, text: str) -> None:
    print_note(f"{head:<10} {text}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
