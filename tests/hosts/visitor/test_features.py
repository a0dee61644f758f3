"""What features see of a visitor, from request to outcome: both hosts, and the page view of the worker."""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from decision_engine.artefact import tables_json
from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.tables import tables
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from infra.engines.python import load_module
from tests.hosts.javascript.node import run
from tests.hosts.objects import encoded
from tests.hosts.visitor.registry import NOW, ZONE, program_of, random_request
from tests.hosts.visitor.shared import load

DECIDE = "/.edgewise/decide"


@pytest.mark.node
@pytest.mark.parametrize("extra", [{}, ZONE], ids=["without a zone", "with a zone"])
def test_both_hosts_and_page_views_see_the_same(tmp_path: Path, extra: dict[str, Any]) -> None:
    program = program_of(tmp_path, extra)
    (tmp_path / "tables.json").write_bytes(tables_json(program))
    (tmp_path / "program.wasm").write_bytes(emit_wasm(program, reader=True).content)
    errors: list[BaseException] = []
    host = Host(tables(program), load_module(emit_python(program)), target="test", on_error=errors.append)
    source = Random(20261121)
    lines = []
    assert program.identity is not None
    known = {"cookie": f"{program.identity.cookie}=v1"}
    for number in range(4000):
        line = random_request(source, number)
        given = line.pop("given")
        document = encoded(given, source) if given else None
        target = DECIDE if document is None else f"{DECIDE}?d={document}"
        lines.append(line | {"headers": line["headers"] | known, "target": target, "document": document})
    answers = run([{"http": line} for line in lines], tmp_path)
    views = run([{"view": line} for line in lines], tmp_path)
    seen: dict[str, Counter[str]] = {}
    viewed = 0
    for number, (line, answer, view) in enumerate(zip(lines, answers, views, strict=True)):
        body = answer["response"]["body"]
        expected = host.respond(
            HttpRequest(
                method="GET",
                target=line["target"],
                headers=line["headers"],
                geo=line["geo"] or {},
                device=line["device"] or {},
                cdn=line["cdn"],
                at=line["at"],
                new_id=lambda number=number: f"id-{number}",
            )
        )
        assert body == expected.body.decode(), line
        if view["view"] is not None:
            assert view["view"] == body, line
            viewed += 1
        for name, decision in json.loads(body)["decisions"].items():
            seen.setdefault(name, Counter())[decision["outcome"]] += 1
    assert not errors
    assert viewed > 1000, viewed
    least = {
        "device": 7, "language": 3, "variety": 4, "liked": 4, "hour": 25, "minute": 45, "weekday": 8, "part": 5,
    }  # fmt: skip
    assert all(len(seen[name]) >= count for name, count in least.items()), seen


@pytest.mark.parametrize("case", load("local.json"), ids=lambda case: case["name"])
def test_local_times_reach_the_outcomes(case: dict[str, Any], local_host: Host) -> None:
    place = {} if case["zone"] is None else {"timezone": case["zone"]}
    request = HttpRequest(method="GET", target=DECIDE, at=case["at"], new_id=str, geo=place)
    told = {
        name: int(decision["outcome"][1:])
        for name, decision in json.loads(local_host.respond(request).body)["decisions"].items()
    }
    local = case["local"]
    assert told["hour"] == (0 if local is None else local["hour"] + 1)
    assert told["weekday"] == (10 if local is None else local["weekday"] + 1)


@pytest.fixture(scope="module")
def local_host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    program = program_of(tmp_path_factory.mktemp("registry"))
    return Host(tables(program), load_module(emit_python(program)), target="test")


def test_a_request_without_http_shows_nothing(local_host: Host) -> None:
    request: dict[str, Any] = {
        "geo": {"timezone": "UTC"}, "headers": {"user-agent": "iphone", "accept-language": "de"}
    }  # fmt: skip
    decided = json.loads(local_host.decide(request, NOW))["decisions"]
    assert {name: decision["outcome"] for name, decision in decided.items()} == {
        "device": "p0", "language": "p1", "variety": "p0", "liked": "p0", "hour": "p0", "minute": "p0",
        "weekday": "p10", "part": "p0",
    }  # fmt: skip
