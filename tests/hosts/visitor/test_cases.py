"""Both hosts on the cases in tests/conformance/visitor."""

from typing import Any

import pytest

from decision_engine.hosts.python.visitor import LocalTimes, agent_type, observe_type, place_of, read_languages
from decision_engine.hosts.python.visitor.device import AGENT_RULES
from decision_engine.visitor_tables import zones_table
from tests.hosts.visitor.shared import load, run_node

TIMES = LocalTimes(zones_table())


@pytest.mark.parametrize("case", load("agents.json"), ids=lambda case: case[1])
def test_agents(case: list[str]) -> None:
    kind, agent = case
    assert agent_type(agent) == kind


@pytest.mark.parametrize("case", load("device.json"), ids=lambda case: case["name"])
def test_devices(case: dict[str, Any]) -> None:
    assert observe_type(case["headers"], case["cdn"]) == case["type"]


@pytest.mark.parametrize("case", load("language.json"), ids=lambda case: case["name"])
def test_languages(case: dict[str, Any]) -> None:
    assert read_languages(case["header"]).best(case["values"]) == case["best"]


@pytest.mark.parametrize("case", load("geo.json"), ids=lambda case: case["name"])
def test_places(case: dict[str, Any]) -> None:
    assert place_of(case["cdn"], case["headers"]) == case["geo"]


@pytest.mark.parametrize("case", load("local.json"), ids=lambda case: case["name"])
def test_local_times(case: dict[str, Any]) -> None:
    assert (TIMES.read(case["zone"], case["at"]) or None) == case["local"]


def test_a_place_of_no_platform_is_empty() -> None:
    assert place_of("nowhere", {"cf-ipcountry": "DE"}) == {}


@pytest.mark.node
def test_the_javascript_host_on_all_cases() -> None:
    lines = [
        *(({"agent": agent}, kind) for kind, agent in load("agents.json")),
        *(({"device": case}, case["type"]) for case in load("device.json")),
        *(({"language": case}, case["best"]) for case in load("language.json")),
        *(({"geo": case}, case["geo"]) for case in load("geo.json")),
        *(({"local": case}, case["local"]) for case in load("local.json")),
    ]
    answers = run_node([operation for operation, _ in lines])
    for (operation, expected), answer in zip(lines, answers, strict=True):
        assert answer == expected, operation


@pytest.mark.node
def test_both_hosts_have_the_same_rules() -> None:
    assert run_node([{"rules": None}]) == [[[kind, list(parts)] for kind, parts in AGENT_RULES]]
    texts = [text for _, parts in AGENT_RULES for text in parts]
    assert all(text == text.lower() and text.isascii() for text in texts)
