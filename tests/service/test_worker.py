"""The worker of a registry with a gate and profiles, in workerd."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from decision_engine.hosts.python.base64url import encode_base64url
from decision_engine.hosts.python.consent import write_receipt
from decision_engine.hosts.python.pseudonyms import pseudonym
from decision_engine.profiles import Known, SigningKey, mint_token
from functions.edge.cloudflare import worker_module
from infra.consent import tc_string
from tests.edge.serving import DECIDE, HEALTH, Server
from tests.service.shared import program, registry
from tests.service.worker import worker

pytestmark = pytest.mark.node

NAMES, SIGNING = bytes([1]) * 32, bytes([2]) * 32
KEYS = json.dumps({"pseudonym": encode_base64url(NAMES), "k1": encode_base64url(SIGNING)})
DE, CALIFORNIA = {"country": "DE"}, {"country": "US", "regionCode": "CA", "region": "California"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with worker(tmp_path_factory.mktemp("worker"), program(), texts={"EDGEWISE_KEYS": KEYS}) as server:
        yield server


def ask(server: Server, cf: dict[str, str], cookie: str = "", target: str = DECIDE, **headers: str) -> dict[str, str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.ask("GET", target, cf=cf, headers=sent | ({"cookie": cookie} if cookie else {})).outcomes


def name_of(visitor: str) -> str:
    return pseudonym(NAMES, "shop", visitor)


def test_nothing_known_allows_nothing_where_opt_in_holds(server: Server) -> None:
    answer = server.ask("GET", DECIDE, cf=DE, headers={"cookie": "ew_visitor=v-3; theme=dark"})
    assert answer.outcomes["dark_mode"] == "is_off" and "set-cookie" not in answer.headers
    seen = {ask(server, DE, "ew_visitor=v-3")["home_hero"] for _ in range(40)}
    assert len(seen) > 1, "the unit lives for one request"


def test_where_opt_out_holds_visitors_are_named(server: Server) -> None:
    answer = server.ask("GET", DECIDE, cf=CALIFORNIA, headers={"cookie": "theme=dark"})
    assert answer.outcomes["dark_mode"] == "is_on" and answer.headers["set-cookie"].startswith("ew_visitor=")
    assert {ask(server, CALIFORNIA, "ew_visitor=v-3")["home_hero"] for _ in range(20)} == {"hero_b"}


def test_signals_count_each_time(server: Server) -> None:
    now = time.time_ns() // 1_000_000
    full = tc_string(now - 10**9, (1, 5, 6, 8), publisher=(1, 5, 6, 8))
    for _ in range(3):  # the second time, what was remembered answers
        assert ask(server, DE, f"theme=dark; euconsent-v2={full}")["dark_mode"] == "is_on"
        assert ask(server, DE, f"theme=dark; euconsent-v2={full}", sec_gpc="1")["dark_mode"] == "is_off"
        assert ask(server, DE, f"theme=dark; euconsent-v2={full[:-4]}")["dark_mode"] == "is_off"


def test_a_receipt_counts_for_its_visitor_until_it_expires(server: Server) -> None:
    soon = int(time.time()) + 2
    text = write_receipt("k1", SIGNING, name_of("v-3"), ["storage", "personalisation"], epoch=1, expires=soon)
    mine, other = f"ew_visitor=v-3; theme=dark; ew_consent={text}", f"ew_visitor=v-4; theme=dark; ew_consent={text}"
    for _ in range(2):
        assert ask(server, DE, mine)["dark_mode"] == "is_on"
        assert ask(server, DE, other)["dark_mode"] == "is_off"
    time.sleep(max(0.0, soon - time.time()) + 0.1)
    assert ask(server, DE, mine)["dark_mode"] == "is_off"


def test_a_token_is_known_where_it_is_allowed(server: Server) -> None:
    now = time.time_ns() // 1_000_000
    known = Known({"loyalty": "gold", "interests": ["shoes"]}, {"crm": now - 60_000})
    granted = ("storage", "personalisation", "analytics")
    token = mint_token(registry(), SigningKey("k1", SIGNING), name_of("v-3"), known, granted=granted, at=now).text
    cookie = f"ew_visitor=v-3; ew_profile={token}"
    for _ in range(2):
        assert ask(server, CALIFORNIA, cookie)["home_hero"] == "hero_loyal"
        assert ask(server, CALIFORNIA, f"ew_visitor=v-4; ew_profile={token}")["home_hero"] != "hero_loyal"
        assert ask(server, DE, cookie) | {"home_hero": ""} == {
            "home_hero": "",
            "dark_mode": "is_off",
            "banner": "plain",
            "offers": "socks",
        }
    document = quote(json.dumps({"profile": {"loyalty": "none"}, "session": {"views": 9}}))
    found = ask(server, CALIFORNIA, cookie, f"{DECIDE}?d={document}")
    assert (found["home_hero"], found["banner"]) == ("hero_loyal", "hint")


def test_routes(server: Server) -> None:
    assert server.ask("GET", HEALTH).json["status"] == "ok"
    support = server.ask("GET", "/.well-known/gpc.json")
    assert support.json == {"gpc": True, "lastUpdate": "2026-11-21"}
    assert support.headers["content-type"].startswith("application/json")
    body = json.dumps({"session": {"views": 9}}).encode()
    assert server.ask("POST", DECIDE, body, cf=CALIFORNIA).outcomes["banner"] == "hint"
    assert server.ask("POST", DECIDE, body, cf=DE).outcomes["banner"] == "plain"
    assert server.ask("GET", "/nowhere").status == 404


def test_bad_keys_cost_no_answer(tmp_path: Path) -> None:
    with worker(tmp_path, program(), texts={"EDGEWISE_KEYS": '{"k1":"short"}'}) as server:
        assert ask(server, CALIFORNIA, "theme=dark")["dark_mode"] == "is_on"
        assert ask(server, CALIFORNIA, "ew_visitor=v-3; theme=dark; ew_consent=1.k1.1.1..x")["dark_mode"] == "is_off"


def test_a_killed_edge(tmp_path: Path) -> None:
    with worker(tmp_path, program(), texts={"EDGEWISE_KEYS": KEYS, "EDGEWISE_KILLED": "1"}) as server:
        assert ask(server, CALIFORNIA, "ew_visitor=v-3; theme=dark")["dark_mode"] == "is_off"


def test_only_stages_that_are_configured_are_in_the_module() -> None:
    service = program().service
    assert service is not None
    module = worker_module(service).decode()
    assert "decideForAWhile" in module and "createProfileStage" in module
    for absent in ("createRecorder", "HTMLRewriter", "createBreaker"):
        assert absent not in module
    assert "createService" not in worker_module().decode()
