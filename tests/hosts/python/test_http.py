"""The routes of the host over a small registry, with a stand-in for the engine."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python import Host, HttpRequest, RequestError
from decision_engine.hosts.python.errors import MESSAGES
from tests.hosts.python.shared import joined, load
from tests.hosts.python.test_values import shown

DOCUMENT = load("http.json")
TABLES = load("tables.json")
PAGE = Path(__file__).resolve().parents[3] / "docs/reference/host.md"


class Engine:
    """Gives what the case says, and keeps the vectors that it was given."""

    def __init__(self, codes: Sequence[int], fails: bool = False) -> None:
        self.codes = codes
        self.fails = fails
        self.vectors: list[list[float]] = []

    def __call__(self, vector: list[float]) -> Sequence[int]:
        self.vectors.append(vector)
        if self.fails:
            raise ArithmeticError("the engine fails")
        return self.codes


def host_of(engine: Engine, errors: list[BaseException] | None = None) -> Host:
    hook = None if errors is None else errors.append
    return Host(TABLES, engine, target=DOCUMENT["target"], on_error=hook)


def request_of(request: dict[str, Any]) -> HttpRequest:
    body = bytes.fromhex(request.get("body_hex", ""))
    if "body" in request or "body_pieces" in request:
        body = joined(request["body"] if "body" in request else request["body_pieces"]).encode()
    return HttpRequest(
        method=request["method"],
        target=request["target"],
        at=DOCUMENT["at"],
        new_id=lambda: str(DOCUMENT["new_id"]),
        headers=request["headers"],
        body=body,
        geo=request.get("geo", {}),
        device=request.get("device", {}),
    )


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=lambda case: case["name"])
def test_http(case: dict[str, Any]) -> None:
    engine = Engine(case.get("codes", DOCUMENT["codes"]), case.get("fails", False))
    errors: list[BaseException] = []
    response = host_of(engine, errors).respond(request_of(case["request"]))
    expected = case["response"]
    assert response.status == expected["status"]
    assert response.body.decode() == expected["body"]
    assert response.headers == {name: value for name, value in expected["headers"].items() if value is not None}
    if response.body:
        json.loads(response.body)
    if "vector" in case:
        (vector,) = engine.vectors
        elements = {int(place): number for place, number in case["vector"].items()}
        assert shown([vector[place] for place in elements]) == shown(list(elements.values()))
    if case.get("fails") and response.status == 200:
        assert [type(error) for error in errors] == [ArithmeticError]


def test_decide_gives_the_text_of_the_route() -> None:
    host = host_of(Engine(DOCUMENT["codes"]))
    route = next(case for case in DOCUMENT["cases"] if case["name"] == "decide, POST")
    request = json.loads(route["request"]["body"])
    assert host.decide(request, DOCUMENT["at"]) == route["response"]["body"]
    assert host.render(DOCUMENT["codes"], request, DOCUMENT["at"]) == route["response"]["body"]


def test_decide_raises_for_bad_decisions_only() -> None:
    errors: list[BaseException] = []
    host = host_of(Engine([], fails=True), errors)
    with pytest.raises(RequestError) as refused:
        host.decide({"decisions": ["nope"]}, 0)
    assert (refused.value.code, refused.value.message) == ("unknown-decision", "unknown decision `nope`")
    assert host.decide({"decisions": ["banner"]}, 0) == host.neutral(0)
    assert len(errors) == 1


def test_render_raises_for_codes_outside_of_the_tables() -> None:
    with pytest.raises(LookupError):
        host_of(Engine([])).render([-1, 0, 0], {}, 0)


def test_a_failing_hook_costs_no_answer() -> None:
    def hook(error: BaseException) -> None:
        raise RuntimeError("the log is full")

    host = Host(TABLES, Engine([], fails=True), target="test", on_error=hook)
    assert host.decide({}, 0) == host.neutral(0)


def test_a_failing_source_of_ids_gives_the_neutral_answer() -> None:
    def fail() -> str:
        raise OSError("no entropy")

    host = host_of(Engine(DOCUMENT["codes"]))
    response = host.respond(HttpRequest(method="GET", target="/.edgewise/decide", at=5, new_id=fail))
    assert (response.status, response.body.decode()) == (200, host.neutral(5))
    assert "set-cookie" not in response.headers


def test_owns_the_routes_of_the_page() -> None:
    host = host_of(Engine([]))
    rows = [line.split("`")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `/")]
    configured = ["/.well-known/gpc.json"]  # where a policy says since when
    assert [path for path in rows if not host.owns(path.replace("{key}", "x") + "?y=1")] == configured
    assert len(rows) == 6
    assert not any(host.owns(path) for path in ("/", "/shop", "/ofrep/v1/evaluate/flags/", "/.edgewise/decide/"))


def test_tables_without_identity_or_units() -> None:
    tables = TABLES | {"identity": None}
    engine = Engine(DOCUMENT["codes"])
    body = json.dumps({"context": {"targetingKey": "test"}}).encode()
    http = HttpRequest(method="POST", target="/ofrep/v1/evaluate/flags", at=0, new_id=lambda: "x", body=body)
    assert Host(tables, engine, target="test").respond(http).status == 200
    assert engine.vectors[0][14] == 0xBA6BD213
    assert Host(tables | {"units": []}, engine, target="test").respond(http).status == 200
    assert shown([engine.vectors[1][14]]) == ["nan"]
    get = HttpRequest(method="GET", target="/.edgewise/decide", at=0, new_id=lambda: "x")
    assert "set-cookie" not in Host(tables, engine, target="test").respond(get).headers


def test_set_cookie_may_be_off() -> None:
    tables = TABLES | {"identity": TABLES["identity"] | {"set_cookie": False}}
    host = Host(tables, Engine(DOCUMENT["codes"]), target="test")
    get = HttpRequest(method="GET", target="/.edgewise/decide", at=0, new_id=lambda: "x")
    assert "set-cookie" not in host.respond(get).headers


@pytest.mark.parametrize("member", ["tables", "ir"])
def test_tables_of_another_version_are_refused(member: str) -> None:
    with pytest.raises(ValueError, match="expected tables 2 of ir 2"):
        Host(TABLES | {member: 1}, Engine([]), target="test")


def test_the_page_has_every_message() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{code}` | `{message}`" in page for code, message in MESSAGES.items())
