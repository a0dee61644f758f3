"""The KV lane on the shared cases, in both hosts; many requests at once; a KV that is late, in each host's own way."""

import json
import random
import threading
import time
from typing import Any

import pytest

from decision_engine.hosts.python.profile import KEY_PREFIX, Profiles, hit_ratios
from decision_engine.hosts.python.profile.within import WithinDeadline
from decision_engine.profiles import unseal
from tests.hosts.profile.minting import AT, CONTENT, SECRETS, STORED, VISITOR, letter, pseudonym, sign
from tests.hosts.profile.shared import load, run_node, secrets_of

CONCURRENT = 1000
DOCUMENT = load("stored.json")
VISITORS = [pseudonym(SECRETS["k1"], "shop", f"visitor-{number}") for number in range(CONCURRENT)]
ENTRY = sign(letter(VISITOR, CONTENT), STORED)


class FaultyKv:
    """A KV in virtual time: `fault` is None, `error`, `hang`, or the ms that an answer takes."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.fault: Any = None
        self.now = 0.0

    def get(self, key: str, timeout: float) -> str | None:
        if self.fault == "error":
            raise OSError("no KV")
        if self.fault == "hang" or (isinstance(self.fault, int) and self.fault > timeout * 1000):
            self.now += timeout
            raise TimeoutError
        self.now += (self.fault or 0) / 1000
        return self.texts.get(key)


def run_steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kv = FaultyKv()
    profiles = Profiles(DOCUMENT["table"], secrets_of(DOCUMENT["keys"]), kv=kv, unseal=unseal, monotonic=lambda: kv.now)
    found = []
    last = steps[0]["at"]
    for step in steps:
        kv.texts = step.get("put", kv.texts)
        kv.fault = step.get("fault", kv.fault)
        passed = step["at"] - last
        kv.now += (passed if passed >= 0 else 200) / 1000  # where the clock jumps back, time passes too
        last = step["at"]
        if "read" not in step:
            continue
        before, started = profiles.counters.as_dict(), kv.now
        profile = profiles.read(step.get("token"), step["read"], step["at"], step["budget"])
        counted = [name for name, count in profiles.counters.as_dict().items() if count != before[name]]
        waited = round((kv.now - started) * 1000)
        shown = None if profile is None else profile._asdict()
        found.append({"profile": shown, "waited": waited, "counted": sorted(counted)})
    return found


def expected(case: dict[str, Any]) -> list[dict[str, Any]]:
    return [step["expect"] for step in case["steps"] if "read" in step]


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=lambda case: case["name"])
def test_cases_in_python(case: dict[str, Any]) -> None:
    assert run_steps(case["steps"]) == expected(case)


@pytest.mark.node
def test_cases_in_javascript() -> None:
    shared = {"table": DOCUMENT["table"], "keys": DOCUMENT["keys"]}
    found = run_node([{"steps": case["steps"], **shared} for case in DOCUMENT["cases"]])
    for case, answers in zip(DOCUMENT["cases"], found, strict=True):
        assert answers == expected(case), case["name"]


def concurrent(**others: Any) -> dict[str, Any]:
    return {
        "concurrent": CONCURRENT,
        "visitors": [VISITOR],
        "table": DOCUMENT["table"],
        "keys": DOCUMENT["keys"],
        "put": {KEY_PREFIX + VISITOR: ENTRY},
        "slow": 5,
        "at": AT,
        "budget": 20,
    } | others


@pytest.mark.node
def test_a_thousand_cold_requests_ask_once_in_javascript() -> None:
    quick, late, hanging, many = run_node(
        [
            concurrent(),
            concurrent(slow=200),
            concurrent(slow="hang"),
            concurrent(visitors=VISITORS, put={}, slow=200, table=DOCUMENT["table"] | {"store": LARGE}),
        ]
    )
    assert (quick["asked"], quick["known"], quick["longest"]) == (1, CONCURRENT, 5)
    assert (late["asked"], late["known"], late["longest"]) == (1, 0, 20)
    assert late["remembered"] == 1, "an answer that comes late serves the next request"
    assert (hanging["asked"], hanging["known"], hanging["longest"]) == (1, 0, 20)
    assert many["asked"] <= 256 and many["longest"] == 20


LARGE = {"timeout": 50, "absent": 60_000, "entries": 2000, "warm": 40}


@pytest.mark.parametrize("is_slow", [False, True], ids=["quick", "slow"])
def test_many_threads_ask_once_in_python(is_slow: bool) -> None:
    asked = []
    budget = 500 if is_slow else 10_000

    def get(key: str) -> str | None:
        asked.append(key)
        time.sleep(3 if is_slow else 0.02)
        return ENTRY

    kv = WithinDeadline(get)
    table = DOCUMENT["table"] | {"store": {"timeout": budget, "absent": 60_000, "entries": 10, "warm": 0}}
    profiles = Profiles(table, secrets_of(DOCUMENT["keys"]), kv=kv)
    found: list[bool] = []
    waits: list[float] = []

    together = threading.Barrier(100)

    def ask() -> None:
        together.wait()
        started = time.monotonic()
        found.append(profiles.read_stored(VISITOR, AT, budget) is not None)
        waits.append(time.monotonic() - started)

    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kv.close()
    assert len(asked) == 1
    assert found == [not is_slow] * 100
    assert max(waits) < 2.5


@pytest.mark.node
def test_warming_answers_the_first_requests() -> None:
    entries = {KEY_PREFIX + visitor: sign(letter(visitor, CONTENT), STORED) for visitor in VISITORS[:50]}
    kv = FaultyKv()
    kv.texts = entries
    table = DOCUMENT["table"] | {"store": LARGE}
    profiles = Profiles(table, secrets_of(DOCUMENT["keys"]), kv=kv, monotonic=lambda: kv.now)
    assert hit_ratios(profiles.counters) == {"token": None, "memory": None, "kv": None}
    assert profiles.warm(VISITORS[:60], AT) == 50
    kv.fault = "error"
    assert all(profiles.read_stored(visitor, AT, 0) for visitor in VISITORS[:50])
    assert hit_ratios(profiles.counters) == {"token": None, "memory": 50 / 110, "kv": 50 / 60}
    tops = [json.dumps(VISITORS[:60]), json.dumps([1, None, "x", VISITORS[0]]), "[", "{}", '"x"', "x" * 40_000, None]
    found = []
    for top in tops:
        kv = FaultyKv()
        kv.texts = entries | ({} if top is None else {f"{KEY_PREFIX}top": top})
        warmed = Profiles(table, secrets_of(DOCUMENT["keys"]), kv=kv, monotonic=lambda: 0.0)
        found.append(warmed.warm_top(AT))
    assert found == [40, 1, 0, 0, 0, 0, 0]
    shared = {"table": table, "keys": DOCUMENT["keys"], "at": AT}
    put = [entries | ({} if top is None else {f"{KEY_PREFIX}top": top}) for top in tops]
    assert run_node([{"top": one, **shared} for one in put]) == found
    (node,) = run_node([{"warm": VISITORS[:60], "table": table, "keys": DOCUMENT["keys"], "put": entries, "at": AT}])
    assert node == {"found": 50, "known": 50, "ratios": hit_ratios(profiles.counters)}


SCENARIOS, STEPS = 60, 40


def random_steps(chance: random.Random) -> list[dict[str, Any]]:
    """A KV that fails and mends, entries that come, age and go, a clock that sometimes jumps."""
    at, steps = AT, []
    for _ in range(STEPS):
        at += chance.choice((101, 101, 200, 1000, 60_000, 300_000, 3_600_000, -1000, -400_000))
        visitors = VISITORS[:5]
        match chance.randrange(8):
            case 0 | 1:
                steps.append({"at": at, "put": {KEY_PREFIX + one: random_entry(one, at, chance) for one in visitors}})
            case 2:
                steps.append({"at": at, "fault": chance.choice((None, None, "error", "hang", 10, 30))})
            case _:
                budget = chance.choice((1000, 1000, 1000, 30, 0))
                token = chance.choice((None, None, sign(letter(VISITORS[0], CONTENT, issued=at - 60_000))))
                steps.append({"at": at, "read": chance.choice(visitors), "budget": budget, "token": token})
    return steps


def random_entry(visitor: str, at: int, chance: random.Random) -> str:
    content = chance.choice((CONTENT, [], CONTENT[:1], CONTENT[1:]))
    issued = at - chance.choice((0, 1000, 100_000, 10_000_000, -400_000))
    whom = chance.choice((visitor, visitor, visitor, visitor, VISITOR))
    text = sign(letter(whom, content, issued=issued, lifetime=chance.choice((60_000, 10**10))), STORED)
    return text[: chance.choice((None, None, None, None, None, 40))]


@pytest.mark.node
def test_both_hosts_do_the_same_whatever_happens() -> None:
    chance = random.Random(4)
    scenarios = [random_steps(chance) for _ in range(SCENARIOS)]
    shared = {"table": DOCUMENT["table"], "keys": DOCUMENT["keys"]}
    theirs = run_node([{"steps": steps, **shared} for steps in scenarios])
    mine = [run_steps(steps) for steps in scenarios]
    counted = {name for answers in mine for answer in answers for name in answer["counted"]}
    assert counted >= {"memory", "kv", "stale", "older", "paused", "late", "failed", "rejected", "foreign", "absent"}
    for steps, python, javascript in zip(scenarios, mine, theirs, strict=True):
        reads = [step for step in steps if "read" in step]
        for step, ours, other in zip(reads, python, javascript, strict=True):
            assert ours == other, step
