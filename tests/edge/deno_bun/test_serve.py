"""deno and bun serve what the Python host answers, name visitors, and stand in front of a shop."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from decision_engine.hosts.python import HttpRequest
from infra.dev import free_port
from tests.edge.serving import DECIDE, FLAGS, HEALTH, LOCAL, RELEASE, Server, artefact, python_host
from tests.runtimes import require

RUNTIMES = ("deno", "bun")
VISITOR = json.dumps({"units": {"visitor_id": "v1"}})
CONTEXT = json.dumps({"context": {"targetingKey": "v1"}})
START_SECONDS = 20


@contextmanager
def serving(runtime: str, folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The artefact of a runtime, served by it."""
    program, port = require(runtime), free_port()
    for name, content in artefact(runtime).files.items():
        (folder / name).write_bytes(content)
    allowed = (
        ["--allow-read=.", "--allow-net", "--allow-env=ORIGIN,CDN,EDGEWISE_PRIVATE"]
        if variables
        else ["--allow-read=."]
    )
    command: dict[str, list[str | Path]] = {
        "deno": [program, "serve", *allowed, "--host", LOCAL, "--port", str(port), "serve.js"],
        "bun": [program, "run", "serve.js"],
    }
    environment = {**os.environ, "PORT": str(port), "NODE_ENV": "production", **(variables or {})}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command[runtime], cwd=folder, env=environment, stdout=said, stderr=said)
        try:
            server = Server(port)
            wait_for(server, process, folder / "said")
            yield server
        finally:
            process.kill()
            process.wait()


def wait_for(server: Server, process: subprocess.Popen[bytes], said: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.ask("GET", HEALTH)
            return
        except (OSError, HTTPException):
            assert process.poll() is None, said.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, said.read_text(encoding="utf-8")
            time.sleep(0.02)


@pytest.fixture(scope="module", params=RUNTIMES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each runtime in turn."""
    with serving(request.param, tmp_path_factory.mktemp("server")) as started:
        yield started


REQUESTS: list[tuple[str, str, bytes | None]] = [
    ("GET", HEALTH, None),
    ("HEAD", HEALTH, None),
    ("GET", f"{DECIDE}?d={quote(VISITOR)}", None),
    ("GET", f"{DECIDE}?d={quote(VISITOR)}&interests=shoes&utm_campaign=free+x", None),
    ("HEAD", f"{DECIDE}?d={quote(VISITOR)}", None),
    ("GET", f"{DECIDE}?d=%FF", None),
    ("POST", DECIDE, VISITOR.encode()),
    ("POST", DECIDE, b'{"a":1,"a":2}'),
    ("POST", DECIDE, b"\xff"),
    ("POST", DECIDE, b""),
    ("POST", DECIDE, b" " * 65_534 + b"{}"),
    ("POST", DECIDE, b" " * 65_535 + b"{}"),
    ("POST", DECIDE, b" " * 1_000_000),
    ("POST", FLAGS, CONTEXT.encode()),
    ("POST", f"{FLAGS}/no%20flag", CONTEXT.encode()),
    ("GET", FLAGS, None),
    ("PUT", DECIDE, b"{}"),
    ("GET", "/shop", None),
]


NAMES = {"content-type", "cache-control", "set-cookie", "allow", "etag"}
CHUNKED = [(*request, True) for request in REQUESTS if request[2]]


@pytest.mark.parametrize(
    ("method", "target", "body", "is_chunked"), [*((*request, False) for request in REQUESTS), *CHUNKED]
)
def test_it_answers_as_the_host_does(
    server: Server, method: str, target: str, body: bytes | None, is_chunked: bool
) -> None:
    found = server.ask(method, target, iter([body]) if is_chunked and body else body)
    expected = python_host().respond(
        HttpRequest(method=method, target=target, at=0, new_id=str, headers={}, body=(body or b"")[:65_537])
    )
    assert found.status == expected.status
    assert found.headers.keys() & NAMES == expected.headers.keys() & NAMES
    if "set-cookie" not in expected.headers:  # else the outcomes hang on the id that was drawn
        assert {name: found.headers[name] for name in expected.headers} == expected.headers
        assert timeless(found.body) == timeless(expected.body)


def test_it_names_its_target(server: Server) -> None:
    assert server.ask("GET", RELEASE).json["target"] in RUNTIMES


def test_a_new_visitor_is_named_by_a_cookie(server: Server) -> None:
    first = server.ask("GET", DECIDE)
    cookie = first.headers["set-cookie"].partition(";")[0]
    again = server.ask("GET", DECIDE, headers={"cookie": cookie})
    assert "set-cookie" not in again.headers
    assert again.outcomes == first.outcomes


def test_unchanged_flags_are_not_sent_again(server: Server) -> None:
    tag = server.ask("POST", FLAGS, CONTEXT.encode()).headers["etag"]
    again = server.ask("POST", FLAGS, CONTEXT.encode(), headers={"if-none-match": tag})
    assert (again.status, again.body) == (304, b"")


class Shop(BaseHTTPRequestHandler):
    """The origin: says what it was asked; packed where it may; elsewhere for `/old`."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        said = f"{self.command} {self.path} {self.headers.get('cookie')} ".encode() + body
        packed = "gzip" in self.headers.get("accept-encoding", "")
        said = gzip.compress(said) if packed else said
        self.send_response(302 if self.path == "/old" else 200)
        self.send_header("content-length", str(len(said)))
        self.send_header("set-cookie", "shop=1")
        self.send_header("location", "/new")
        if packed:
            self.send_header("content-encoding", "gzip")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_HEAD = do_POST = do_PUT = answer

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_other_paths_are_the_shops(runtime: str, tmp_path: Path) -> None:
    shop = ThreadingHTTPServer((LOCAL, 0), Shop)
    shopping = threading.Thread(target=shop.serve_forever, daemon=True)
    shopping.start()
    with serving(runtime, tmp_path, shop_at(shop.server_port)) as server:
        sent = {"cookie": "a=b", "accept-encoding": "gzip"}
        basket = server.ask("POST", "/basket?x=%20", b"item=1", headers=sent)
        assert (basket.status, basket.body) == (200, b"POST /basket?x=%20 a=b item=1")
        assert basket.headers["set-cookie"] == "shop=1"
        assert server.ask("PUT", f"{FLAGS}/", b"x").body.startswith(b"PUT ")
        assert server.ask("HEAD", "/shop").status == 200
        moved = server.ask("GET", "/old")
        assert (moved.status, moved.headers["location"]) == (302, "/new")
        strange = server.ask("GET", "//evil.example/x")  # http.server itself makes one slash of two
        assert strange.body.startswith(b"GET /evil.example/x ")
        assert server.ask("GET", HEALTH).json["status"] == "ok"
        assert server.ask("DELETE", DECIDE).status == 405
    shop.shutdown()
    shop.server_close()
    shopping.join()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_shop_that_is_down_takes_no_decision_with_it(runtime: str, tmp_path: Path) -> None:
    with serving(runtime, tmp_path, shop_at(free_port())) as server:
        assert server.ask("GET", "/shop").status == 502
        assert server.ask("GET", DECIDE).status == 200


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "http://169.254.169.254", "file:///etc/passwd"])
def test_a_shop_that_may_not_be_named_stops_the_start(runtime: str, origin: str, tmp_path: Path) -> None:
    listed = {"ORIGIN": origin, "EDGEWISE_PRIVATE": "127.0.0.1:2, 169.254.169.254:80"}
    with pytest.raises(AssertionError, match="expected ORIGIN to be"), serving(runtime, tmp_path, listed):
        pass


def shop_at(port: int) -> dict[str, str]:
    """The variables for a shop on this machine."""
    return {"ORIGIN": f"http://{LOCAL}:{port}", "EDGEWISE_PRIVATE": f"{LOCAL}:{port}"}


def timeless(body: bytes) -> object:
    """The body without the time of the answer."""
    content = json.loads(body) if body else None
    return {**content, "at": None} if isinstance(content, dict) else content


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_headers_of_the_cdn_in_front_tell_the_place(runtime: str, tmp_path: Path) -> None:
    visitor = {"cookie": "ew_vid=v1"}
    with serving(runtime, tmp_path, {"CDN": "cloudflare"}) as server:
        here = server.ask("GET", DECIDE, headers={**visitor, "cf-ipcountry": "DE", "cf-iplatitude": "48.2"})
        elsewhere = server.ask("GET", DECIDE, headers={**visitor, "x-vercel-ip-country": "DE"})
    units = {"units": {"visitor_id": "v1"}}
    placed = python_host().decide({**units, "geo": {"country": "DE", "latitude": 48.2}}, 0)
    unplaced = python_host().decide(units, 0)
    assert timeless(here.body) == timeless(placed.encode())
    assert timeless(elsewhere.body) == timeless(unplaced.encode()) != timeless(placed.encode())


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_another_name_than_a_cdns_stops_the_start(runtime: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="expected CDN to be one of"), serving(runtime, tmp_path, {"CDN": "akmai"}):
        pass
