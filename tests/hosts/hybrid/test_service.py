"""Modes through the whole service: what a shopper gets while the cloud and the release go and come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python import HttpRequest
from decision_engine.hosts.python.hybrid import Reply
from decision_engine.hosts.python.hybrid.transport import at_once
from decision_engine.hosts.python.service import Cloud, Ports, Release, Service
from decision_engine.models import Models
from feature_registry import Registry
from tests.hosts.hybrid.registries import SHOP, python_host, shop
from tests.hosts.hybrid.test_rerank import AT, REQUEST

MODES = {"cloud-assisted": {"models": "ask"}, "local-only": {"models": "run"}}
SURE = {**SHOP["decisions"]["hero"], "rules": [{"if": {"model": "m", "at_least": 0.1}, "show": "hero_buyer"}]}


class World:
    """The cloud, the release and the time, as the tests want them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.is_up = True
        self.release = Release(True, 0)
        self.asked: list[dict[str, Any]] = []

    def ask(self, body: bytes, deadline: int, headers: Mapping[str, str], most: int) -> Reply:
        self.asked.append(json.loads(body))
        if not self.is_up:
            self.now += deadline
            raise TimeoutError("nobody there")
        self.now += 10
        asked = self.asked[-1]
        outcomes = {name: {"outcome": "hero_default"} for name in asked["decisions"] if name == "hero"}
        return Reply(
            200, {}, json.dumps({"contract": 1, "registry": asked["registry"], "decisions": outcomes}).encode()
        )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, Models]:
    policies = {
        **SHOP["policies"],
        "degrade": {"soft_max_age": "6h", "hard_max_age": "7d", "hold": "1s", "modes": MODES},
    }
    policies["hybrid"] = {**policies["hybrid"], "decisions": ["hero"]}
    decisions = {**SHOP["decisions"], "hero": SURE}
    return shop(tmp_path_factory.mktemp("service") / "shop", policies=policies, decisions=decisions)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def service(loaded: tuple[Registry, Models], world: World) -> Iterator[Service]:
    host, tables = python_host(*loaded)
    ports = Ports(
        cloud=Cloud(ask=world.ask, start=at_once),
        release=lambda at: world.release,
        monotonic=lambda: world.now,
        random=lambda: 0.5,
    )
    yield Service(tables, host, ports)


def decide(service: Service, world: World, ms: float = 100) -> dict[str, Any]:
    world.now += ms
    body = json.dumps({**REQUEST, "decisions": ["hero"]}).encode()
    response = service.respond(
        HttpRequest(method="POST", target="/.edgewise/decide", at=AT, new_id=lambda: "new", body=body)
    )
    assert response.status == 200
    found: dict[str, Any] = json.loads(response.body)["decisions"]["hero"]
    return found


def test_all_is_well_and_nobody_is_unsure(service: Service, world: World) -> None:
    assert decide(service, world)["mode"] == "edge"
    assert world.asked == []


def test_a_stale_release_lets_decisions_of_models_ask(service: Service, world: World) -> None:
    world.release = Release(True, 7 * 3_600_000)
    assert decide(service, world) == {
        "outcome": "hero_default",
        "payload": {"title": "Hi"},
        "reason": "TARGETING_MATCH",
        "rule": 0,
        "experiment": None,
        "variation": None,
        "mode": "cloud",
    }
    assert world.asked[0]["decisions"] == {"hero": {"rule": 0, "outcome": "hero_buyer"}}


def test_the_cloud_goes_and_comes_back(service: Service, world: World) -> None:
    world.release = Release(True, 7 * 3_600_000)
    world.is_up = False
    for _ in range(3):
        assert decide(service, world)["mode"] == "edge"
    begin = world.now
    assert decide(service, world, 0)["outcome"] == "hero_buyer"
    assert world.now == begin, "nobody waits before an open breaker"
    assert len(world.asked) == 3
    world.is_up = True
    found = [decide(service, world, 300)["mode"] for _ in range(8)]
    assert "cloud" in found, found
    assert decide(service, world, 2000)["mode"] == "cloud"


def test_an_expired_release_is_neutral_and_asks_nobody(service: Service, world: World) -> None:
    world.release = Release(True, 8 * 86_400_000)
    found = decide(service, world)
    assert (found["outcome"], found["mode"]) == ("hero_default", "neutral")
    assert world.asked == []
    world.release = Release(True, 0)
    assert decide(service, world, 500)["mode"] == "neutral", "the hold is not over"
    assert decide(service, world, 1100)["mode"] == "edge"


def test_without_a_cloud_nobody_asks(loaded: tuple[Registry, Models], world: World) -> None:
    host, tables = python_host(*loaded)
    world.release = Release(True, 7 * 3_600_000)
    service = Service(tables, host, Ports(release=lambda at: world.release, monotonic=lambda: world.now))
    assert decide(service, world)["mode"] == "edge"


def test_the_tables_say_what_hangs_on_models(loaded: tuple[Registry, Models], tmp_path: Path) -> None:
    _, tables = python_host(*loaded)
    service: Any = tables["service"]  # type: ignore[typeddict-item] # there, where a policy is
    assert service["modes"]["model_decisions"] == {"hero": 0}
    assert service["modes"]["asking"] == ["hero"]
    bare = {"payloads": SHOP["payloads"], "decisions": {"d": {"rules": [], "otherwise": "none"}}, "features": {}}
    _, tables = python_host(*shop(tmp_path / "bare", **bare, policies={}, models={}))
    assert tables.get("service") is None
