"""Both hosts give the same answers to the same hostile requests."""

import json
from pathlib import Path
from random import Random

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from tests.hosts.engine import assemble, decide
from tests.hosts.hostile import NOW, hostile_object, hostile_requests
from tests.hosts.javascript.node import bits, run
from tests.hosts.python.shared import FOLDER, load

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artefact")
    (folder / "tables.json").write_bytes((FOLDER / "tables.json").read_bytes())
    assemble(folder / "program.wasm")
    return folder


def test_both_hosts_answer_hostile_requests_alike(artefact: Path) -> None:
    errors: list[BaseException] = []
    host = Host(load("tables.json"), decide, target="javascript", on_error=errors.append)
    requests = list(hostile_requests(seed=20261121, count=5000))
    lines = [
        {
            "http": {
                "method": request.method,
                "target": request.target,
                "headers": request.headers,
                "body": request.body.hex(),
                "geo": request.geo,
                "device": request.device,
                "at": NOW + number,
                "new_id": f"id-{number}",
            }
        }
        for number, request in enumerate(requests)
    ]
    statuses: dict[int, int] = {}
    for number, (request, answer) in enumerate(zip(requests, run(lines, artefact), strict=True)):
        expected = host.respond(
            HttpRequest(
                method=request.method,
                target=request.target,
                headers=request.headers,
                body=request.body,
                geo=request.geo,
                device=request.device,
                at=NOW + number,
                new_id=lambda number=number: f"id-{number}",
            )
        )
        wanted = {"status": expected.status, "headers": expected.headers, "body": expected.body.decode()}
        assert answer.get("response", answer) == wanted, (number, request)
        statuses[expected.status] = statuses.get(expected.status, 0) + 1
    assert min(statuses[200], statuses[400]) > 1000, statuses
    assert {200, 304, 400, 404, 405, 413} <= set(statuses), statuses
    assert not errors


def test_a_page_view_is_answered_as_by_the_routes(artefact: Path) -> None:
    requests = [one for one in hostile_requests(seed=20261123, count=8000) if "cookie" in one.headers]
    lines = [
        {
            "method": "GET",
            "target": "/.edgewise/decide",
            "headers": request.headers,
            "geo": request.geo if number % 3 else None,
            "device": None if number % 7 else request.device,
            "at": NOW + number * 86_400_000,
            "new_id": f"id-{number}",
        }
        for number, request in enumerate(requests)
    ]
    views = run([{"view": line} for line in lines], artefact)
    answers = run([{"http": line} for line in lines], artefact)
    seen = 0
    for line, view, answer in zip(lines, views, answers, strict=True):
        response = answer["response"]
        if view["view"] is None:
            assert "set-cookie" in response["headers"] or line["device"] is not None or "sec-gpc" in line["headers"], (
                line
            )
            continue
        seen += 1
        assert response["status"] == 200
        assert response["headers"].keys() == {"content-type", "cache-control"}
        assert view["view"] == response["body"], line
    assert seen > 300, seen


def test_both_hosts_encode_hostile_objects_alike(artefact: Path) -> None:
    host = Host(load("tables.json"), decide, target="javascript")
    source = Random(20261122)
    objects = [json.loads(json.dumps(hostile_object(source))) for _ in range(3000)]
    lines = [{"encode": request, "at": NOW} for request in objects]
    for request, answer in zip(objects, run(lines, artefact), strict=True):
        vector, statuses = host.encode(request, NOW)
        assert answer["vector"] == [bits(number) for number in vector], request
        assert answer["features"] == [list(status) for status in statuses], request
