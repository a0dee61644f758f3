"""Previews against a second registry are two replays, set side by side."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.preview import find_subject, preview
from infra.preview.report import preview_json
from infra.replay.request_files import Session
from tests.conformance.cases import Json
from tests.conformance.programs import load_registry
from tests.infra.preview.brute import NOW, Brute
from tests.infra.preview.test_preview import check_cohort, check_decision, strict, write
from tests.properties.registries import registries
from tests.properties.requests import requests, times


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("change")


def compare(old: Json, new: Json, name: str, sessions: list[Session], folder: Path) -> tuple[Any, Brute, Brute]:
    before, after = load_registry(old), load_registry(new)
    subject = find_subject(before[0], folder, name)
    found = preview(subject, write(folder, sessions), None, before, after, at=None, now=NOW)
    return preview_json(found), Brute(*before, sessions), Brute(*after, sessions)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.data(), registries(), registries())
def test_random_pairs_of_registries(folder: Path, data: st.DataObject, old: Json, other: Json) -> None:
    new = {**other, "features": old["features"]} if data.draw(st.booleans()) else old
    new = other if new is not old and not _loads(new) else new
    sessions = strict([(data.draw(requests(old)), data.draw(times())) for _ in range(15)])
    name = data.draw(st.sampled_from(sorted(set(old["cohorts"]) & set(new["cohorts"]))))
    found, before, after = compare(old, new, name, sessions, folder)
    was, is_ = ([truth is True for truth in brute.cohort(name)] for brute in (before, after))
    pairs = Counter(zip(was, is_, strict=True))
    change = found["change"]
    counted = (change["stayed"], change["entered"]["count"], change["left"]["count"], change["outside"])
    assert counted == (pairs[True, True], pairs[False, True], pairs[True, False], pairs[False, False])
    rows = [row for row, (a, b) in enumerate(zip(was, is_, strict=True), 1) if b and not a]
    assert change["entered"]["first_rows"] == rows[:10]
    for one in change["entered"]["cohorts"]:
        assert one["count"] == sum(after.cohort(one["cohort"])[row - 1] is True for row in rows) > 0
    check_cohort(found["before"], before, name, expand=False)
    check_cohort(found["after"], after, name, expand=False)

    decision = data.draw(st.sampled_from(sorted(set(old["decisions"]) & set(new["decisions"]))))
    found, before, after = compare(old, new, decision, sessions, folder)
    check_decision(found["before"], before, decision)
    check_decision(found["after"], after, decision)
    _check_transitions(found["change"], before, after, decision)


def _check_transitions(change: Any, before: Brute, after: Brute, name: str) -> None:
    old, new = ([row[name] for row in brute.outcomes] for brute in (before, after))
    pairs = Counter((a["outcome"], b["outcome"]) for a, b in zip(old, new, strict=True))
    assert {(one["before"], one["after"]): one["count"] for one in change["transitions"]} == pairs
    changed = [row for row, (a, b) in enumerate(zip(old, new, strict=True), 1) if a["outcome"] != b["outcome"]]
    assert (change["changed"], change["first_rows"]) == (len(changed), changed[:10])
    same = [(a, b) for a, b in zip(old, new, strict=True) if a["outcome"] == b["outcome"]]
    assert change["relisted"] == sum(_keys(a) != _keys(b) for a, b in same)


def _keys(decided: Json) -> list[str]:
    """What is shown: of a ranking all candidates."""
    payload = decided["payload"]
    is_ranking = isinstance(payload, dict) and payload.keys() == {"items"}
    return [item["key"] for item in payload["items"]] if is_ranking else [decided["outcome"]]


def _loads(registry: Json) -> bool:
    try:
        load_registry(registry)
    except Exception:  # whatever is wrong with a mixture, another one is taken
        return False
    return True


SHOP: Json = {
    "features": {"n": {"type": "number", "from": "session.n"}},
    "cohorts": {"big": {"feature": "n", "at_least": 5}, "even": {"feature": "n", "in": [0, 2, 4, 6, 8]}},
    "payloads": {"a": {"value": 1}, "b": {"value": 2}},
    "decisions": {"d": {"rules": [{"if": {"cohort": "big"}, "show": "a"}], "otherwise": "b"}},
}


def changed(**parts: Json) -> Json:
    document = json.loads(json.dumps(SHOP))
    for kind, objects in parts.items():
        document[kind].update(objects)
    return document


def test_who_enters_and_who_leaves(folder: Path) -> None:
    sessions: list[Session] = [({"session": {"n": n}}, NOW) for n in range(10)]
    new = changed(cohorts={"big": {"feature": "n", "between": [3, 7]}})
    found, _, _ = compare(SHOP, new, "big", sessions, folder)
    change = found["change"]
    assert change["entered"]["first_rows"] == [4, 5]
    assert change["left"]["first_rows"] == [9, 10]
    assert change["entered"]["cohorts"] == [{"cohort": "even", "count": 1, "share": 0.5}]
    assert (change["stayed"], change["outside"]) == (3, 3)


def test_outcomes_that_keep_their_name_with_another_payload(folder: Path) -> None:
    sessions: list[Session] = [({"session": {"n": n}}, NOW) for n in range(10)]
    found, _, _ = compare(SHOP, changed(payloads={"a": {"value": True}}), "d", sessions, folder)
    assert found["change"]["changed"] == 0
    assert found["change"]["changed_payloads"] == ["a"]
    found, _, _ = compare(SHOP, SHOP, "d", sessions, folder)
    assert found["change"]["changed_payloads"] == []
    assert found["before"] == found["after"]
