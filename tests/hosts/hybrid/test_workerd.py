"""Escalation in workerd itself: deadlines by its timers, and one call for equal questions of different requests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from decision_engine.hosts.javascript import FOLDER, HOST_FILES, HYBRID_FILES
from decision_engine.hosts.python import HttpRequest
from decision_engine.hybrid_tables import hybrid_table
from functions.edge.cloudflare.config import workerd_config
from infra.dev.workerd import Workerd, find_workerd, free_port
from infra.local import Fault, Faulty, Reranker, application, serve_in_background
from tests.conftest import ROOT
from tests.hosts.hybrid.registries import python_host, shop
from tests.hosts.hybrid.test_rerank import AT, REQUEST, check_times

pytestmark = pytest.mark.node
FILES = ("leaves.js", "origins.js", "watching.js", *HYBRID_FILES, *HOST_FILES)
OF_THE_WORKER = ROOT / "functions" / "edge" / "cloudflare" / "cloud.js"


@pytest.fixture(scope="module")
def fault() -> Fault:
    return Fault()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workerd")


@pytest.fixture(scope="module")
def given(folder: Path, fault: Fault) -> Iterator[tuple[str, str]]:
    """What the worker is given, and the address of its cloud."""
    registry, models = shop(folder / "shop")
    host, tables = python_host(registry, models)
    body = json.dumps(REQUEST).encode()
    http = HttpRequest(method="POST", target="/.edgewise/decide", at=AT, new_id=str, body=body)
    codes = host.decide_request(http).codes
    readings = [{"name": "taste", "value": 2, "status": "present"}]
    text = {"tables": tables, "table": hybrid_table(registry), "codes": list(codes or ()), "readings": readings}
    with serve_in_background(Faulty(application(Reranker(registry, models)), fault)) as cloud:
        yield json.dumps(text), f"{cloud.host}:{cloud.port}"


@pytest.fixture
def worker(folder: Path, given: tuple[str, str], fault: Fault, tmp_path: Path) -> Iterator[httpx.Client]:
    fault.name, fault.served = "none", 0
    binary = find_workerd()
    assert binary is not None, "the mark `node` has looked for it"
    paths = [Path(__file__).parent / "worker.js", OF_THE_WORKER, *(FOLDER / name for name in dict.fromkeys(FILES))]
    for path in paths:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    names = [path.name for path in paths]
    config = workerd_config(names, services={"EDGEWISE_CLOUD": given[1]}, texts={"GIVEN": given[0]})
    (tmp_path / "config.capnp").write_text(config, encoding="utf-8")
    port = free_port()
    with Workerd(binary, tmp_path, "127.0.0.1", port):
        fault.served = 0
        # Plain HTTP to this machine: loading certificates would take longer than a request.
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=False, timeout=10) as client:
            yield client


def ask(worker: httpx.Client, visitor: str) -> tuple[dict[str, Any], float]:
    begin = time.monotonic()
    answer = worker.get(f"/{visitor}")
    assert answer.status_code == 200, answer.text
    return answer.json(), (time.monotonic() - begin) * 1000


def test_the_cloud_answers(worker: httpx.Client) -> None:
    found = [ask(worker, f"v{number}")[0] for number in range(8)]
    assert [0, 1] in [one["replaced"] for one in found], found


@pytest.mark.parametrize("name", ["hang", "slow", "drip", "error", "garbage", "throttled", "huge"])
def test_no_fault_makes_it_late(worker: httpx.Client, fault: Fault, name: str) -> None:
    ask(worker, "warm")
    fault.name, fault.seconds = name, 3
    times = []
    for number in range(6):
        found, took = ask(worker, f"v{number}")
        assert found["replaced"] == []
        times.append(took)
    check_times(times)
    assert found["counters"]["open"] > 0, found
    assert found["breaker"] == "open"


def test_equal_questions_of_many_requests_are_one_call(worker: httpx.Client, fault: Fault) -> None:
    ask(worker, "warm")
    fault.name, fault.seconds = "slow", 0.03
    rounds = []
    for number in range(8):  # a busy machine may be late in some
        fault.served = 0
        with ThreadPoolExecutor(8) as pool:
            found = [one for one, _ in pool.map(lambda _, name=f"same-{number}": ask(worker, name), range(8))]
        answered = sum(one["replaced"] == [0, 1] for one in found)
        rounds.append((answered, fault.served, max(one["counters"]["coalesced"] for one in found)))
        if answered > fault.served > 0:
            return
        time.sleep(0.5)
    pytest.fail(f"no request was answered by the call of another one: {rounds}")
