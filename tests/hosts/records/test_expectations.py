"""What the shared cases expect, said once more from the rules of docs/records.md and the standard library alone."""

import hmac
import struct
from base64 import urlsafe_b64encode
from collections import Counter
from typing import Any

from decision_engine.hosts.python.murmur import SEED_A, SEED_B, murmur3
from tests.hosts.records.shared import BASE, load

CASES = {case["name"]: case for case in load("records.json")}
TODAY, TOMORROW = "2026-11-21", "2026-11-22"


def sent(name: str) -> list[dict[str, Any]]:
    """The batches of a case that begins with these words."""
    (found,) = [case for title, case in CASES.items() if title.startswith(name)]
    batches: list[dict[str, Any]] = found["expect"]["sent"]
    return batches


def kept(name: str) -> list[dict[str, Any]]:
    """The data of the events that a case keeps, each once."""
    events = {event["id"]: event for batch in sent(name) for event in batch["events"]}
    return [event["data"] for event in events.values() if event["type"] != "edgewise.counts.v1"]


def lines(name: str) -> list[dict[str, Any]]:
    """The lines of counters, each once."""
    events = {event["id"]: event for batch in sent(name) for event in batch["events"]}
    return [line for event in events.values() for line in event["data"].get("lines", ())]


def counted(name: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for line in lines(name):
        if line["kind"] == "counted":
            found[line["name"]] += line["count"]
    return dict(found)


def pseudonym(text: str, day: str = TODAY, key: bytes | None = None) -> str:
    if key is None:
        master = bytes.fromhex(BASE["keys"]["master"])
        key = hmac.digest(master, f"edgewise-pseudonym\nrecords\n{day}".encode(), "sha256")
    mac = hmac.digest(key, f"shop|{text}".encode(), "sha256")
    return urlsafe_b64encode(mac[:16]).decode().rstrip("=")


def test_an_exposure() -> None:
    (data,) = kept("an exposure is kept")
    bits = struct.pack("<4d", 1.5, float("-inf"), 0.0, -0.0)
    features = f"features:{murmur3(bits, SEED_A):08x}{murmur3(bits, SEED_B):08x}"
    assert data["feature_flag.context.id"] == pseudonym("v-1")
    assert data["edgewise.features"] == pseudonym(features)
    assert data["edgewise.models"] == BASE["table"]["models"]["home_hero"]
    assert (data["feature_flag.result.variant"], data["feature_flag.result.reason"]) == ("hero_b", "split")
    assert (data["edgewise.sampling.why"], data["edgewise.sampling.probability"]) == ("experiment", 1)
    assert not any(name.startswith("edgewise.field.") for name in data), "one of twenty is rare"
    (event,) = [one for one in sent("an exposure is kept")[0]["events"] if one["type"] == "edgewise.exposure.v1"]
    assert event["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert event["time"] == "2026-11-21T10:00:00.000Z"


def test_repetitions() -> None:
    found = [(data["feature_flag.context.id"], data["edgewise.variation"]) for data in kept("an exposure that is seen")]
    first, second = pseudonym("v-1"), pseudonym("v-2")
    assert found == [(first, "control"), (first, "control"), (second, "control"), (second, "bold")]
    assert counted("an exposure that is seen") == {"repeated": 1}
    decided = {
        line["variation"]: line["count"] for line in lines("an exposure that is seen") if line["kind"] == "decided"
    }
    assert decided == {"control": 4, "bold": 1}


def test_who_denies() -> None:
    assert kept("who denies is counted") == [] and counted("who denies is counted") == {"counts-only": 2}
    kinds = {line["kind"] for line in lines("who denies is counted")}
    assert kinds == {"decided", "requests", "sessions", "served", "counted"}, "no values, no scores"
    assert len(kept("who denies something else")) == 1


def test_what_is_sensitive() -> None:
    assert kept("sensitive decisions") == [] and counted("sensitive decisions") == {"sensitive": 3}


def test_always_kept() -> None:
    errors = kept("neutral outcomes are errors")
    assert [(one["edgewise.mode"], one["edgewise.sampling.why"], one["error.type"]) for one in errors] == [
        ("neutral", "error", "general")
    ] * 2
    (fallback,) = kept("replaced outcomes")
    assert (fallback["feature_flag.key"], fallback["edgewise.mode"]) == ("offers", "fallback")


def test_the_sample_of_a_day() -> None:
    days = [BASE["time"] // 86_400_000 + n for n in (0, 1)]
    chosen = [
        pseudonym(f"unit-{number}", day)
        for at, day in zip(days, (TODAY, TOMORROW), strict=True)
        for number in range(8)
        if murmur3(f"unit-{number}".encode(), at) < 2**31
    ]
    assert [data["feature_flag.context.id"] for data in kept("a unit is in the sample")] == chosen
    assert 2 < len(chosen) < 14
    assert {data["edgewise.sampling.probability"] for data in kept("a unit is in the sample")} == {0.5}


def test_without_a_unit() -> None:
    """0.5, 0.25 and 0.75 are drawn; below a half one is kept, and it has no pseudonym."""
    (data,) = kept("without a unit")
    assert "feature_flag.context.id" not in data and "edgewise.epoch" not in data


def test_rare_fields() -> None:
    found = kept("rare fields suppress")
    assert [(one["edgewise.sampling.why"], one.get("edgewise.field.country")) for one in found] == [
        ("experiment", None),
        ("experiment", "DE"),
        ("random", "DE"),
    ]
    assert counted("rare fields suppress") == {"rare": 2}


def test_fields() -> None:
    (data,) = kept("fields are treated")
    fields = {name.removeprefix("edgewise.field."): data[name] for name in data if name.startswith("edgewise.field.")}
    session = pseudonym("s-1")
    assert fields == {"country": "(other)", "device": "(other)", "language": "de", "hour": "2", "session": session}
    assert counted("fields are treated") == {"unknown-field": 1}


def test_keys() -> None:
    (without,) = kept("without a key")
    assert "feature_flag.context.id" not in without and counted("without a key") == {"no-key": 1}
    (of_the_day,) = kept("a key of the day wins")
    assert of_the_day["feature_flag.context.id"] == pseudonym("v", key=bytes.fromhex("11" * 32))
    today, tomorrow = kept("pseudonyms of two days differ")
    assert today["feature_flag.context.id"] == pseudonym("v") != tomorrow["feature_flag.context.id"]
    assert tomorrow["feature_flag.context.id"] == pseudonym("v", TOMORROW)
    assert "feature_flag.context.id" not in kept("the policy may drop the unit")[0]


def test_bounds() -> None:
    assert len(kept("the queue is bounded")) == 2 and counted("the queue is bounded") == {"queue-full": 3}
    assert [len(batch["events"]) for batch in sent("batches are bounded")] == [3, 2, 1]


def test_a_sink_that_is_away() -> None:
    (case,) = [case for title, case in CASES.items() if title.startswith("a sink that is away")]
    batches = case["expect"]["sent"]
    assert [batch["status"] for batch in batches] == [0, 503, 429, 202, 202]
    assert all(batch["events"] == batches[0]["events"] for batch in batches[:4])
    assert case["expect"]["slept"] == [100, 100], "0.5 of at most 200 ms, 0.25 of at most 400"
    assert case["expect"]["flushed"] == [False, True]
    assert counted("a sink that is away") == {"sink-retried": 2, "sink-unreachable": 1}
    assert counted("what a sink refuses") == {"sink-refused": 2}
    assert counted("what cannot be recorded") == {"not-recorded": 1}


def test_readings() -> None:
    found = lines("readings: statuses")
    served = {line["feature"]: line for line in found if line["kind"] == "served" and line["region"] == "DE"}
    assert set(served) == {"loyalty", "page_values", "seen_at", "likes", "member", "health"}
    assert (served["page_values"]["beyond"], served["health"]["beyond"], served["health"]["ages"]) == (1, 0, {"1": 1})
    values = {line["feature"]: line for line in found if line["kind"] == "values"}
    assert "health" not in values and values["loyalty"]["bins"] == {"gold": 1, "(other)": 1}
    assert values["member"] | {"absent": 1, "bins": {"true": 1}} == values["member"]
    assert {line["region"] for line in found if line["kind"] == "sessions"} == {"DE", "(unknown)"}


def test_counters_of_stages() -> None:
    found = [line["count"] for line in lines("counters of stages") if line["kind"] == "counted"]
    assert found == [3, 2] and counted("counters of stages") == {"hit-memory": 5}
