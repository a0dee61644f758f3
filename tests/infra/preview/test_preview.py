"""Previews count what the reference evaluator finds, request by request: on random registries and on the example."""

import json
from collections import Counter
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decision_engine.models import Models, load_models
from decision_engine.operators import SIGNATURES
from feature_registry import Registry, load
from infra.preview import find_subject, preview
from infra.preview.report import preview_json
from infra.replay import load_map, requests_from
from infra.replay.request_files import Session
from tests.cli.running import EXAMPLE
from tests.conformance.cases import Json
from tests.conformance.programs import load_registry
from tests.infra.preview.brute import NOW, Brute, numbers_of
from tests.properties.registries import registries
from tests.properties.requests import requests, times

SAMPLE = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("preview")


def write(folder: Path, sessions: list[Session]) -> Path:
    path = folder / "requests.jsonl"
    lines = [{**request, **({} if at is None else {"at": at})} for request, at in sessions]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def strict(sessions: list[Session]) -> list[Session]:
    """Without what no line of JSON may hold: lone surrogates, and numbers beyond 2^53 - 1."""
    text = json.dumps([request for request, _ in sessions])
    for bad, good in (("\\ud800", "?"), ("1e+300", "7"), (str(2**53), "8")):
        text = text.replace(bad, good)
    return [(request, at) for request, (_, at) in zip(json.loads(text), sessions, strict=True)]


def run(loaded: tuple[Registry, Models], name: str, path: Path, **more: Any) -> Any:
    subject = find_subject(loaded[0], Path("registry"), name)
    found = preview(subject, path, more.pop("mapping", None), loaded, at=more.pop("at", None), now=NOW, **more)
    return preview_json(found)


def check_cohort(found: Any, brute: Brute, name: str, expand: bool) -> None:
    truths = brute.cohort(name)
    rows = len(truths)
    assert found["reach"]["count"] == truths.count(True)
    assert found["reach"]["unknown"] == truths.count(None)
    assert numbers_of(found["funnel"]) == brute.funnel(name, expand)
    others = {one["cohort"]: one for one in found["overlap"]}
    assert set(others) == set(brute.registry.cohorts) - {name}
    for other, one in others.items():
        members = [truth is True for truth in brute.cohort(other)]
        both = sum(a is True and b for a, b in zip(truths, members, strict=True))
        either = sum(a is True or b for a, b in zip(truths, members, strict=True))
        assert (one["size"], one["both"]) == (sum(members), both)
        assert one["jaccard"] == (both / either if either else 0.0)
    jaccards = [one["jaccard"] for one in found["overlap"]]
    assert jaccards == sorted(jaccards, reverse=True)
    check_features(found, brute, rows)


def check_features(found: Any, brute: Brute, rows: int) -> None:
    for one in found["features"]:
        expected = brute.statuses_of(one["feature"])
        names = ("present", "default", "stale", "denied", "missing")
        assert {name: one[name]["count"] for name in names} == {name: expected[name] for name in names}
        assert sum(one[name]["count"] for name in names) == rows
    for one in found["units"]:
        known = [evaluation.bucket(one["unit"], "") is not None for evaluation in brute.evaluations]
        assert one["missing"]["count"] == known.count(False)


def check_decision(found: Any, brute: Brute, name: str) -> None:
    members = ("outcome", "rule", "experiment", "variation", "reason")
    expected = Counter(tuple(row[name][member] for member in members) for row in brute.outcomes)
    assert {tuple(one[member] for member in members): one["count"] for one in found["outcomes"]} == expected
    rules = Counter(row[name]["rule"] for row in brute.outcomes)
    assert [one["caught"] for one in found["rules"]] == [rules[one["rule"]] for one in found["rules"]]
    assert found["otherwise"]["count"] == rules[None]
    assert sum(one["count"] for one in found["outcomes"]) == len(brute.outcomes)
    for one in found["rules"]:
        assert one["caught"] <= one["matches"]
        assert one["reached"] is (one["caught"] > 0)
    check_features(found, brute, len(brute.outcomes))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.data(), registries(), st.booleans())
def test_random_registries(folder: Path, data: st.DataObject, registry: Json, expand: bool) -> None:
    drawn: list[Session] = [(data.draw(requests(registry)), data.draw(times() | st.none())) for _ in range(15)]
    sessions = strict(drawn)
    path, loaded = write(folder, sessions), load_registry(registry)
    brute = Brute(*loaded, sessions)
    name = data.draw(st.sampled_from(sorted(loaded[0].cohorts)))
    check_cohort(run(loaded, name, path, expand=expand)["before"], brute, name, expand)
    decision = data.draw(st.sampled_from(sorted(loaded[0].decisions)))
    check_decision(run(loaded, decision, path)["before"], brute, decision)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.data(), registries())
def test_rules_match_by_themselves_as_if_they_were_alone(folder: Path, data: st.DataObject, registry: Json) -> None:
    sessions = strict([(data.draw(requests(registry)), data.draw(times())) for _ in range(10)])
    path, loaded = write(folder, sessions), load_registry(registry)
    name = data.draw(st.sampled_from(sorted(loaded[0].decisions)))
    found = run(loaded, name, path)["before"]["rules"]
    for index, rule in enumerate(registry["decisions"][name]["rules"]):
        alone = {**registry, "decisions": {name: {**registry["decisions"][name], "rules": [rule]}}}
        decided = [row[name]["rule"] for row in Brute(*load_registry(alone), sessions).outcomes]
        assert found[index]["matches"] == decided.count(0)


@cache
def example() -> tuple[tuple[Registry, Models], list[Session], Path]:
    registry = load(EXAMPLE / "registry", SIGNATURES)
    mapping = load_map(EXAMPLE / "map.json")
    sessions = list(islice(requests_from(EXAMPLE / "data" / "online_shoppers_intention.csv", mapping), SAMPLE))
    return (registry, load_models(registry)), sessions, EXAMPLE / "map.json"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("example") / "sample.csv"
    lines = (EXAMPLE / "data" / "online_shoppers_intention.csv").read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[: SAMPLE + 1]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def brute() -> Brute:
    loaded, sessions, _ = example()
    return Brute(*loaded, sessions)


@pytest.mark.parametrize("name", ["undecided", "loyal", "lapsed", "on_phone", "bargain_hunter", "happy_hours"])
def test_cohorts_of_the_example(table: Path, brute: Brute, name: str) -> None:
    loaded, _, map_file = example()
    found = run(loaded, name, table, mapping=load_map(map_file), expand=True)
    assert found["rows"] == SAMPLE
    assert found["after"] is found["change"] is None
    check_cohort(found["before"], brute, name, expand=True)


@pytest.mark.parametrize("name", ["home_hero", "free_shipping_threshold", "coupon", "greeting", "offers"])
def test_decisions_of_the_example(table: Path, brute: Brute, name: str) -> None:
    loaded, _, map_file = example()
    check_decision(run(loaded, name, table, mapping=load_map(map_file))["before"], brute, name)


def test_what_a_cohort_reads_through_models_and_cohorts_is_told(table: Path) -> None:
    loaded, _, map_file = example()
    found = run(loaded, "likely_buyer", table, mapping=load_map(map_file))["before"]
    assert {one["feature"] for one in found["features"]} >= {"bounce_rate", "month", "product_pages"}
    assert "loyalty" not in {one["feature"] for one in found["features"]}
    assert found["units"] == []


def test_requests_are_decided_at_their_own_time_or_at_the_one_told(table: Path) -> None:
    loaded, sessions, map_file = example()
    mapping = load_map(map_file)
    found = run(loaded, "happy_hours", table, mapping=mapping)
    moments = [at for _, at in sessions if at is not None]
    assert found["period"] == {"first": min(moments), "last": max(moments), "untimed": 0}
    assert 0 < found["before"]["reach"]["count"] < SAMPLE
    friday_evening, monday = 1_771_610_400_000, 1_771_236_000_000
    assert run(loaded, "happy_hours", table, mapping=mapping, at=friday_evening)["before"]["reach"]["count"] == SAMPLE
    assert run(loaded, "happy_hours", table, mapping=mapping, at=monday)["before"]["reach"]["count"] == 0


def test_requests_without_a_time_are_decided_as_of_now(folder: Path) -> None:
    loaded, _, _ = example()
    path = write(folder, [({}, None), ({}, NOW + 5), ({}, None)])
    assert run(loaded, "dach", path)["period"] == {"first": NOW, "last": NOW + 5, "untimed": 2}
