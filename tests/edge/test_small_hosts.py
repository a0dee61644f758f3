"""CloudFront and pages refuse what their small hosts do not compute, and say what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.targets.errors import TargetError
from feature_registry import load
from functions.edge.browser.build import build_browser
from functions.edge.cloudflare.build import build_cloudflare
from functions.edge.cloudfront.build import build_cloudfront
from tests.service.shared import program as gated

NAMED = {"share": [0, 0.5], "of": "visitor_id", "bucketing": "growthbook-2", "seed": "s"}
READ = {"feature": "age", "more": 5}


def program(folder: Path, condition: Any, rest: Any) -> Any:
    document = {
        "features": {"age": {"type": "number", "from": "session.age", **rest}},
        "payloads": {"a": {"value": 1}, "b": {"value": 2}},
        "decisions": {"d": {"rules": [{"if": condition, "show": "a"}], "otherwise": "b"}},
    }
    path = folder / "registry.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return compile_program(load(path, SIGNATURES))


@pytest.mark.parametrize("build", [build_cloudfront, build_browser])
@pytest.mark.parametrize(
    ("condition", "rest", "said"),
    [
        (NAMED, {}, "the bucketing `growthbook-2` of `visitor_id`"),
        (READ, {"reading": "number"}, "the reading `number`"),
    ],
)
def test_named_bucketings_and_readings_are_refused(
    build: Any, tmp_path: Path, condition: Any, rest: Any, said: str
) -> None:
    found = program(tmp_path, condition, rest)
    with pytest.raises(TargetError) as caught:
        build(found)
    assert caught.value.code == "not-at-platform"
    assert said in caught.value.message
    assert build_cloudflare(found).files


@pytest.mark.parametrize("build", [build_cloudfront, build_browser])
def test_what_the_passes_drop_is_no_hindrance(build: Any, tmp_path: Path) -> None:
    assert build(program(tmp_path, {"feature": "age", "is_missing": True}, {})).files


def test_where_there_is_no_room_for_a_gate_everything_is_denied() -> None:
    readable = build_cloudfront(gated()).files["readable.js"].decode()
    denials = [line for line in readable.splitlines() if "const denied_" in line]
    assert denials and all(line.strip().endswith("= true;") for line in denials)
    assert "ew_visitor" not in readable
