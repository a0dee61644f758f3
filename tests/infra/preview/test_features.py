"""Previews over every kind of feature: derived ones, readings, and places by named bucketings."""

import random
from pathlib import Path

import pytest

from infra.replay.request_files import Session
from tests.conformance.cases import Json
from tests.conformance.programs import load_registry
from tests.infra.preview.brute import NOW, Brute
from tests.infra.preview.test_preview import check_cohort, check_decision, run, write

REGISTRY: Json = {
    "features": {
        "value": {"type": "number", "from": "session.value", "range": [0, 1000], "max_age": "30m"},
        "items": {"type": "number", "from": "session.items", "default": 1},
        "level": {"type": "category", "from": "profile.level", "values": ["low", "high"], "purposes": ["research"]},
        "last": {"type": "timestamp", "from": "profile.last"},
        "each": {
            "type": "number",
            "range": [0, 500],
            "derive": {"divide": [{"feature": "value"}, {"feature": "items"}]},
        },
        "regular": {
            **{"type": "bool", "default": False, "purposes": ["research"]},
            "derive": {"any": [{"feature": "last", "newer_than": "30d"}, {"feature": "level", "is": "high"}]},
        },
        "band": {
            **{"type": "category", "values": ["small", "large"]},
            "derive": {"band": {"feature": "value"}, "limits": [50]},
        },
    },
    "cohorts": {
        "thrifty": {"all": [{"feature": "each", "less": 20}, {"not": {"feature": "band", "is": "large"}}]},
        "regulars": {"feature": "regular", "is": True},
        "some": {"any": [{"cohort": "regulars"}, {"all": [{"cohort": "thrifty"}, {"share": 0.5, "of": "visitor_id"}]}]},
    },
    "payloads": {"p": {"value": 1}, "q": {"value": 2}},
    "decisions": {
        "d": {
            "rules": [
                {"if": {"cohort": "some"}, "show": "p"},
                {"if": {"feature": "band", "is_missing": True}, "show": "q"},
            ],
            "otherwise": "q",
        }
    },
    "policies": {"identity": {"units": ["visitor_id"]}, "consent": {"purposes": ["research"]}},
}


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    chosen = random.Random(5)
    found: list[Session] = []
    for number in range(300):
        request: Json = {
            "session": {
                "value": chosen.choice([None, 10, 49.9, 50, 700, 2000, "x"]),
                "items": chosen.choice([0, 2, 40]),
            },
            "profile": {"level": chosen.choice(["low", "high", "other", None]), "last": NOW - number * 10**8},
            "units": {"visitor_id": chosen.choice([f"v{number}", "", 7])},
        }
        if number % 3 == 0:
            request["timestamps"] = {"session": NOW - chosen.choice([0, 10**9])}
        if number % 4 == 0:
            request["consent"] = {"denied": ["research"]}
        found.append((request, NOW))
    return found


def test_derived_features(sessions: list[Session], tmp_path: Path) -> None:
    loaded, path = load_registry(REGISTRY), write(tmp_path, sessions)
    brute = Brute(*loaded, sessions)
    for name in REGISTRY["cohorts"]:
        found = run(loaded, name, path, expand=True)["before"]
        check_cohort(found, brute, name, expand=True)
        assert 0 < found["reach"]["count"] < len(sessions)
    found = run(loaded, "some", path)["before"]
    assert {one["feature"] for one in found["features"]} == {"value", "items", "level", "last"}
    assert [one["unit"] for one in found["units"]] == ["visitor_id"]
    check_decision(run(loaded, "d", path)["before"], brute, "d")


def test_readings_of_other_systems(sessions: list[Session], tmp_path: Path) -> None:
    features = {
        "loose": {"type": "number", "from": "session.value", "reading": "number"},
        "words": {"type": "text", "from": "session.value", "reading": "text"},
        "truth": {"type": "bool", "from": "session.items", "reading": "truth"},
    }
    bucketed = {"share": [0, 0.4], "of": "visitor_id", "bucketing": "flagd", "seed": "flag"}
    cohorts = {
        "many": {"feature": "loose", "at_least": 50},
        "worded": {"feature": "words", "in": ["10", "49.9", "x", "null"]},
        "true": {"feature": "truth", "is": True},
        "placed": bucketed,
    }
    document = {
        **REGISTRY,
        "features": {**REGISTRY["features"], **features},
        "cohorts": {**REGISTRY["cohorts"], **cohorts},
    }
    loaded, path = load_registry(document), write(tmp_path, sessions)
    brute = Brute(*loaded, sessions)
    for name in cohorts:
        found = run(loaded, name, path)["before"]
        check_cohort(found, brute, name, expand=False)
        assert found["reach"]["count"] > 0, name
