"""Every shared case of budgets, breakers, questions, answers and escalations, on both hosts."""

import json
from typing import Any

import pytest

from tests.hosts.hybrid.python import run_answer, run_breaker, run_budget, run_escalation, run_question
from tests.hosts.hybrid.shared import load, run_node

BUDGETS = load("hybrid/budget.json")
BREAKERS = load("hybrid/breaker.json")
ANSWERS = load("hybrid/answers.json")
QUESTIONS = load("hybrid/questions.json")
ESCALATIONS = load("hybrid/escalations.json")


def check_budget(case: dict[str, Any], found: list[Any]) -> None:
    expected = [step[-1] for step in case["steps"]]
    for one, wanted in zip(found, expected, strict=True):
        assert one == pytest.approx(wanted), case["name"]


def check_breaker(case: dict[str, Any], found: list[dict[str, Any]]) -> None:
    for step, seen in zip(case["steps"], found, strict=True):
        assert seen["gives"] is step.get("gives"), (case["name"], step)
        assert seen["state"] == step.get("state", seen["state"]), (case["name"], step)


def check_answer(case: dict[str, Any], found: dict[str, Any]) -> None:
    assert found["reason"] == case["reason"], case["name"]
    assert found["decisions"] == case.get("decisions", {}), case["name"]
    if "replacements" in case:
        assert found["replacements"] == case["replacements"]


def check_escalation(case: dict[str, Any], found: dict[str, Any]) -> None:
    for step, seen in zip(case["steps"], found["steps"], strict=True):
        assert seen["outcomes"] == step["expect"], (case["name"], step, seen)
        assert seen["took"] == pytest.approx(step.get("took", seen["took"])), (case["name"], step, seen)
        counted = {name: seen["counters"][name] for name in step.get("counters", {})}
        assert counted == step.get("counters", {}), (case["name"], step)
    assert found["breaker"] == case.get("breaker", found["breaker"]), case["name"]


@pytest.mark.parametrize("case", BUDGETS["cases"], ids=lambda case: case["name"])
def test_budgets_in_python(case: dict[str, Any]) -> None:
    check_budget(case, run_budget(case))


@pytest.mark.parametrize("case", BREAKERS["cases"], ids=lambda case: case["name"])
def test_breakers_in_python(case: dict[str, Any]) -> None:
    check_breaker(case, run_breaker(case, BREAKERS["table"]))


@pytest.mark.parametrize("case", ANSWERS["cases"], ids=lambda case: case["name"])
def test_answers_in_python(case: dict[str, Any]) -> None:
    check_answer(case, run_answer(case, ANSWERS["tables"], ANSWERS["asked"]))


@pytest.mark.parametrize("case", QUESTIONS["cases"], ids=lambda case: case["name"])
def test_questions_in_python(case: dict[str, Any]) -> None:
    assert json.loads(run_question(case, QUESTIONS["tables"])) == case["expect"]


@pytest.mark.parametrize("case", ESCALATIONS["cases"], ids=lambda case: case["name"])
def test_escalations_in_python(case: dict[str, Any]) -> None:
    check_escalation(case, run_escalation(case, ESCALATIONS["tables"], ESCALATIONS["table"]))


@pytest.mark.node
def test_javascript() -> None:
    operations = [{"budget": case} for case in BUDGETS["cases"]]
    operations += [{"breaker": case, "table": BREAKERS["table"]} for case in BREAKERS["cases"]]
    operations += [
        {"answer": case, "tables": ANSWERS["tables"], "asked": ANSWERS["asked"]} for case in ANSWERS["cases"]
    ]
    operations += [{"question": case, "tables": QUESTIONS["tables"]} for case in QUESTIONS["cases"]]
    operations += [
        {"escalation": case, "tables": ESCALATIONS["tables"], "table": ESCALATIONS["table"]}
        for case in ESCALATIONS["cases"]
    ]
    found = iter(run_node(operations))
    for case in BUDGETS["cases"]:
        check_budget(case, next(found))
    for case in BREAKERS["cases"]:
        check_breaker(case, next(found))
    for case in ANSWERS["cases"]:
        check_answer(case, next(found))
    for case in QUESTIONS["cases"]:
        text = next(found)
        assert json.loads(text) == case["expect"]
        assert text == run_question(case, QUESTIONS["tables"])
    for case in ESCALATIONS["cases"]:
        check_escalation(case, next(found))
