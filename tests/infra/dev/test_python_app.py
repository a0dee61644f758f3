"""The Python host behind a real web application gives what the host itself gives."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from decision_engine.hosts.python import Host
from infra.dev.python_app import application
from tests.hosts.python.shared import joined, load

DOCUMENT = load("http.json")
TABLES = load("tables.json")
LONGEST_TARGET = 65_000  # the test client refuses longer ones


def client_of(codes: list[int]) -> TestClient:
    host = Host(TABLES, lambda vector: codes, target=DOCUMENT["target"])
    app = application(lambda: host, clock=lambda: int(DOCUMENT["at"]), new_id=lambda: str(DOCUMENT["new_id"]))
    return TestClient(app, base_url="https://edge.test")


def runs_as_it_is(case: dict[str, Any]) -> bool:
    """What a client of HTTP can send unchanged: no geo or device of the platform, ASCII headers, an upright target."""
    request = case["request"]
    headers = "".join(request["headers"].values())
    target = request["target"]
    upright = target.startswith("/") and not target.startswith("//") and len(target) < LONGEST_TARGET
    simple = not {"geo", "device"} & request.keys() and not case.get("fails") and request["method"].isupper()
    return simple and upright and headers.isascii() and headers.isprintable() and headers == headers.strip()


@pytest.mark.parametrize("case", list(filter(runs_as_it_is, DOCUMENT["cases"])), ids=lambda case: case["name"])
def test_cases_of_http(case: dict[str, Any]) -> None:
    request, expected = case["request"], case["response"]
    body = bytes.fromhex(request.get("body_hex", ""))
    if "body" in request or "body_pieces" in request:
        body = joined(request["body"] if "body" in request else request["body_pieces"]).encode()
    client = client_of(case.get("codes", DOCUMENT["codes"]))
    response = client.request(request["method"], request["target"], content=body, headers=request["headers"])
    assert (response.status_code, response.text) == (expected["status"], expected["body"])
    for name, value in expected["headers"].items():
        assert response.headers.get(name) == value


def test_repeated_headers_are_joined() -> None:
    seen: list[list[float]] = []
    host = Host(TABLES, lambda vector: seen.append(vector) or [0, 0, 0, 0, 0, 0], target="test")
    headers = [("cookie", "theme=dark"), ("cookie", "ew_vid=test"), ("X-App-Version", "1.0.0")]
    TestClient(application(lambda: host)).get("/.edgewise/decide", headers=headers)
    (vector,) = seen
    assert (vector[11], vector[14], vector[5]) == (0, 0xBA6BD213, 1)


def test_each_visitor_gets_an_id_of_its_own() -> None:
    host = Host(TABLES, lambda vector: [0, 0, 0, 0, 0, 0], target="test")
    app = application(lambda: host)
    ids = {TestClient(app).get("/.edgewise/decide").headers["set-cookie"].partition(";")[0] for _ in range(5)}
    assert len(ids) == 5


def test_a_body_of_any_length_is_refused() -> None:
    response = client_of([]).post("/.edgewise/decide", content=b" " * 3_000_000)
    assert response.status_code == 413
