"""The shared cases of records, and both implementations of what they hold."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from decision_engine.hosts.python.consent import Outcome, Ruling, State
from decision_engine.hosts.python.records import (
    About,
    Facts,
    Keys,
    Recorder,
    Replaced,
    Trace,
    read_traceparent,
    start_trace,
    write_traceparent,
)
from decision_engine.hosts.python.records.bins import age_bin, number_bin
from decision_engine.hosts.python.records.fields import Fields

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "conformance" / "records"
BASE: dict[str, Any] = json.loads((CASES / "base.json").read_text(encoding="utf-8"))


def load(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((CASES / name).read_text(encoding="utf-8"))["cases"]
    return cases


def run_node(operations: list[dict[str, Any]]) -> list[Any]:
    """The JavaScript implementation's answer to each operation."""
    lines = "".join(json.dumps(operation) + "\n" for operation in operations)
    command = [shutil.which("node") or "node", Path(__file__).parent / "runner.mjs"]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    assert done.stderr == b"", "what hosts say to the console is a sink as well"
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(operations)
    return answers


def run_python(case: dict[str, Any]) -> Any:
    """The Python implementation's answer to a case."""
    if "steps" in case:
        return record_steps(with_base(case))
    if "traceparent" in case:
        trace = read_traceparent(case["traceparent"])
        return None if trace is None else list(trace)
    if "start" in case:
        ids = iter(case["ids"])
        return write_traceparent(start_trace(case["start"], case["mode"], lambda: next(ids)))
    if "fields" in case:
        dropped: list[str] = []
        treated = Fields(case["table"]["fields"], case["table"]["dropped"], dropped.append).treat(case["fields"])
        return {"shown": treated.shown, "ids": treated.ids, "counted": dropped}
    return [[number_bin(number) for number in case["numbers"]], [age_bin(age) for age in case["ages"]]]


def with_base(case: dict[str, Any]) -> dict[str, Any]:
    """A case of a recorder with all that it leaves to the base."""
    keys = case.get("keys", BASE["keys"])
    return {**BASE, **case, "table": {**BASE["table"], **case.get("table", {})}, "keys": keys}


class Reading(NamedTuple):
    """How a feature was read."""

    name: str
    value: object
    status: str
    age: int | None


def facts_of(step: dict[str, Any], at: int) -> Facts:
    """The facts of a step, of which JSON cannot write all."""
    given = dict(step)
    replaced = {int(name): Replaced(**one) for name, one in given.pop("replaced", {}).items()}
    vector = given.pop("vector", None)
    readings = given.pop("readings", None)
    gate = given.pop("gate", None)
    trace = given.pop("trace", None)
    return Facts(
        at=given.pop("at", at),
        chosen=given.pop("chosen", [0]),
        codes=given.pop("codes", [0, 0, 0, 0, 0]),
        replaced=replaced or None,
        vector=None if vector is None else [float("nan") if one is None else one for one in vector],
        readings=None if readings is None else [_reading(one) for one in readings],
        gate=None if gate is None else _outcome(gate),
        trace=None if trace is None else Trace(*trace),
        **given,
    )


def _reading(one: dict[str, Any]) -> Reading:
    value = one.get("value")
    return Reading(one["name"], frozenset(value) if isinstance(value, list) else value, one["status"], one["age"])


def _outcome(gate: dict[str, Any]) -> Outcome:
    rulings = [Ruling(one["purpose"], State(one["state"]), one["allowed"], one["basis"]) for one in gate["rulings"]]
    return Outcome(gate["place"], gate["regime"], tuple(rulings))


def record_steps(case: dict[str, Any]) -> dict[str, Any]:
    now = case["time"]
    randoms = _cycle(case["random"])
    answers = iter(case.get("answers", []))
    sent: list[Any] = []
    slept: list[float] = []
    counters: dict[str, dict[str, int]] = {}
    due: list[bool] = []
    done: list[bool] = []

    def sink(body: bytes, headers: dict[str, str]) -> int:
        status = next(answers, 202)
        sent.append({"status": status, "type": headers["content-type"], "events": json.loads(body)})
        if status == 0:
            raise OSError("the sink is away")
        return status

    keys = Keys(
        case["table"]["tenant"],
        master=None if "master" not in case["keys"] else bytes.fromhex(case["keys"]["master"]),
        days={day: bytes.fromhex(key) for day, key in case["keys"].get("days", {}).items()},
    )
    recorder = Recorder(
        case["table"],
        case["decisions"],
        About(**case["about"]),
        keys=keys,
        sink=sink,
        clock=lambda: now,
        random=lambda: next(randoms),
        new_id=lambda: "r1",
        sleep=lambda ms: slept.append(round(ms, 6)),
        stages=lambda: counters,
    )
    for step in case["steps"]:
        if "time" in step:
            now = step["time"]
        elif "stages" in step:
            counters = step["stages"]
        elif "flush" in step:
            done.append(recorder.flush())
        else:
            for _ in range(step.get("times", 1)):
                due.append(recorder.record(facts_of(step["record"], now)))
    return {"sent": [_sorted(batch) for batch in sent], "slept": slept, "flushed": done}


def _sorted(batch: dict[str, Any]) -> dict[str, Any]:
    """The lines of a batch in an order that does not depend on who made them."""
    for event in batch["events"]:
        if "lines" in event["data"]:
            event["data"]["lines"].sort(key=lambda line: json.dumps(line, sort_keys=True))
    return batch


def same_order(found: dict[str, Any]) -> dict[str, Any]:
    """What JavaScript found, its lines in the same order."""
    return {**found, "sent": [_sorted(batch) for batch in found["sent"]]}


def _cycle(numbers: list[float]) -> Iterator[float]:
    while True:
        yield from numbers
