"""Both hosts against the real re-rank endpoint, and against all its faults: nobody is late, nothing is raised."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import jsonschema
import pytest

from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.hosts.python.hybrid import Ask, Budget, Hybrid, Reply
from decision_engine.hosts.python.hybrid.transport import at_once, http_ask, threads
from decision_engine.hosts.python.leaves import Leaf, Replacement
from decision_engine.hosts.python.origins import OriginError
from decision_engine.hosts.python.tables import Tables
from decision_engine.hybrid_tables import hybrid_table
from decision_engine.models import Models
from decision_engine.rerank_contract import PATH, RerankRequest, openapi
from feature_registry import Registry
from infra.local import FAULTS, Fault, Faulty, Reranker, Running, application, serve_in_background
from tests.hosts.hybrid.registries import hybrid_of, python_host, shop

AT = 1763712000000
REQUEST = {
    "session": {"x": 0.5, "y": 12, "c": "b", "taste": 2, "secret": "s3cret"},
    "units": {"visitor_id": "v-1"},
    "consent": {"denied": ["personalisation"]},
}
KNOWN = {("visitor_id", "v-1"): {"returns": 3, "taste": -1}}
BUDGET_MS = 90
SLACK_MS = 120
STARVED_MS = 1500
"""What a busy machine may add before a thread or a timer runs: mostly, and at worst. In virtual time it is nothing."""
FAULTY = [name for name in FAULTS if name != "none"]


def check_times(times: list[float]) -> None:
    """A fault lasts 3 s: whoever waited for it would be far beyond both."""
    assert median(times) <= BUDGET_MS + SLACK_MS, times
    assert max(times) <= BUDGET_MS + STARVED_MS, times


class Edge:
    """The Python host with escalation."""

    def __init__(self, registry: Registry, host: Host, tables: Tables, hybrid: Hybrid) -> None:
        self.registry, self.host, self.tables, self.hybrid = registry, host, tables, hybrid

    def answer(self, request: Mapping[str, object] = REQUEST) -> tuple[dict[str, Any], dict[int, Replacement], float]:
        """The answer, what was replaced, and how many ms it took."""
        body = json.dumps(request).encode()
        begin = time.monotonic()
        decided = self.host.decide_request(
            HttpRequest(method="POST", target="/.edgewise/decide", at=AT, new_id=str, body=body)
        )
        assert decided.codes is not None
        leaves: list[Leaf | None] = [self.host.leaf(number, decided.codes) for number in decided.chosen]
        budget = Budget(self.hybrid.latency(decided.chosen), lambda: time.monotonic() * 1000, begin * 1000)
        replaced = self.hybrid.escalate(decided, leaves, budget)
        response = self.host.render_decided(decided, replaced)
        assert response.status == 200
        return json.loads(response.body)["decisions"], replaced, (time.monotonic() - begin) * 1000


def ask_of(cloud: Running) -> Ask:
    return http_ask(cloud.address(PATH), private=[f"{cloud.host}:{cloud.port}"])


def until_answered(edge: Edge, wanted: set[int]) -> tuple[dict[str, Any], dict[int, Replacement]]:
    """The first answer in which the cloud's outcomes stand for these decisions: a busy machine may be late at first."""
    for _ in range(20):
        found, replaced, _ = edge.answer()
        if replaced.keys() >= wanted:
            return found, replaced
        time.sleep(0.15)
    pytest.fail(f"the cloud never answered in time: {edge.hybrid.counters}")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, Models]:
    return shop(tmp_path_factory.mktemp("rerank") / "shop")


@pytest.fixture(scope="module")
def fault() -> Fault:
    return Fault()


@pytest.fixture(scope="module")
def cloud(loaded: tuple[Registry, Models], fault: Fault) -> Iterator[Running]:
    reranker = Reranker(*loaded, known=KNOWN, sold_out=["hats"])
    with serve_in_background(Faulty(application(reranker), fault)) as running:
        yield running


@pytest.fixture
def edge(loaded: tuple[Registry, Models], cloud: Running, fault: Fault) -> Edge:
    fault.name = "none"
    host, tables = python_host(*loaded)
    hybrid = hybrid_of(loaded[0], host, tables, ask_of(cloud), threads())
    return Edge(loaded[0], host, tables, hybrid)


def test_the_cloud_decides_again_with_what_it_knows(edge: Edge) -> None:
    found, replaced = until_answered(edge, {0, 1})
    assert {edge.host.decisions[number] for number in replaced} == {"hero", "offers"}
    assert found["hero"] == {
        "outcome": "hero_buyer",
        "payload": {"title": "Buy"},
        "reason": "TARGETING_MATCH",
        "rule": 0,
        "experiment": None,
        "variation": None,
        "mode": "cloud",
    }
    # A negative taste turns the order around, and hats are sold out.
    assert [item["key"] for item in found["offers"]["payload"]["items"]] == ["bags", "shoes"]
    assert found["offers"]["mode"] == "cloud"
    assert found["footer"]["mode"] == "edge"
    assert "ask" not in found["offers"]


def test_a_question_keeps_to_the_contract_and_to_consent(loaded: tuple[Registry, Models]) -> None:
    asked: list[bytes] = []

    def ask(body: bytes, deadline: int, headers: Mapping[str, str], most: int) -> Reply:
        asked.append(body)
        return Reply(503, {}, b"")

    host, tables = python_host(*loaded)
    edge = Edge(loaded[0], host, tables, hybrid_of(loaded[0], host, tables, ask, at_once))
    edge.answer()
    question = RerankRequest.model_validate_json(asked[0])
    assert set(question.decisions) == {"hero", "offers"}
    assert question.decisions["offers"].items == ("shoes", "hats")
    assert question.decisions["offers"].candidates == ("shoes", "hats", "bags")
    assert question.features == {"x": 0.5, "y": 12, "c": "b", "taste": 2}
    assert question.units == {"visitor_id": "v-1"}
    assert b"s3cret" not in asked[0]
    document = openapi()
    schema = {"$ref": "#/components/schemas/RerankRequest", "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(asked[0]))


def test_answers_and_errors_keep_to_the_contract(edge: Edge, cloud: Running) -> None:
    question = {
        "contract": 1,
        "registry": edge.registry.digest,
        "decisions": {"hero": {"rule": 0, "outcome": "hero_buyer"}},
        "features": {"x": 0.5, "y": 12, "c": "b"},
        "units": {},
        "at": AT,
        "deadline_ms": 80,
    }
    key = {"idempotency-key": f'"{"0" * 32}"'}
    cases: list[tuple[int, Any, dict[str, str]]] = [
        (200, question, key),
        (400, question, {}),
        (400, {**question, "secret": 1}, key),
        (400, {**question, "deadline_ms": 0}, key),
        (400, "nonsense", key),
        (409, {**question, "registry": "sha256:" + "0" * 64}, key),
    ]
    document = openapi()
    post = document["paths"][PATH]["post"]
    for status, body, headers in cases:
        answer = httpx.post(cloud.address(PATH), json=body, headers=headers, timeout=5)
        assert answer.status_code == status, answer.text
        schema = post["responses"][str(status)]["content"]["application/json"]["schema"]
        validator = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
        validator.validate(answer.json())


@pytest.mark.parametrize("name", FAULTY)
def test_no_fault_makes_python_late(edge: Edge, fault: Fault, name: str) -> None:
    local = edge.host.decide(dict(REQUEST), AT)
    fault.name, fault.seconds = name, 3
    times = []
    for _ in range(6):
        found, replaced, took = edge.answer()
        assert replaced == {}
        assert found == json.loads(local)["decisions"], "the edge's own outcomes stand"
        times.append(took)
    check_times(times)
    counters = edge.hybrid.counters
    kept = {key: value for key, value in counters.items() if value and key not in ("asked", "coalesced")}
    assert sum(kept.values()) == 6, kept
    assert edge.hybrid.breaker == "open" and kept["open"] == 6 - counters["asked"], counters


def test_a_cloud_that_is_away_and_comes_back(edge: Edge, fault: Fault) -> None:
    fault.name = "error"
    for _ in range(4):
        edge.answer()
    assert edge.hybrid.breaker == "open"
    fault.name = "none"
    served = fault.served
    edge.answer()
    assert fault.served == served, "an open breaker asks nobody"
    until_answered(edge, {1})
    assert edge.hybrid.breaker == "closed"


def test_nobody_is_there(loaded: tuple[Registry, Models]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}{PATH}"
        host, tables = python_host(*loaded)
        edge = Edge(
            loaded[0],
            host,
            tables,
            hybrid_of(loaded[0], host, tables, http_ask(address, private=[address.split("/")[2]]), threads()),
        )
        times = []
        for _ in range(4):
            _, replaced, took = edge.answer()
            assert replaced == {}
            times.append(took)
        check_times(times)
    assert edge.hybrid.counters["failed"] + edge.hybrid.counters["late"] == 3
    assert edge.hybrid.counters["open"] == 1


def test_equal_questions_at_once_are_one_call(edge: Edge, fault: Fault) -> None:
    import threading

    until_answered(edge, {1})
    fault.name, fault.seconds = "slow", 0.03
    served = fault.served
    found: list[dict[int, Replacement]] = []
    begin = threading.Barrier(8)

    def ask() -> None:
        begin.wait()
        found.append(edge.answer()[1])

    workers = [threading.Thread(target=ask) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 8
    assert fault.served - served + edge.hybrid.counters["coalesced"] == 8
    assert edge.hybrid.counters["coalesced"] >= 4


def test_addresses_that_nobody_may_name() -> None:
    inside = ("http://127.0.0.1/rerank", "https://169.254.169.254/", "http://cloud.example/", "https://db.internal/")
    for address in ("ftp://x/", "rerank", "http:///x", "file:///etc/passwd", *inside):
        with pytest.raises(OriginError, match="expected"):
            http_ask(address)


def in_node(loaded: tuple[Registry, Models], address: str, requests: int, gap: int = 0) -> dict[str, Any]:
    host, tables = python_host(*loaded)
    decided = host.decide_request(
        HttpRequest(method="POST", target="/.edgewise/decide", at=AT, new_id=str, body=json.dumps(REQUEST).encode())
    )
    readings = [
        {"name": one.name, "value": one.value, "status": str(one.status)}
        for one in host.read(dict(REQUEST), AT)
        if not isinstance(one.value, frozenset | tuple)
    ]
    given = {
        "tables": tables,
        "table": hybrid_table(loaded[0]),
        "address": address,
        "requests": requests,
        "budget": 90,
        "codes": list(decided.codes or ()),
        "gap": gap,
        "readings": readings,
    }
    script = Path(__file__).parent / "escalate.mjs"
    command = [shutil.which("node") or "node", script]
    done = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True, check=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.node
def test_javascript_is_answered(loaded: tuple[Registry, Models], cloud: Running, fault: Fault) -> None:
    fault.name = "none"
    found = in_node(loaded, cloud.address(PATH), 12, gap=20)
    assert found["thrown"] == 0
    assert found["replaced"] >= 6, found["counters"]


@pytest.mark.node
@pytest.mark.parametrize("name", FAULTY)
def test_no_fault_makes_javascript_late(
    loaded: tuple[Registry, Models], cloud: Running, fault: Fault, name: str
) -> None:
    fault.name, fault.seconds = name, 3
    found = in_node(loaded, cloud.address(PATH), 8)
    assert found["thrown"] == 0
    assert found["replaced"] == 0
    check_times(found["took"])
    assert found["counters"]["open"] == 8 - found["counters"]["asked"] > 0, found["counters"]
