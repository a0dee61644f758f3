"""Degrade modes: every shared case on both hosts, and what holds whatever is seen."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from decision_engine.hosts.python.leaves import Leaf
from decision_engine.hosts.python.modes import MODES, Health, ModeState, Signals, act, first_mode, next_mode
from tests.hosts.hybrid.shared import load, run_node

CASES, ACTIONS, HEALTH = load("modes/modes.json"), load("modes/actions.json"), load("modes/health.json")
TABLE = CASES["table"]


def seen(signals: dict[str, Any]) -> Signals:
    return Signals(**{"valid": True, **signals})


def check(case: dict[str, Any], found: list[dict[str, Any]]) -> None:
    for step, state in zip(case["steps"], found, strict=True):
        assert state["mode"] == step["mode"], (case["name"], step, state)
        assert state["since"] == step.get("since", state["since"]), (case["name"], step, state)
        assert list(state["reasons"]) == step.get("reasons", list(state["reasons"])), (case["name"], step, state)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_modes_in_python(case: dict[str, Any]) -> None:
    state, found = first_mode(0), []
    for step in case["steps"]:
        state = next_mode(TABLE, state, seen(step["signals"]), step["at"])
        found.append(state._asdict())
    check(case, found)


@pytest.mark.parametrize("case", ACTIONS["cases"], ids=lambda case: case["name"])
def test_actions_in_python(case: dict[str, Any]) -> None:
    told = {"outcome": "a", "payload": "1", "reason": "STATIC", "variation": None, "mode": "edge", "experiment": None}
    state = ModeState(case["mode"], 0)
    action = act(ACTIONS["table"], state, case["cloud"], case["decision"], Leaf(**{**told, **case["leaf"]}))
    assert action == (case["ask"], case["neutral"])


def test_health_in_python() -> None:
    health = Health()
    for verb, *given_, expected in HEALTH["cases"][0]["steps"]:
        if verb == "note":
            health.note(*given_, expected)
        else:
            found = health.errors(*given_) if verb == "errors" else health.latency(*given_)
            assert found == (None if expected is None else pytest.approx(expected)), (verb, given_)


@pytest.mark.node
def test_javascript() -> None:
    steps = HEALTH["cases"][0]["steps"]
    operations = [{"modes": case, "table": TABLE} for case in CASES["cases"]]
    operations += [
        {"act": {**case, "leaf": {**case["leaf"], "ask": case["leaf"]["ask"] and {"within": case["leaf"]["ask"]}}}}
        | {"table": ACTIONS["table"]}
        for case in ACTIONS["cases"]
    ]
    operations.append({"health": [step if step[0] == "note" else step[:-1] for step in steps]})
    found = iter(run_node(operations))
    for case in CASES["cases"]:
        check(case, next(found))
    for case in ACTIONS["cases"]:
        ask = None if case["ask"] is None else {"within": case["ask"]}
        assert next(found) == {"ask": ask, "isNeutral": case["neutral"]}, case["name"]
    for step, value in zip(steps, next(found), strict=True):
        assert step[0] == "note" or value == (None if step[-1] is None else pytest.approx(step[-1]))


AGES = st.none() | st.integers(-10, 7000)
SIGNALS = st.builds(
    Signals,
    st.booleans(),
    AGES,
    AGES,
    st.sampled_from([None, "closed", "open", "half-open"]),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 50),
)


class Modes(RuleBasedStateMachine):
    """Time passes, anything is seen: worse at once, better only after the hold, and never flickering."""

    def __init__(self) -> None:
        super().__init__()
        self.state = first_mode(0)
        self.before = self.state
        self.at = 0.0
        self.last: Signals | None = None
        self.improved: list[float] = []

    @rule(signals=SIGNALS, ms=st.floats(0, 500))
    def see(self, signals: Signals, ms: float) -> None:
        self.at += ms
        self.before, self.state = self.state, next_mode(TABLE, self.state, signals, self.at)
        self.last = signals
        if MODES.index(self.state.mode) < MODES.index(self.before.mode):
            self.improved.append(self.at)
            assert self.before.better is not None
            assert self.at - self.before.better >= TABLE["hold"]

    @invariant()
    def no_release_is_an_emergency(self) -> None:
        if self.last is not None and not self.last.valid:
            assert self.state.mode == "emergency"

    @invariant()
    def a_cloud_that_is_away_is_never_assisting(self) -> None:
        if self.last is not None and self.last.cloud in ("open", "half-open"):
            assert self.state.mode in ("local-only", "emergency")

    @invariant()
    def full_means_nothing_is_bad(self) -> None:
        if self.state.mode == "full":
            assert self.state.reasons == ()

    @invariant()
    def getting_better_takes_time(self) -> None:
        assert all(late - early >= TABLE["hold"] for early, late in zip(self.improved, self.improved[1:], strict=False))

    @invariant()
    def time_in_a_mode_is_counted_from_its_begin(self) -> None:
        if self.state.mode == self.before.mode:
            assert self.state.since == self.before.since
        else:
            assert self.state.since == self.at


Modes.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestModes = Modes.TestCase


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(SIGNALS, st.integers(0, 400)), min_size=1, max_size=30))
def test_what_is_good_for_long_enough_ends_in_full(seen_before: list[tuple[Signals, int]]) -> None:
    state, at = first_mode(0), 0
    for signals, ms in seen_before:
        at += ms
        state = next_mode(TABLE, state, signals, at)
    good = Signals(True, 0, 0, "closed", 0.0, 0.0)
    for _ in range(2):
        state = next_mode(TABLE, state, good, at)
        at += TABLE["hold"]
    assert next_mode(TABLE, state, good, at).mode == "full"


@pytest.mark.node
def test_both_hosts_agree_on_random_sights() -> None:
    import random

    chance = random.Random(5)
    cases = []
    for _ in range(60):
        at, steps = 0, []
        for _ in range(40):
            at += chance.choice((0, 10, 100, 290, 300, 5000)) if chance.random() < 0.95 else -chance.randrange(500)
            steps.append({"at": at, "signals": random_signals(chance)})
        cases.append({"steps": steps})
    found = run_node([{"modes": case, "table": TABLE} for case in cases])
    for case, theirs in zip(cases, found, strict=True):
        state = first_mode(0)
        for step, told in zip(case["steps"], theirs, strict=True):
            state = next_mode(TABLE, state, seen(step["signals"]), step["at"])
            assert told == {**state._asdict(), "reasons": list(state.reasons)}


def random_signals(chance: Any) -> dict[str, Any]:
    return {
        "valid": chance.random() < 0.9,
        "release_age": chance.choice((None, 0, 999, 1000, 4999, 5000)),
        "feature_age": chance.choice((None, 0, 1999, 2000)),
        "cloud": chance.choice((None, "closed", "closed", "open", "half-open")),
        "errors": chance.choice((None, 0, 0.005, 0.01, 0.03, 0.05, 1)),
        "latency": chance.choice((None, 0, 9, 10, 15, 20, 90)),
    }
