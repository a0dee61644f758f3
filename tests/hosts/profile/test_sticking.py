"""Sticky assignments from end to end: a signed cookie keeps a variation, and a changed one leaves it to the hash."""

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.hosts.python.base64url import encode_base64url
from decision_engine.hosts.python.pseudonyms import pseudonym
from decision_engine.hosts.python.service import Ports, Service, read_keys
from decision_engine.ir import Program
from decision_engine.pipeline import compile_program
from decision_engine.profiles import SigningKey, mint_sticky
from decision_engine.tables import tables
from decision_engine.targets.python import emit_python
from feature_registry import Registry
from infra.engines.python import load_module
from tests.edge.serving import DECIDE, Server
from tests.hosts.profile.test_minting import read
from tests.service.worker import worker

AT = 1_763_712_000_000
SECRETS = {"pseudonym": bytes(range(32)), "k1": bytes(range(1, 33))}
KEYS = json.dumps({name: encode_base64url(secret) for name, secret in SECRETS.items()})
KEY = SigningKey("k1", SECRETS["k1"])
VISITORS = [f"visitor-{number}" for number in range(40)]
SHOWN = {"control": "hero_a", "bold": "hero_b"}
DOCUMENT: dict[str, Any] = {
    "features": {"loyalty": {"type": "category", "from": "profile.loyalty", "kind": "identity", "tier": 2}},
    "payloads": {name: {"value": name} for name in ("hero_a", "hero_b", "hero_c")},
    "experiments": {
        "hero_test": {"unit": "visitor_id", "variations": {"control": 50, "bold": 50}},
        "other_test": {"unit": "visitor_id", "traffic": 0.5, "variations": {"control": 50, "bold": 50}},
    },
    "decisions": {
        "hero": {"rules": [{"experiment": "hero_test", "show": SHOWN}], "otherwise": "hero_c"},
        "other": {"rules": [{"experiment": "other_test", "show": SHOWN}], "otherwise": "hero_c"},
        "loyal": {"rules": [{"if": {"feature": "loyalty", "in": ["gold"]}, "show": "hero_a"}], "otherwise": "hero_c"},
    },
    "policies": {"profile": {"tenant": "shop", "groups": {"crm": {"features": ["loyalty"]}}, "sticky": {}}},
}

Ask = Callable[[str, str], dict[str, str]]
"""(visitor, sticky cookie) -> outcomes."""


@cache
def registry() -> Registry:
    return read(DOCUMENT)


@cache
def program() -> Program:
    return compile_program(registry())


def cookie_of(visitor: str, variation: str = "bold", at: int = AT) -> str:
    name = pseudonym(SECRETS["pseudonym"], "shop", visitor)
    return mint_sticky(registry(), KEY, name, {"hero_test": variation, "other_test": variation}, at=at)


def header_of(visitor: str, sticky: str) -> str:
    return f"ew_visitor={visitor}" + (f"; ew_sticky={sticky}" if sticky else "")


def python_ask() -> Ask:
    service = Service(
        tables(program()),
        Host(tables(program()), load_module(emit_python(program())), target="test"),
        Ports(keys=read_keys(KEYS)),
    )

    def ask(visitor: str, sticky: str) -> dict[str, str]:
        headers = {"cookie": header_of(visitor, sticky)}
        request = HttpRequest(method="GET", target=DECIDE, at=AT, new_id=lambda: "drawn", headers=headers)
        found = json.loads(service.respond(request).body)["decisions"]
        return {name: decided["outcome"] for name, decided in found.items()}

    return ask


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with (
        tempfile.TemporaryDirectory() as folder,
        worker(Path(folder), program(), texts={"EDGEWISE_KEYS": KEYS}) as running,
    ):
        yield running


def holds(ask: Ask, now: int) -> None:
    """What must hold on every host."""
    by_hash = {visitor: ask(visitor, "") for visitor in VISITORS}
    assert {one["hero"] for one in by_hash.values()} == {"hero_a", "hero_b"}
    for visitor, drawn in by_hash.items():
        for variation, outcome in SHOWN.items():
            found = ask(visitor, cookie_of(visitor, variation, now))
            assert found["hero"] == outcome
            # Only who is enrolled keeps a variation.
            assert found["other"] == ("hero_c" if drawn["other"] == "hero_c" else outcome)
            assert found["loyal"] == "hero_c"
    assert any(one["other"] == "hero_c" for one in by_hash.values())
    first, second = VISITORS[:2]
    assert ask(first, cookie_of(second, "bold", now)) == by_hash[first]
    assert ask(first, cookie_of(second, "control", now)) == by_hash[first]
    assert ask(first, cookie_of(first, "bold", now - 91 * 86_400_000)) == by_hash[first]
    assert ask(first, cookie_of(first, "control", now - 91 * 86_400_000)) == by_hash[first]
    chance = random.Random(1)
    whole = cookie_of(first, "bold" if by_hash[first]["hero"] == "hero_a" else "control", now)
    assert ask(first, whole) != by_hash[first]
    for _ in range(60):
        place = chance.randrange(len(whole))
        changed = whole[:place] + chr(ord(whole[place]) ^ 1 << chance.randrange(5)) + whole[place + 1 :]
        if changed.isprintable() and not set(changed) & set(';," '):
            assert ask(first, changed) == by_hash[first], changed


def test_python() -> None:
    holds(python_ask(), AT)


@pytest.mark.node
def test_the_worker(server: Server) -> None:
    def ask(visitor: str, sticky: str) -> dict[str, str]:
        answer = server.ask("GET", DECIDE, headers={"cookie": header_of(visitor, sticky)})
        assert answer.status == 200
        return answer.outcomes

    now = time.time_ns() // 1_000_000
    holds(ask, now)

    def post(visitor: str, sticky: str) -> dict[str, str]:
        answer = server.ask(
            "POST", DECIDE, b'{"decisions":["hero","loyal","other"]}', headers={"cookie": header_of(visitor, sticky)}
        )
        return answer.outcomes

    holds(post, now)
