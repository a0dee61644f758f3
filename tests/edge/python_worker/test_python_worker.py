"""The Python Worker in the legacy runtime: a smoke test against the Python host in this process.

The legacy runtime is workerd 1.20240909.0, the last one that carries its own Python (3.12.1).
"""

import http.client
import json
import re
import socket
import subprocess
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from functions.edge.cloudflare import CF_HEADER
from functions.edge.python_worker import LEGACY_DATE, workerd_config
from infra.dev import free_port
from infra.folders import write_files
from tests.conftest import ROOT
from tests.edge.serving import DECIDE, FLAGS, HEALTH, LOCAL, RELEASE, Answer, Server, artefact

BINARY = ROOT / "node_modules" / "workerd-legacy" / "bin" / "workerd"
START_SECONDS = 90.0
VISITOR = {"units": {"visitor_id": "v1"}}


@pytest.fixture(scope="module")
def host() -> Host:
    """What the worker must answer as."""
    space: dict[str, Any] = {"__name__": "program"}
    files = artefact("python-worker").files
    exec(compile(files["program.py"], "program.py", "exec"), space)
    tables: dict[str, Any] = {"__name__": "tables"}
    exec(compile(files["tables.py"], "tables.py", "exec"), tables)
    return Host(tables["TABLES"], space["decide"], target="python-worker")


@pytest.fixture(scope="module")
def legacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The artefact in the legacy runtime, answering every path."""
    with running(tmp_path_factory.mktemp("legacy")) as server:
        yield server


@contextmanager
def running(folder: Path, origin: str | None = None) -> Iterator[Server]:
    """The artefact in the legacy runtime."""
    if not BINARY.is_file():
        pytest.skip("needs workerd-legacy in node_modules: run `make setup` on x86-64 Linux with node installed")
    files = dict(artefact("python-worker").files)
    modules = [name for name in files if name.endswith(".py")]
    files["config.capnp"] = workerd_config(modules, cf_header=CF_HEADER, origin=origin).encode()
    write_files(files, folder / "artefact")
    port = free_port()
    with (folder / "log").open("wb") as log:
        command = [BINARY, "serve", "config.capnp", "--experimental", f"--socket-addr=http={LOCAL}:{port}"]
        process = subprocess.Popen(
            command, cwd=folder / "artefact", stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait(process, port, folder / "log")
        yield Server(port)
    finally:
        process.kill()
        process.wait()


def wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the worker answers: a cold start reads all of Python."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        connection = http.client.HTTPConnection(LOCAL, port, timeout=START_SECONDS)
        try:
            connection.request("GET", HEALTH)
            connection.getresponse().read()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.05)
        finally:
            connection.close()


def expected(
    host: Host, method: str, target: str, at: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    request = HttpRequest(
        method=method, target=target, at=at, new_id=lambda: "new", body=body, headers=dict(headers or {})
    )
    return host.respond(request).body


def at_of(answer: Answer) -> int:
    """The time at which the worker decided."""
    return int(answer.json["at"])


REQUESTS: list[dict[str, object]] = [
    VISITOR,
    {"profile": {"loyalty": "gold"}, "units": {"visitor_id": "v2"}},
    {"geo": {"country": "CH", "latitude": 47.1}, "session": {"page_values": 12}, **VISITOR},
    {"query": {"interests": "shoes,bags", "utm_campaign": "Grüße"}, "units": {"visitor_id": "🎉"}},
    {"decisions": ["home_hero"], **VISITOR},
    {"decisions": ["nothing"]},
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_it_answers_as_the_host(legacy: Server, host: Host, request_: dict[str, object]) -> None:
    body = json.dumps(request_).encode()
    posted = legacy.ask("POST", DECIDE, body)
    headers = {"host": "x"}
    assert posted.body == expected(host, "POST", DECIDE, at_of(posted), body, headers)
    target = f"{DECIDE}?d={quote(body.decode())}"
    got = legacy.ask("GET", target)
    assert got.body == expected(host, "GET", target, at_of(got), headers=headers)
    assert (posted.status, got.status) == ((200, 200) if request_.get("decisions") != ["nothing"] else (400, 400))
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert got.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", HEALTH, 200),
        ("GET", RELEASE, 200),
        ("HEAD", HEALTH, 200),
        ("GET", "/nowhere", 404),
        ("DELETE", DECIDE, 405),
        ("POST", f"{FLAGS}/home_hero", 400),
    ],
)
def test_its_routes(legacy: Server, host: Host, method: str, target: str, status: int) -> None:
    answer = legacy.ask(method, target)
    assert (answer.status, answer.body) == (status, expected(host, method, target, 0))


def test_its_flags(legacy: Server, host: Host) -> None:
    body = json.dumps({"context": {"targetingKey": "v1", "geo": {"country": "DE"}}}).encode()
    for target in (FLAGS, f"{FLAGS}/home_hero"):
        answer = legacy.ask("POST", target, body)
        assert (answer.status, answer.body) == (200, expected(host, "POST", target, 0, body))


def test_cloudflare_knows_the_place(legacy: Server) -> None:
    assert legacy.ask("GET", DECIDE, cf={"country": "DE"}).outcomes["shipping"] == "fifty"
    assert legacy.ask("GET", DECIDE, cf={"country": "DE", "latitude": "-33.9"}).outcomes["shipping"] == "some"
    assert legacy.ask("GET", DECIDE, cf={"country": 5, "latitude": {}}).outcomes["shipping"] == "some"


def test_a_new_visitor_is_named_by_a_cookie(legacy: Server) -> None:
    first = legacy.ask("GET", DECIDE)
    assert re.search(r"=[0-9a-f]{8}-[0-9a-f-]{27}; ", first.headers["set-cookie"])
    cookie = first.headers["set-cookie"].partition(";")[0]
    again = legacy.ask("GET", DECIDE, headers={"cookie": cookie})
    assert "set-cookie" not in again.headers
    assert again.json["decisions"] == first.json["decisions"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large(legacy: Server, chunked: bool) -> None:
    body = b'{"a":"' + b"x" * 200_000 + b'"}'
    answer = legacy.ask("POST", DECIDE, iter([body[:1000], body[1000:]]) if chunked else body)
    assert (answer.status, answer.json["error"]["code"]) == (413, "too-large")


def test_a_body_in_pieces(legacy: Server) -> None:
    body = json.dumps(VISITOR).encode()
    answer = legacy.ask("POST", DECIDE, iter([body[:7], body[7:]]))
    assert answer.outcomes == legacy.ask("POST", DECIDE, body).outcomes


def test_a_body_that_breaks_off_is_no_json(legacy: Server) -> None:
    head = f"POST {DECIDE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    with socket.create_connection((LOCAL, legacy.port), timeout=20) as connection:
        connection.sendall(head.encode() + b'4\r\n{"a"\r\nZZ\r\n')
        received = b""
        while part := connection.recv(65536):
            received += part
    assert not received or received.startswith(b"HTTP/1.1 400")
    assert legacy.ask("GET", HEALTH).status == 200


def test_other_paths_go_on_to_the_origin(tmp_path: Path) -> None:
    seen = []

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.send_header("content-length", "4")
            self.end_headers()
            self.wfile.write(b"shop")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer((LOCAL, 0), Shop) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        try:
            with running(tmp_path, origin=f"{LOCAL}:{shop.server_port}") as server:
                found = server.ask("GET", "/basket?size=%20m")
                assert (found.status, found.body) == (200, b"shop")
                assert server.ask("GET", DECIDE).outcomes.keys() == set(artefact("python-worker").manifest["decisions"])
        finally:
            shop.shutdown()
    assert seen == ["/basket?size=%20m"]


def test_the_configuration() -> None:
    files = artefact("python-worker").files
    wrangler = tomllib.loads(files["wrangler.toml"].decode())
    assert wrangler["main"] == "worker.py"
    assert wrangler["compatibility_flags"] == ["python_workers", "disable_python_no_global_handlers"]
    config = files["config.capnp"].decode()
    embedded = re.findall(r'pythonModule = embed "([^"]+)"', config)
    assert embedded[0] == "worker.py"
    assert sorted(embedded) == sorted(name for name in files if name.endswith(".py"))
    assert CF_HEADER not in config
    assert LEGACY_DATE in config
