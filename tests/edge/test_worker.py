"""The compiled worker in workerd: what Cloudflare and the browser tell it, the visitor's id, other paths, failures."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from functions.edge.cloudflare import CF_HEADER, COMPILED_FILES, WORKER_FILES, workerd_config
from tests.edge.serving import DECIDE, FLAGS, HEALTH, RELEASE, Answer, Server, artefact, assemble
from tests.edge.serving import worker as running_worker

pytestmark = pytest.mark.node

VISITOR = {"units": {"visitor_id": "v1"}}
GPC = {"sec-gpc": "1"}
NO_ROUTE = {"error": {"code": "no-such-route", "message": "no such route"}}
NOT_ALLOWED = {"error": {"code": "method-not-allowed", "message": "method not allowed"}}


def get(
    worker: Server, request: object = None, *, cf: object = None, headers: Mapping[str, str] | None = None
) -> Answer:
    target = DECIDE if request is None else f"{DECIDE}?d={quote(json.dumps(request))}"
    return worker.ask("GET", target, cf=cf, headers=headers)


@pytest.mark.parametrize(
    ("cf", "shipping"),
    [
        ({"country": "DE"}, "fifty"),
        ({"country": "DE", "latitude": "-33.9"}, "some"),
        ({"country": "DE", "latitude": "51.2"}, "fifty"),
        ({"country": "DE", "latitude": ""}, "fifty"),
        ({"country": "DE", "latitude": "north"}, "fifty"),
        ({"country": "XX"}, "some"),
        ({"country": 5, "latitude": {}}, "some"),
        ({}, "some"),
        (None, "some"),
    ],
)
def test_cloudflare_knows_the_place(worker: Server, cf: object, shipping: str) -> None:
    assert get(worker, cf=cf).outcomes["shipping"] == shipping


def test_the_request_knows_its_place_better(worker: Server) -> None:
    swiss = {"geo": {"country": "CH"}}
    assert get(worker, swiss, cf={"country": "FR"}).outcomes["shipping"] == "fifty"
    assert get(worker, swiss, cf={"latitude": "-1"}).outcomes["shipping"] == "some"
    assert get(worker, {"geo": {"country": None}}, cf={"country": "DE"}).outcomes["shipping"] == "some"


def test_flags_are_placed_too(worker: Server) -> None:
    body = json.dumps({"context": {"targetingKey": "v1"}}).encode()
    assert worker.ask("POST", f"{FLAGS}/shipping", body, cf={"country": "AT"}).json["value"] == 50
    assert worker.ask("POST", f"{FLAGS}/shipping", body, cf={"country": "FR"}).json["value"] == 39.5


@pytest.mark.parametrize(
    ("hints", "banner"),
    [
        ({"sec-ch-ua-mobile": "?1"}, "phone"),
        ({"sec-ch-ua-mobile": "?0"}, "another"),
        ({"sec-ch-ua-mobile": "1"}, "another"),
        ({"sec-ch-ua-platform": '"Windows"'}, "windows"),
        ({"sec-ch-ua-platform": "Windows"}, "another"),
        ({"sec-ch-ua-mobile": "?1", "sec-ch-ua-platform": '"Windows"'}, "phone"),
        ({}, "another"),
    ],
)
def test_browsers_hint_at_the_device(worker: Server, hints: Mapping[str, str], banner: str) -> None:
    assert get(worker, headers=hints).outcomes["banner"] == banner
    assert get(worker, {"device": {"mobile": True}}, headers=hints).outcomes["banner"] == "phone"


def test_a_new_visitor_is_named_by_a_cookie(worker: Server) -> None:
    first = get(worker)
    cookie, *attributes = first.headers["set-cookie"].split("; ")
    name, _, value = cookie.partition("=")
    assert (name, len(value)) == ("ew_vid", 36)
    assert attributes == ["Path=/", "Max-Age=31536000", "Secure", "HttpOnly", "SameSite=Lax"]
    again = get(worker, headers={"cookie": f"theme=light; {cookie}"})
    assert "set-cookie" not in again.headers
    assert again.outcomes == first.outcomes == get(worker, {"units": {"visitor_id": value}}).outcomes


def test_the_cookie_decides_as_the_id_itself(worker: Server) -> None:
    found = set()
    for number in range(20):
        visitor = f"v{number}"
        by_cookie = get(worker, headers={"cookie": f"ew_vid={visitor}"})
        assert "set-cookie" not in by_cookie.headers
        assert by_cookie.outcomes == get(worker, {"units": {"visitor_id": visitor}}).outcomes
        found.add(by_cookie.outcomes["home_hero"])
    assert found >= {"hero_a", "hero_b", "hero_c"}


@pytest.mark.parametrize(
    ("request_object", "headers"),
    [
        (None, GPC),
        ({"consent": {"denied": ["storage"]}}, {}),
        ({"consent": {"denied": ["personalisation", "storage"]}}, {}),
        (VISITOR, {}),
        ({"units": {"visitor_id": None}}, {}),
        (None, {"cookie": "ew_vid=v1"}),
        ({"decisions": ["nope"]}, {}),
    ],
)
def test_no_cookie_is_set_where_it_is_refused_or_idle(
    worker: Server, request_object: object, headers: Mapping[str, str]
) -> None:
    assert "set-cookie" not in get(worker, request_object, headers=headers).headers
    body = json.dumps(request_object or {}).encode()
    assert "set-cookie" not in worker.ask("POST", DECIDE, body, headers=headers).headers


@pytest.mark.parametrize(
    ("request_object", "headers"),
    [
        ({"consent": {"denied": ["personalisation"]}}, {}),
        ({"consent": "storage"}, {}),
        ({"units": {"store_id": "s1"}}, {}),
        (None, {"sec-gpc": "0"}),
        (None, {"cookie": "ew_vid="}),
        (None, {"cookie": "EW_VID=v1; other=2"}),
    ],
)
def test_a_cookie_is_set_where_nothing_speaks_against_it(
    worker: Server, request_object: object, headers: Mapping[str, str]
) -> None:
    assert get(worker, request_object, headers=headers).headers["set-cookie"].startswith("ew_vid=")


def test_flags_set_no_cookie(worker: Server) -> None:
    answer = worker.ask("POST", FLAGS, json.dumps({"context": {"targetingKey": "v1"}}).encode())
    assert (answer.status, "set-cookie" in answer.headers) == (200, False)


def test_head_is_get_without_a_body(worker: Server) -> None:
    for target in (HEALTH, RELEASE, f"{DECIDE}?d={quote(json.dumps(VISITOR))}", f"{DECIDE}?d=x", "/shop"):
        asked, head = worker.ask("GET", target), worker.ask("HEAD", target)
        assert (head.status, head.body) == (asked.status, b"")
        for name in ("content-type", "cache-control", "set-cookie"):
            assert head.headers.get(name) == asked.headers.get(name)


def test_health_and_release_name_the_registry(worker: Server) -> None:
    manifest = artefact("cloudflare").manifest
    assert worker.ask("GET", HEALTH).json == {"status": "ok", "registry": manifest["registry"]}
    members = ("registry", "ir", "tables", "decisions")
    release = worker.ask("GET", RELEASE).json
    assert {name: release[name] for name in members} == {name: manifest[name] for name in members}
    assert release["target"] == "cloudflare"
    assert sorted(release["features"]) == sorted(manifest["features"])


@pytest.mark.parametrize(
    "target", ["/", "/shop", "/.edgewise", "/.edgewise/", "/.edgewise/decide/", f"{FLAGS}/", f"{FLAGS}/a/b"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_other_path_is_not_found(worker: Server, method: str, target: str) -> None:
    answer = worker.ask(method, target)
    assert (answer.status, answer.json) == (404, NO_ROUTE)


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        (HEALTH, "GET, HEAD"),
        (RELEASE, "GET, HEAD"),
        (DECIDE, "GET, HEAD, POST"),
        (FLAGS, "POST"),
        (f"{FLAGS}/x", "POST"),
    ],
)
def test_every_other_method_is_refused(worker: Server, target: str, allowed: str) -> None:
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - set(allowed.split(", ")):
        answer = worker.ask(method, target)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)
        assert answer.body == b"" if method == "HEAD" else answer.json == NOT_ALLOWED


class Shop(BaseHTTPRequestHandler):
    """The origin: says what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        said = f"{self.command} {self.path} {self.headers.get('cookie')} ".encode() + body
        self.send_response(503 if self.path.startswith("/down") else 200)
        self.send_header("content-length", str(len(said)))
        self.send_header("set-cookie", "shop=1")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The worker in front of an origin."""
    origin = HTTPServer(("127.0.0.1", 0), Shop)
    serving = threading.Thread(target=origin.serve_forever, daemon=True)
    serving.start()
    try:
        with running_worker(tmp_path_factory.mktemp("shop"), origin=f"127.0.0.1:{origin.server_port}") as started:
            yield started
    finally:
        origin.shutdown()
        origin.server_close()
        serving.join()


def test_other_paths_are_the_shops(shop: Server) -> None:
    basket = shop.ask("POST", "/basket?x=%20", b"item=1", headers={"cookie": "a=b"})
    assert (basket.status, basket.body) == (200, b"POST /basket?x=%20 a=b item=1")
    assert basket.headers["set-cookie"] == "shop=1"
    assert shop.ask("GET", "/.edgewise/decide/").body == b"GET /.edgewise/decide/ None "
    assert shop.ask("PUT", f"{FLAGS}/", b"x").body.startswith(b"PUT ")
    assert shop.ask("HEAD", "/shop").body == b""
    assert shop.ask("GET", "/down").status == 503, "what the shop answers is its own affair"


def test_its_own_paths_stay_with_edgewise(shop: Server) -> None:
    assert get(shop, cf={"country": "DE"}).outcomes["shipping"] == "fifty"
    assert shop.ask("GET", f"{HEALTH}?x").json["status"] == "ok"
    assert shop.ask("DELETE", DECIDE).status == 405
    assert shop.ask("GET", FLAGS).status == 405


BROKEN = {
    "a trap in the program": "unreachable",
    "a leaf that is not in the tables": "(i32.store (local.get 1) (i32.const 99))",
    "a negative leaf": "(i32.store (local.get 1) (i32.const -1))",
    "an endless recursion": "(call $decide (local.get 0) (local.get 1))",
    "a store outside of the memory": "(i32.store (i32.const -4) (i32.const 1))",
}
"""Bodies of `decide`; everything else of the worker stays as it is compiled."""


@pytest.mark.parametrize("failure", BROKEN)
def test_a_failing_engine_gives_the_neutral_outcomes(failure: str, tmp_path: Path) -> None:
    with running_worker(tmp_path, changed={"program.wasm": broken_program(BROKEN[failure], tmp_path)}) as worker:
        for answer in (get(worker), worker.ask("POST", DECIDE, json.dumps(VISITOR).encode()), get(worker)):
            assert answer.status == 200
            assert "set-cookie" not in answer.headers
            decided = answer.json["decisions"]
            assert list(decided) == artefact("cloudflare").manifest["decisions"]
            assert {one["reason"] for one in decided.values()} == {"ERROR"}
            assert {one["mode"] for one in decided.values()} == {"neutral"}
            assert decided["home_hero"]["outcome"] == "hero_default"
        body = json.dumps({"context": {"targetingKey": "v1"}}).encode()
        flags = worker.ask("POST", FLAGS, body, headers={"if-none-match": "*"})
        assert (flags.status, "etag" in flags.headers) == (200, False)
        assert {flag["reason"] for flag in flags.json["flags"]} == {"UNKNOWN"}
        flag = worker.ask("POST", f"{FLAGS}/home_hero", body)
        assert (flag.status, flag.json["reason"], flag.json["variant"]) == (200, "UNKNOWN", "hero_default")
        assert worker.ask("GET", HEALTH).status == 200
        assert worker.process is not None
        assert "edgewise: served the neutral answer:" in worker.process.log()


def broken_program(body: str, folder: Path) -> bytes:
    """A module that offers what the compiled one does, and whose `decide` is this body."""
    tables = json.loads(artefact("python").files["tables.json"])
    numbers = {"abi": 1, "ir": 2, "width": tables["width"], "codes": tables["codes"], "heap": 1024}
    exported = "\n".join(f'(global (export "{name}") i32 (i32.const {value}))' for name, value in numbers.items())
    text = f"""(module (memory (export "memory") 1) {exported}
      (func $decide (export "decide") (param i32 i32) {body})
      (func (export "hash") (param i32 i32 i32) (result i32) (i32.const 7)))"""
    return assemble(text, folder)


def test_the_production_worker_does_not_take_the_place_from_a_header(tmp_path: Path) -> None:
    config = workerd_config([*WORKER_FILES, *COMPILED_FILES]).encode()
    assert artefact("cloudflare").files["config.capnp"] == config
    with running_worker(tmp_path, changed={"config.capnp": config}) as worker:
        forged = worker.ask("GET", DECIDE, headers={CF_HEADER: '{"country": "DE"}'})
        assert forged.outcomes["shipping"] == "some"
