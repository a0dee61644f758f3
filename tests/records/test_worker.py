"""From the real worker into the real sink: what was decided is what is told, once, and a trace leads through it."""

import http.client
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from decision_engine.hosts.python.records import Keys
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import Registry, load
from feature_registry.documents import Records
from functions.edge.cloudflare import CF_HEADER, workerd_config
from infra.dev import Workerd, find_workerd, free_port
from infra.folders import write_files
from infra.records import RecordStore, records_app, report_on
from infra.targets import TARGETS
from tests.cli.running import EXAMPLE, Run
from tests.conftest import require_node

LOCAL = "127.0.0.1"
MASTER = bytes(range(32))
VISITORS = 150
MODULES = {".js", ".wasm"}
PATIENCE = 15.0


def registry() -> Registry:
    """The example shop, which tells of every tenth visitor, at once, and of every feature it serves."""
    shop = load(EXAMPLE / "registry", SIGNATURES)
    records = {"sampling": {"decisions": 0.1, "readings": 1}, "flush_after": "200ms", "fields": {"language": "clear"}}
    policies = shop.policies.model_copy(update={"records": Records.model_validate(records)})
    return replace(shop, policies=policies)


class Sink:
    """The real sink, which can be told to fail; keeps what it was sent."""

    def __init__(self, folder: Path) -> None:
        self.store = RecordStore(folder)
        self.port = free_port(LOCAL)
        self.bodies: list[bytes] = []
        self.failures = 0
        app = records_app(self.store)

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            if self.failures > 0:
                self.failures -= 1
                await send({"type": "http.response.start", "status": 503, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return

            async def keep() -> Any:
                message = await receive()
                self.bodies.append(message.get("body", b""))
                return message

            await app(scope, keep, send)

        config = uvicorn.Config(serve, host=LOCAL, port=self.port, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Sink":
        self._thread.start()
        end = time.monotonic() + PATIENCE
        while not self._server.started and time.monotonic() < end:
            time.sleep(0.02)
        assert self._server.started
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


@contextmanager
def worker(shop: Registry, folder: Path, sink: Sink) -> Iterator[int]:
    """The worker of a registry in workerd, with the sink as its EDGEWISE_RECORDS; its port."""
    files = TARGETS["cloudflare"](compile_program(shop, edge_only=True)).files
    modules = sorted((name for name in files if Path(name).suffix in MODULES), key=lambda name: name != "worker.js")
    keys = {"records": urlsafe_b64encode(MASTER).decode().rstrip("=")}
    texts = {"EDGEWISE_KEYS": json.dumps(keys), "EDGEWISE_RING": "pilot", "EDGEWISE_NODE": "FRA-1"}
    services = {"EDGEWISE_RECORDS": f"{LOCAL}:{sink.port}"}
    config = workerd_config(modules, address=f"{LOCAL}:0", cf_header=CF_HEADER, services=services, texts=texts)
    write_files({**files, "config.capnp": config.encode()}, folder)
    binary = find_workerd()
    assert binary is not None
    port = free_port(LOCAL)
    with Workerd(binary, folder, LOCAL, port):
        yield port


def ask(port: int, visitors: range, **headers: str) -> Counter[tuple[str, str]]:
    """One page view of each visitor; how often each decision had each outcome."""
    found: Counter[tuple[str, str]] = Counter()
    connection = http.client.HTTPConnection(LOCAL, port, timeout=PATIENCE)
    for number in visitors:
        sent = {"cookie": f"shop_visitor=visitor-{number}", CF_HEADER: json.dumps({"country": "DE"}), **headers}
        connection.request("GET", "/.edgewise/decide", headers={"accept-language": "de-AT,de;q=0.9", **sent})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200
        for name, decided in json.loads(body)["decisions"].items():
            found[name, decided["outcome"]] += 1
    connection.close()
    return found


def settled(sink: Sink, port: int, requests: int) -> list[dict[str, Any]]:
    """The lines of counters, once all requests are told of."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        lines = sink.store.lines(now())
        if sum(line["count"] for line in lines if line["kind"] == "requests") >= requests:
            return lines
        time.sleep(0.1)
    raise AssertionError("not all requests were told of")


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.node
def test_from_the_worker_to_the_report(tmp_path: Path, run: Run) -> None:
    require_node()
    shop = registry()
    with Sink(tmp_path / "records") as sink, worker(shop, tmp_path / "worker", sink) as port:
        outcomes = ask(port, range(VISITORS))
        settled(sink, port, VISITORS)
        sink.failures = 4  # a batch needs a second flush
        outcomes += ask(port, range(VISITORS))  # the same visitors: their exposures are repetitions
        lines = settled(sink, port, 2 * VISITORS)

    assert sink.failures == 0
    told = Counter[tuple[str, str]]()
    for line in lines:
        if line["kind"] == "decided":
            assert (line["mode"], line["degrade"]) == ("edge", "full")
            told[line["decision"], line["outcome"]] += line["count"]
    assert told == outcomes, "what was told is what visitors got, no more and no less"
    assert {(line["ring"], line["node"]) for line in lines} == {("pilot", "FRA-1")}
    assert {line["registry"] for line in lines} == {compile_program(shop, edge_only=True).registry}

    kept = sink.store.evaluations(now())
    keys = Keys(shop.policies.records.tenant if shop.policies.records else "", master=MASTER)
    names = {keys.pseudonym(f"visitor-{number}", kept[0]["time_ms"]) for number in range(VISITORS)}
    assert {row["unit"] for row in kept} <= names
    exposures = [row for row in kept if row["kind"] == "exposure"]
    seen = Counter((row["experiment"], row["unit"]) for row in exposures)
    assert len(seen) > VISITORS / 4
    assert sum(seen.values()) < 1.1 * len(seen), "each unit once, but for the few whose places in the table collide"
    assert all(row["features"] and row["trace"] for row in exposures)
    heroes = [row for row in kept if row["decision"] == "home_hero"]
    assert heroes and all(row["models"][0].startswith("purchase_intent@sha256:") for row in heroes)
    sampled = [row for row in kept if row["why"] == "random"]
    assert {row["probability"] for row in sampled} == {0.1} and 0 < len({row["unit"] for row in sampled}) < VISITORS / 3
    assert {row["fields"].get("language") for row in kept if row["fields"]} == {"de"}

    assert not any(b"visitor-" in body for body in sink.bodies)
    assert any(line["kind"] == "served" and line["region"] == "DE" for line in lines)
    retried = [line for line in lines if line["kind"] == "counted" and line["name"] == "sink-retried"]
    assert retried, "the sink failed in between, and that was told"

    figures = report_on(sink.store, now(), 20).figures
    assert [(one.site.node, one.requests) for one in figures] == [("FRA-1", 2 * VISITORS)]
    trace = exposures[0]["trace"]
    ran = run("status", EXAMPLE / "registry", "--records", tmp_path / "records", "--trace", trace, "--json")
    assert exposures[0]["decision"] in {row["decision"] for row in ran.json["records"]}


@pytest.mark.node
def test_who_denies_is_counted_and_no_more(tmp_path: Path) -> None:
    """By his own word in the request's object: in a page view, and in one that escapes it."""
    require_node()
    with Sink(tmp_path / "records") as sink, worker(registry(), tmp_path / "worker", sink) as port:
        connection = http.client.HTTPConnection(LOCAL, port, timeout=PATIENCE)
        documents = ['{"consent":{"denied":["analytics"]}}', '{"consent":{"\\u0064enied":["analytics"]}}']
        for text in (documents[0], documents[1].replace("\\", "%5C"), documents[0].replace("d", "%64")):
            target = "/.edgewise/decide?d=" + text.replace('"', "%22").replace("{", "%7B").replace("}", "%7D")
            for number in range(10):
                connection.request("GET", target, headers={"cookie": f"shop_visitor=visitor-{number}"})
                answer = connection.getresponse()
                assert (answer.status, bool(answer.read())) == (200, True)
        connection.close()
        lines = settled(sink, port, 30)
    counted = {line["name"]: line["count"] for line in lines if line["kind"] == "counted"}
    assert sink.store.evaluations(now()) == []
    assert sum(line["count"] for line in lines if line["kind"] == "counted" and line["name"] == "counts-only") == 30, (
        counted
    )
