"""The Cloudflare worker in workerd: routes, cookies, geo, bodies, the origin, and what no visitor may bring about."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from tests.edge.cloudflare.workerd import Answer, Worker, running, write_artefact
from tests.hosts.engine import decide
from tests.hosts.hostile import hostile_requests
from tests.hosts.python.shared import load

pytestmark = pytest.mark.node

DECIDE = "/.edgewise/decide"
FLAGS = "/ofrep/v1/evaluate/flags"
LONGEST_TARGET = 16_000
METHODS = {"GET", "HEAD", "POST", "PUT", "OPTIONS"}  # workerd itself refuses methods that it does not know


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("worker")
    write_artefact(folder)
    with running(folder) as started:
        yield started


def outcome(answer: Answer, decision: str = "home_hero") -> str:
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    return str(answer.json["decisions"][decision]["outcome"])


def test_get_reads_the_parameter(worker: Worker) -> None:
    request = {"geo": {"country": "DE"}, "session": {"page_values": 20}, "units": {"visitor_id": "v"}}
    answer = worker.ask("GET", f"{DECIDE}?d={quote(json.dumps(request))}")
    assert outcome(answer) == "hero_buyer"
    assert outcome(answer, "offers") == "offer_b"
    assert "set-cookie" not in answer.headers


def test_post_reads_the_body(worker: Worker) -> None:
    body = json.dumps({"geo": {"country": "DE"}}).encode()
    assert outcome(worker.ask("POST", DECIDE, body)) == "hero_buyer"
    assert outcome(worker.ask("POST", DECIDE, iter([body[:5], body[5:]]))) == "hero_buyer"


def test_head_has_no_body(worker: Worker) -> None:
    answer = worker.ask("HEAD", DECIDE)
    assert (answer.status, answer.body) == (200, b"")


def test_geo_comes_from_cloudflare(worker: Worker) -> None:
    assert outcome(worker.ask("GET", DECIDE, cf={"country": "DE"}, sec_gpc="1")) == "hero_buyer"
    assert outcome(worker.ask("GET", DECIDE, cf={"country": "T1"}, sec_gpc="1")) == "hero_default"
    assert outcome(worker.ask("GET", DECIDE, sec_gpc="1")) == "hero_default"


def test_the_visitor_is_named_once(worker: Worker) -> None:
    first = worker.ask("GET", DECIDE)
    assert outcome(first) == "hero_bold"
    cookie, *attributes = first.headers["set-cookie"].split("; ")
    assert attributes == ["Path=/", "Max-Age=31536000", "Secure", "HttpOnly", "SameSite=Lax"]
    name, _, value = cookie.partition("=")
    assert (name, len(value)) == ("ew_vid", 36)
    assert "set-cookie" not in worker.ask("GET", DECIDE, cookie=f"a=1; {cookie}").headers
    assert worker.ask("GET", DECIDE).headers["set-cookie"] != first.headers["set-cookie"]


def test_ofrep_gives_an_entity_tag(worker: Worker) -> None:
    body = json.dumps({"context": {"targetingKey": "u", "country": "DE"}})
    answer = worker.ask("POST", FLAGS, body)
    assert [flag["variant"] for flag in answer.json["flags"]] == ["hero_buyer", "offer_none", "banner_off"]
    again = worker.ask("POST", FLAGS, body, if_none_match=answer.headers["etag"])
    assert (again.status, again.body, again.headers.get("content-type")) == (304, b"", None)
    assert worker.ask("POST", f"{FLAGS}/home_hero", body).json["variant"] == "hero_buyer"
    assert worker.ask("POST", f"{FLAGS}/nope", body).status == 404


def test_bodies_are_read_within_limits(worker: Worker) -> None:
    fitting = b'{"a":"' + b"x" * (65536 - 8) + b'"}'
    assert worker.ask("POST", DECIDE, fitting).status == 200
    assert worker.ask("POST", DECIDE, fitting + b" ").status == 413
    assert worker.ask("POST", DECIDE, iter([fitting])).status == 200
    assert worker.ask("POST", DECIDE, iter([fitting, b" "])).status == 413
    assert worker.ask("POST", DECIDE, iter([b" " * 65536] * 50)).status == 413
    assert worker.ask("POST", DECIDE).status == 400


def test_other_paths_are_not_found_without_an_origin(worker: Worker) -> None:
    answer = worker.ask("GET", "/shop?x=1")
    assert answer.status == 404
    assert answer.json == {"error": {"code": "no-such-route", "message": "no such route"}}


def test_the_whole_release_is_named(worker: Worker) -> None:
    assert worker.ask("GET", "/.edgewise/release").json["target"] == "cloudflare"
    assert worker.ask("GET", "/.edgewise/health").json["status"] == "ok"


def test_bytes_that_are_no_url_do_no_harm(worker: Worker) -> None:
    for target in (b"/.edgewise/decide?d={\xff}", b"/.edgewise/decide?d={%22a%22:%22\xc3\xa9%22}", b"/\x80", b"*"):
        answer = worker.send(b"GET " + target + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        status = answer[9:12]
        assert status in {b"200", b"400", b"404"} or not answer, answer


def test_hostile_requests_are_answered_as_by_the_python_host(worker: Worker) -> None:
    host = Host(load("tables.json"), decide, target="cloudflare")
    compared = 0
    for request in hostile_requests(seed=7, count=600):
        if (
            request.method not in METHODS
            or len(request.target) > LONGEST_TARGET
            or not request.target.startswith("/")
            or "//" in request.target[:2]
        ):
            continue
        headers = {name: value for name, value in request.headers.items() if is_sendable(name, value)}
        is_chunked = request.method == "POST" and compared % 2 == 1
        body: Any = iter([request.body]) if is_chunked and request.body else request.body
        target = request.target.replace('"', "%22")  # workerd itself refuses a bare quotation mark
        answer = worker.ask(request.method, target, body or None, request.geo or None, **headers)
        assert answer.status < 500
        at = at_of(answer)
        expected = host.respond(
            HttpRequest(
                method=request.method,
                target=target.partition("#")[0],
                headers=headers,
                body=request.body,
                geo=request.geo,
                at=at,
                new_id=lambda answer=answer: id_of(answer),
            )
        )
        assert (answer.status, answer.body) == (expected.status, expected.body), request
        assert {name: answer.headers.get(name) for name in expected.headers} == expected.headers, request
        compared += 1
    assert compared > 400


def is_sendable(name: str, value: str) -> bool:
    return name not in {"", "__proto__"} and value.isascii() and value.isprintable() and value.strip() == value


def at_of(answer: Answer) -> int:
    return answer.json.get("at", 0) if answer.body and answer.body.endswith(b"}") else 0


def id_of(answer: Answer) -> str:
    return answer.headers.get("set-cookie", "=;").split(";")[0].partition("=")[2]


class Shop(BaseHTTPRequestHandler):
    """The origin: says what it was asked."""

    def do_GET(self) -> None:
        body = f"shop {self.path}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


def test_other_paths_go_to_the_origin(tmp_path: Path) -> None:
    shop = HTTPServer(("127.0.0.1", 0), Shop)
    serving = threading.Thread(target=shop.serve_forever, daemon=True)
    serving.start()
    try:
        write_artefact(tmp_path, origin=f"127.0.0.1:{shop.server_port}")
        with running(tmp_path) as worker:
            assert worker.ask("GET", "/shop?x=1").body == b"shop /shop?x=1"
            assert outcome(worker.ask("GET", DECIDE, cf={"country": "DE"})) == "hero_buyer"
    finally:
        shop.shutdown()
        shop.server_close()
        serving.join()
