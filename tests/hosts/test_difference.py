"""Both hosts give the same answers to the same hostile requests."""

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.hosts.python.errors import RequestError
from decision_engine.hosts.python.strict_json import parse_object
from tests.hosts.engine import assemble, decide
from tests.hosts.hostile import NOW, hostile_object, hostile_requests
from tests.hosts.hostile_json import hostile_documents
from tests.hosts.javascript.node import bits, exact, run
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


def test_both_hosts_serve_the_same_values(artefact: Path) -> None:
    host = Host(load("tables.json"), decide, target="javascript")
    kinds = {feature["name"]: feature["type"] for feature in load("tables.json")["features"]}
    source = Random(20261125)
    objects = [json.loads(json.dumps(hostile_object(source))) for _ in range(1000)]
    seen: Counter[str] = Counter()
    for request, answer in zip(objects, run([{"read": one, "at": NOW} for one in objects], artefact), strict=True):
        for served, found in zip(host.read(request, NOW), answer["served"], strict=True):
            assert (found["name"], found["status"], found["age"]) == (served.name, served.status, served.age), request
            if kinds[served.name] == "version":  # each host has a form of its own
                assert (found["value"] is None) == (served.value is None), request
            elif isinstance(served.value, frozenset):
                assert sorted(found["value"]) == sorted(served.value), request
            else:
                assert found["value"] == exact(served.value), request
            seen[served.status] += served.value is not None
    assert min(seen["present"], seen["default"]) > 50 and seen["stale"], seen
    assert not seen["denied"] and not seen["missing"], seen


def test_both_hosts_take_and_refuse_the_same_documents() -> None:
    documents = list(hostile_documents(seed=20261124, count=5004))
    verdicts: dict[str, Counter[str]] = {}
    answers = run([{"strict_json": document.hex()} for _, document in documents])
    for (kind, document), answer in zip(documents, answers, strict=True):
        try:
            expected = {"value": exact(parse_object(document))}
            verdict = "taken"
        except RequestError as refused:
            expected, verdict = {"error": refused.code}, refused.code
        found = {"error": answer["error"]["code"]} if "error" in answer else answer
        assert found == expected, (kind, document[:200])
        verdicts.setdefault(kind, Counter())[verdict] += 1
    assert all(counts["taken"] >= 10 for counts in verdicts.values()), verdicts
    assert all(len(counts) > 1 for kind, counts in verdicts.items() if kind != "prototypes"), verdicts
    codes = {code for counts in verdicts.values() for code in counts}
    assert codes == _CODES | {"taken"}, codes


_CODES = {
    "too-large", "not-utf8", "not-json", "too-deep", "too-many-keys", "duplicate-key", "bad-text", "bad-number",
    "not-an-object",
}  # fmt: skip
"""Every code of the strict rule (docs/reference/host.md)."""
