"""The Python implementation, run through the shared cases."""

from collections.abc import Mapping
from typing import Any

from decision_engine.hosts.python.decided import Decided
from decision_engine.hosts.python.hybrid import (
    Asked,
    Breaker,
    BreakerTable,
    Budget,
    Hybrid,
    HybridTable,
    Reply,
    choices,
    finish_question,
    read_answer,
    replacement_of,
    write_question,
)
from decision_engine.hosts.python.hybrid.transport import at_once
from decision_engine.hosts.python.leaves import Leaf
from decision_engine.hosts.python.messages import HttpRequest
from decision_engine.hosts.python.serve import Served
from decision_engine.hosts.python.tables import Tables
from decision_engine.hosts.python.values import Status
from tests.hosts.hybrid.shared import body_of


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def names_of(tables: Tables) -> list[str]:
    return [decision["name"][1:-1] for decision in tables["decisions"]]


def run_budget(case: dict[str, Any]) -> list[Any]:
    time = Time()
    budget = Budget(case["total"], time, case.get("start"))
    found: list[Any] = []
    for verb, *given in case["steps"]:
        match verb:
            case "at":
                time.now = given[0]
                found.append(given[0])
            case "left":
                found.append(budget.left())
            case "draw":
                found.append(budget.draw(given[0]))
            case "charge":
                found.append(budget.draw(given[0], given[1]))
            case "grant":
                found.append(budget.grant(given[0], given[1]))
            case _:
                found.append(dict(budget.spent))
    return found


def run_breaker(case: dict[str, Any], table: BreakerTable) -> list[dict[str, Any]]:
    breaker = Breaker(table, lambda: case["random"])
    tickets: dict[str, int] = {}
    found = []
    for step in case["steps"]:
        gives = None
        match step["do"]:
            case "admit":
                blocks = breaker.blocks(step["at"])
                ticket = breaker.admit(step["at"])
                assert blocks is (ticket is None)
                gives = ticket is not None
                if ticket is not None:
                    tickets[step["as"]] = ticket
            case "succeeded":
                breaker.succeeded(tickets[step["as"]], step["at"])
            case "failed":
                breaker.failed(tickets[step["as"]], step["at"])
            case "refused":
                breaker.refused(tickets[step["as"]], step["at"], step["ms"])
            case _:
                breaker.dropped(tickets[step["as"]])
        found.append({"gives": gives, "state": breaker.state})
    return found


def asked_of(tables: Tables, asked: list[tuple[str, int]]) -> list[Asked]:
    names = names_of(tables)
    return [Asked(names.index(name), name, code, 80) for name, code in asked]


def run_answer(case: dict[str, Any], tables: Tables, given: list[dict[str, Any]]) -> dict[str, Any]:
    asked = asked_of(tables, [(one["name"], one["code"]) for one in given])
    choice_at = choices(tables)
    answer = read_answer(body_of(case), tables["registry"], asked, choice_at)
    replaced = {
        str(one.number): replacement_of(
            answer.decisions[one.name], choice_at(one.number), one.code, tables["payloads"]
        )._asdict()
        for one in asked
        if one.name in answer.decisions
    }
    return {"reason": answer.reason, "decisions": dict(answer.decisions), "replacements": replaced}


def leaf_of(outcome: str | None, payload: str, rule: int | None, ask: int | None) -> Leaf:
    return Leaf(outcome, payload, "TARGETING_MATCH", rule, None, None, "edge", ask)


def run_question(case: dict[str, Any], tables: Tables) -> str:
    asked = asked_of(tables, [(name, code) for name, code in case["asked"]])
    leaves = [leaf_of(one["outcome"], one["payload"], one["rule"], 80) for one in case["leaves"]]
    served = [
        Served(name, frozenset(value) if kind == "tags" else value, Status(status), None)
        for name, kind, value, status in case["readings"]
    ]
    text = write_question(tables["registry"], asked, choices(tables), leaves, served, case["units"], case["send"])
    return finish_question(text, 5, 70)


def run_escalation(case: dict[str, Any], tables: Tables, table: HybridTable) -> dict[str, Any]:
    time = Time()
    reply: dict[str, Any] = {}

    def ask(body: bytes, deadline: int, headers: Mapping[str, str], most: int) -> Reply:
        assert f'"deadline_ms":{deadline}}}'.encode() in body
        assert headers["idempotency-key"]
        if reply.get("throws"):
            raise ValueError("no")
        if reply["after"] is None or reply["after"] > deadline:
            time.now += deadline
            raise TimeoutError("the deadline is over")
        time.now += reply["after"]
        if reply.get("fails"):
            raise ConnectionRefusedError("nobody there")
        text = " " * reply["fill"] if "fill" in reply else reply["body"]
        return Reply(reply["status"], reply.get("headers", {}), text.encode()[: most + 1])

    names = names_of(tables)
    hybrid = Hybrid(table, tables, ask, names=names, read=lambda _: [], random=lambda: 0.5, now=time, start=at_once)
    found = []
    for step in case["steps"]:
        time.now += step.get("wait", 0)
        reply = step["reply"]
        budget = Budget(step.get("budget", 120), time)
        budget.draw("decide", step.get("spent", 0))
        begin = time.now
        leaves = [
            leaf_of("a", "1", 0, step["asks"][0]),
            leaf_of("x", '{"items":[{"key":"x","value":3}]}', 0, step["asks"][1]),
        ]
        http = HttpRequest(method="GET", target="/", at=5, new_id=str)
        decided = Decided(http=http, request={}, chosen=[0, 1], codes=[0, 1, 0, 0, 0, 1, 0, 0])
        replaced = hybrid.escalate(decided, leaves, budget)
        outcomes = {str(number): one.outcome for number, one in replaced.items()}
        found.append({"outcomes": outcomes, "took": time.now - begin, "counters": dict(hybrid.counters)})
    return {"steps": found, "breaker": hybrid.breaker}
