"""Stages around the example shop, in both hosts: modes, the cloud, records, and stages that fail."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.hosts.python.hybrid import Reply
from decision_engine.hosts.python.service import Cloud, Log, Ports, Release, Service
from decision_engine.ir import Program
from decision_engine.pipeline import compile_program
from decision_engine.tables import tables
from decision_engine.targets.python import emit_python
from infra.bench.example import requests
from infra.drills.shop import shop_registry
from infra.engines.python import load_module
from tests.edge.serving import DECIDE
from tests.service.shared import run_node, write_folder

CALIFORNIA = {"country": "US", "region_code": "CA"}
AT = 1_795_000_000_000


@cache
def shop() -> Program:
    return compile_program(shop_registry(), edge_only=True)


@cache
def host() -> Host:
    return Host(tables(shop()), load_module(emit_python(shop())), target="test")


def session(number: int) -> dict[str, Any]:
    given = dict(requests()[number][0]) | {"units": {"visitor_id": f"v-{number}"}}
    target = f"{DECIDE}?d={quote(json.dumps(given), safe='')}"
    return {"method": "GET", "target": target, "geo": CALIFORNIA, "at": AT, "headers": {"cookie": "a=b"}}


def python(http: Mapping[str, Any]) -> HttpRequest:
    return HttpRequest(
        method=http["method"],
        target=http["target"],
        at=http["at"],
        new_id=lambda: "drawn",
        headers=http["headers"],
        geo=http["geo"],
    )


def reversing(body: bytes, deadline: int, headers: Mapping[str, str], most: int) -> Reply:
    question = json.loads(body)
    decisions = {
        name: {"items": one["items"][::-1]} if "items" in one else one for name, one in question["decisions"].items()
    }
    found = {"contract": 1, "registry": question["registry"], "decisions": decisions}
    return Reply(200, {}, json.dumps(found).encode())


def service(**ports: Any) -> Service:
    return Service(tables(shop()), host(), Ports(monotonic=lambda: 0.0, random=lambda: 0.5, **ports))


def decisions(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)["decisions"]
    return found


SESSIONS = [session(number) for number in range(40)]


@pytest.mark.node
@pytest.mark.parametrize("cloud", [None, "reversed", "nonsense"])
def test_both_hosts_say_the_same_with_a_cloud_and_without(tmp_path: Path, cloud: str | None) -> None:
    answers = {"reversed": reversing, "nonsense": lambda *_: Reply(200, {}, b"nonsense"), None: None}
    ask: Any = answers[cloud]
    given = {} if ask is None else {"cloud": Cloud(ask=ask, start=lambda call: call())}
    ours = service(**given)
    setup = {} if cloud is None else {"cloud": cloud}
    answered = run_node(write_folder(tmp_path, shop()), [{"open": setup}, *({"http": one} for one in SESSIONS)])[1:]
    modes = set()
    for one, found in zip(SESSIONS, answered, strict=True):
        response = ours.respond(python(one))
        assert found["body"] == response.body.decode()
        modes |= {decided["mode"] for decided in decisions(found["body"]).values()}
    assert modes == ({"edge", "cloud"} if cloud == "reversed" else {"edge"})


@pytest.mark.node
def test_without_a_valid_release_only_neutral_outcomes_are_shown(tmp_path: Path) -> None:
    ours = service(release=lambda _: Release(valid=False))
    folder = write_folder(tmp_path, shop())
    answered = run_node(folder, [{"open": {"release": {"valid": False}}}, *({"http": one} for one in SESSIONS[:5])])[1:]
    neutral = decisions(host().neutral(AT))
    for one, found in zip(SESSIONS, answered, strict=False):
        assert found["mode"] == "emergency"
        assert decisions(found["body"]) == neutral
        assert ours.respond(python(one)).body.decode() == found["body"]


def test_records_are_sent_after_the_answer() -> None:
    sent: list[bytes] = []

    def sink(body: bytes, headers: dict[str, str]) -> int:
        sent.append(body)
        return 202

    log = Log(sink=sink, ring="pilot", node="n-1", clock=lambda: AT, sleep=lambda _: None, random=lambda: 0.5)
    ours = service(log=log)
    for at in range(AT, AT + 400_000, 10_000):
        ours.respond(python({**session(at % 40), "at": at}))
    events = [event for body in sent for event in json.loads(body)]
    assert {event["ring"] for event in events} == {"pilot"} and "v-1" not in json.dumps(events)
    assert {"edgewise.counts.v1"} <= {event["type"] for event in events}


@pytest.mark.node
@pytest.mark.parametrize("stage", ["createProfileStage", "createHybridStage", "createRecordStage"])
def test_a_stage_that_fails_costs_no_answer(tmp_path: Path, stage: str) -> None:
    plain = service()
    operations = [{"open": {"fails": stage}}, *({"http": one} for one in SESSIONS[:3])]
    for one, found in zip(SESSIONS, run_node(write_folder(tmp_path, shop()), operations)[1:], strict=False):
        assert found["status"] == 200 and found["body"] == plain.respond(python(one)).body.decode()
    assert found["failures"][stage] >= 3


def test_a_gate_that_fails_allows_nothing() -> None:
    told: list[str] = []
    ours = service(standing_of=_broken, on_failure=lambda _, name: told.append(name), keys=_keys())
    http = {**session(0), "headers": {"cookie": "shop_visitor=v-1"}}
    trail = ours.serve(python(http))
    assert trail.response is not None and trail.response.status == 200
    assert trail.gate is not None and {(one.allowed, one.basis) for one in trail.gate.rulings} == {(False, "failed")}
    assert told == ["gate"] and ours.counters()["service"] == {"gate": 1}


def _broken(pseudonym: str, at: int) -> Any:
    raise RuntimeError("a test's failure")


def _keys() -> Any:
    from decision_engine.hosts.python.service import read_keys

    return read_keys('{"pseudonym": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}')
