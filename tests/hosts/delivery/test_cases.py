"""The delivery's shared cases, in Python and in JavaScript."""

import copy

import pytest

from decision_engine.hosts.python.delivery import Delivery
from tests.hosts.delivery.shared import load_cases, page_tables, run_node, run_python

FILES = ("escape.json", "slots.json", "preview.json", "headers.json", "pages.json")


@pytest.mark.parametrize("name", FILES)
def test_python(name: str) -> None:
    for case in load_cases(name):
        assert run_python(case) == case["expect"], case["name"]


@pytest.mark.node
@pytest.mark.parametrize("name", FILES)
def test_javascript(name: str) -> None:
    cases = load_cases(name)
    answers = run_node([{"tables": page_tables()}, *cases])[1:]
    for case, answer in zip(cases, answers, strict=True):
        assert answer == case["expect"], case["name"]


@pytest.mark.node
def test_a_parameter_carries_the_token_to_the_origin() -> None:
    tables = copy.deepcopy(page_tables())
    tables["service"]["delivery"]["segment"]["parameter"] = "seg"
    codes = [2, 1, 1, 1, 0, 2, 0, 0, 0]
    token = "01234567-2-4-4-9-10-2"
    expected = {
        "/page": ("/page", f"/page?seg={token}"),
        "/page?a=1&seg=evil&s%65g=x": ("/page?a=1", f"/page?a=1&seg={token}"),
        "/?a=1": ("/?a=1", f"/home-b?x=1&a=1&seg={token}"),
    }
    host = Delivery(tables["service"]["delivery"], tables)  # type: ignore[arg-type] # the tables are JSON
    for target, (read, asked) in expected.items():
        assert host.read(target)[1] == read
        assert host.plan(read, codes).target == asked
    operations = [{"read": target} for target in expected]
    operations += [{"plan": {"target": read, "codes": codes}} for read, _ in expected.values()]
    answers = run_node([{"tables": tables}, *operations])[1:]
    assert [answer["origin"] for answer in answers[:3]] == [read for read, _ in expected.values()]
    assert [answer["target"] for answer in answers[3:]] == [asked for _, asked in expected.values()]
