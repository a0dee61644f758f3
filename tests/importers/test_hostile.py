"""Damaged and hostile documents: clear errors with their place, and never a registry that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from decision_engine.importing import EngineSemantics
from feature_registry.importers.errors import ImportingError
from feature_registry.importers.flagd import import_flagd
from feature_registry.importers.growthbook import Options, import_growthbook
from feature_registry.importers.report import Report
from tests.importers import flagd_cases, growthbook_cases, random_documents

Take = Callable[[bytes], Any]


def growthbook(content: bytes) -> Any:
    return import_growthbook("f.json", content, EngineSemantics(), Options())


def flagd(content: bytes) -> Any:
    return import_flagd("f.json", content, EngineSemantics())


@pytest.mark.parametrize("take", [growthbook, flagd])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not-json"),
        (b"[]", "wrong-type"),
        (b"{}", "missing-key"),
        (b'{"features": 1, "flags": 1}', "wrong-type"),
        (b'{"features": {"f": 1}, "flags": {"f": 1}}', "wrong-type"),
        (b'{"features": {}, "features": {}, "flags": {}}', "duplicate-key"),
        (b'{"features": NaN, "flags": NaN}', "bad-number"),
        (b'{"features": ' + b"[" * 100_000, "too-deep"),
        (b'{"features": "\xff"}', "not-utf8"),
        (b'{"features": "\\ud800", "flags": "\\ud800"}', "bad-text"),
        (b'{"features": {"f": {"defaultValue": 1e300}}, "flags": {"f": {"x": 1e300}}}', "number-too-large"),
    ],
)
def test_what_is_no_document_is_refused(take: Take, content: bytes, code: str) -> None:
    with pytest.raises(ImportingError) as caught:
        take(content)
    first = caught.value.diagnostics[0]
    assert code in {one.code for one in caught.value.diagnostics}
    assert first.file == "f.json"


def flag(targeting: Any, **others: Any) -> dict[str, Any]:
    return {
        "flags": {
            "f": {"state": "ENABLED", "variants": {"a": 1, "b": 2}, "defaultVariant": "a", "targeting": targeting}
        },
        **others,
    }


@pytest.mark.parametrize(
    "evaluators",
    [
        {"x": {"$ref": "x"}},
        {"x": {"and": [{"$ref": "y"}]}, "y": {"or": [{"$ref": "x"}]}},
    ],
)
def test_evaluators_in_a_circle_are_refused(evaluators: Any) -> None:
    said = flagd_cases.refused(flag({"if": [{"$ref": "x"}, "a"]}, **{"$evaluators": evaluators}))
    assert said is not None
    assert "circle" in said
    assert "/flags/f/targeting" in said


def left_out(report: Report) -> list[str]:
    return [one.construct for one in report.left_out]


def test_evaluators_that_double_each_other_are_left_out() -> None:
    evaluators = {f"e{n}": {"or": [{"$ref": f"e{n + 1}"}, {"$ref": f"e{n + 1}"}]} for n in range(30)}
    evaluators["e30"] = {"===": [{"var": "x"}, 1]}
    _, report = flagd_cases.imported(flag({"if": [{"$ref": "e0"}, "b"]}, **{"$evaluators": evaluators}))
    assert left_out(report) == ["large-logic"]


@pytest.mark.parametrize("path", ["__proto__.x", "constructor", "a..b", "a b", "", "list.0", "tags.length"])
def test_paths_that_no_feature_can_have_are_left_out(path: str) -> None:
    document = {"features": {"f": {"defaultValue": 0, "rules": [{"condition": {path: {"$eq": 1}}, "force": 1}]}}}
    _, report = growthbook_cases.imported(document)
    assert left_out(report) == ["attribute-path"]
    assert report.left_out[0].pointer == "/features/f"


@pytest.mark.parametrize(
    ("rule", "construct"),
    [
        ({"force": 1, "condition": {"x": {"$regex": r"(?=a)"}}}, "regular-expression"),
        ({"force": 1, "condition": {"x": {"$regex": r"(a)\1"}}}, "regular-expression"),
        ({"force": 1, "condition": {"x": {"$regex": "(" * 200 + ")" * 200}}}, "regular-expression"),
        ({"force": 1, "condition": {"x": {"$elemMatch": {"name": "y"}}}}, "list-elements"),
        ({"force": 1, "condition": {"x": {"$gt": [1]}}}, "list-comparison"),
        ({"force": 1, "condition": {"$and": 1}}, "malformed-condition"),
        ({"force": 1, "condition": 7}, "malformed-condition"),
        ({"force": 1, "range": [0]}, "malformed-range"),
        ({"variations": [0, 1], "ranges": [["a", 1]]}, "malformed-range"),
        ({"variations": 3}, "malformed"),
        ({"variations": [0, 1], "namespace": [1]}, "malformed-namespace"),
        ({"force": 1, "parentConditions": [1]}, "malformed-prerequisite"),
        ({"force": 1, "filters": [1]}, "malformed-filter"),
        ({"force": 1, "condition": {"x": "e\u0301"}}, "not-nfc"),
    ],
)
def test_what_has_no_equal_is_left_out_and_nothing_of_it_stays(rule: Any, construct: str) -> None:
    features = {"good": {"defaultValue": 1}, "bad": {"defaultValue": 0, "rules": [rule]}}
    document, report = growthbook_cases.imported({"features": features})
    assert left_out(report) == [construct]
    assert list(document["decisions"]) == ["good"]
    assert "features" not in document


def test_names_that_meet_are_kept_apart() -> None:
    keys = ["my-flag", "my_flag", "MyFlag", "__proto__", "constructor", "1", "é", "x" * 200]
    document, report = growthbook_cases.imported({"features": {key: {"defaultValue": key} for key in keys}})
    assert list(report.decisions) == keys
    assert len(set(report.decisions.values())) == len(keys)
    shown = {
        key: document["payloads"][document["decisions"][name]["otherwise"]] for key, name in report.decisions.items()
    }
    assert {key: payload["value"] for key, payload in shown.items()} == {key: key for key in keys}


def test_a_large_document_is_taken() -> None:
    rules = [{"force": n, "condition": {"country": {"$in": ["US", "CA"]}, "plan": f"p{n}"}} for n in range(20)]
    features = {f"flag-{n}": {"defaultValue": 0, "rules": rules} for n in range(300)}
    document, report = growthbook_cases.imported({"features": features})
    assert len(document["decisions"]) == 300
    assert not report.left_out


def test_random_damage_never_ends_in_anything_else(damaged: list[bytes]) -> None:
    for content in damaged:
        for take in (growthbook, flagd):
            try:
                found, report = take(content)
            except ImportingError:
                continue
            json.dumps([found, report.to_json()])


@pytest.fixture(name="damaged")
def _damaged() -> list[bytes]:

    random, found = Random(5), []
    junk: list[Any] = [None, True, -1, 1.5, "x", [], {}, [[]], {"a": 1}, {"$in": 3}, {"$regex": "("}, "é"]
    for _ in range(300):
        document = {**random_documents.growthbook(random), **random_documents.flagd(random)}
        for _ in range(random.randint(1, 4)):
            holder: Any = document
            while True:
                keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
                if not keys:
                    break
                key = random.choice(keys)
                if random.random() < 0.25 or not isinstance(holder[key], dict | list):
                    holder[key] = deepcopy(random.choice(junk))
                    break
                holder = holder[key]
        found.append(json.dumps(document).encode())
    return found
