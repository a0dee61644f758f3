"""The breaker as a state machine: whatever comes, in whatever order, on whatever clock; and both hosts alike."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, multiple, rule

from decision_engine.hosts.python.hybrid import Breaker, BreakerTable
from tests.hosts.hybrid.python import run_breaker
from tests.hosts.hybrid.shared import load, run_node

TABLE: BreakerTable = load("hybrid/breaker.json")["table"]
LONGEST = TABLE["longest_pause"] * 1.25


class Breakers(RuleBasedStateMachine):
    """Calls begin and end; some are never heard of again."""

    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0
        self.breaker = Breaker(TABLE, random.Random(1).random)
        self.state = self.breaker.state
        self.opened = 0.0
        self.trial: tuple[int, float] | None = (
            None  # the last one of this half-open state, while nothing is heard of it
        )

    def note(self) -> None:
        if self.breaker.state != self.state:
            if self.breaker.state == "open":
                self.opened = self.at
            self.trial = None
            self.state = self.breaker.state

    def hear_of(self, ticket: int) -> None:
        if self.trial is not None and self.trial[0] == ticket:
            self.trial = None

    @rule(ms=st.floats(0, 400))
    def time_passes(self, ms: float) -> None:
        self.at += ms

    @rule(target=tickets)
    def call(self) -> Any:
        was = self.breaker.state
        ticket = self.breaker.admit(self.at)
        if was == "closed":
            assert ticket is not None
        if was == "open" and self.at - self.opened < TABLE["pause"] * 0.75:
            assert ticket is None
        if was == "open" and self.at - self.opened >= LONGEST:
            assert ticket is not None, "an open breaker always lets somebody try in the end"
        self.note()
        if ticket is None:
            return multiple()
        if self.breaker.state == "half-open":
            assert self.trial is None or self.at - self.trial[1] >= TABLE["pause"], "one trial at a time"
            self.trial = ticket, self.at
        return ticket

    @rule(ticket=consumes(tickets))
    def succeeds(self, ticket: int) -> None:
        was = self.breaker.state
        self.breaker.succeeded(ticket, self.at)
        assert self.breaker.state in (was, "closed")
        assert not (was == "open" and self.breaker.state == "closed"), "an open one closes by trials only"
        self.hear_of(ticket)
        self.note()

    @rule(ticket=consumes(tickets))
    def fails(self, ticket: int) -> None:
        was = self.breaker.state
        self.breaker.failed(ticket, self.at)
        assert self.breaker.state in (was, "open")
        self.hear_of(ticket)
        self.note()

    @rule(ticket=consumes(tickets), ms=st.floats(0, 1e9))
    def is_refused(self, ticket: int, ms: float) -> None:
        self.breaker.refused(ticket, self.at, ms)
        self.hear_of(ticket)
        self.note()

    @rule(ticket=consumes(tickets))
    def is_never_heard_of(self, ticket: int) -> None:
        del ticket


Breakers.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestBreakers = Breakers.TestCase


def test_failures_in_a_row_always_open_it() -> None:
    breaker = Breaker(TABLE, lambda: 0.5)
    for number in range(TABLE["failures"]):
        ticket = breaker.admit(number)
        assert ticket is not None
        breaker.failed(ticket, number)
    assert breaker.state == "open"


def random_case(chance: random.Random) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    at, names = 0.0, []
    for number in range(60):
        at += chance.choice((0, 1, 20, 75, 100, 125, 400)) if chance.random() < 0.97 else -200
        if not names or chance.random() < 0.5:
            steps.append({"at": at, "do": "admit", "as": f"t{number}"})
            names.append(f"t{number}")
        else:
            verb = chance.choice(("succeeded", "failed", "failed", "refused", "dropped"))
            steps.append({"at": at, "do": verb, "as": chance.choice(names[-4:]), "ms": chance.choice((0, 120, 9999))})
    return {"random": chance.random(), "steps": steps}


@pytest.mark.node
def test_both_hosts_agree_on_random_calls() -> None:
    chance = random.Random(3)
    cases = [only_admitted(random_case(chance)) for _ in range(150)]
    theirs = run_node([{"breaker": case, "table": TABLE} for case in cases])
    ours = [run_breaker(case, TABLE) for case in cases]
    assert theirs == ours
    states = {step["state"] for found in ours for step in found}
    assert states == {"closed", "open", "half-open"}


def only_admitted(case: dict[str, Any]) -> dict[str, Any]:
    """The case without reports on calls that were never admitted."""
    steps: list[dict[str, Any]] = []
    admitted: set[str] = set()
    for step in case["steps"]:
        if step["do"] == "admit":
            found = run_breaker({**case, "steps": [*steps, step]}, TABLE)
            if found[-1]["gives"]:
                admitted.add(step["as"])
            steps.append(step)
        elif step["as"] in admitted:
            steps.append(step)
    return {**case, "steps": steps}
