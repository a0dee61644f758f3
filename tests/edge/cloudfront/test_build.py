"""The build: what it refuses, what it says when the example is too large, and the shortening of its code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decision_engine.ir.nodes import Identity
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.targets.cloudfront import minify, needed_pieces
from decision_engine.targets.cloudfront.words import word_list
from decision_engine.targets.errors import TargetError
from feature_registry import load
from functions.edge.cloudfront.build import build_cloudfront
from functions.edge.cloudfront.clocks import zone_expression
from infra.errors import InfraError
from infra.targets import TARGETS, build
from tests.edge.cloudfront.conftest import shop, small_shop


def program_of(folder: Path, feature: str = "session.v", decision: str = "d") -> Any:
    document = {
        "features": {"v": {"type": "number", "from": feature}},
        "decisions": {decision: {"rules": [{"if": {"feature": "v", "more": 1}, "show": "a"}], "otherwise": "b"}},
        "payloads": {"a": {"value": 1}, "b": {"value": 2}},
    }
    path = folder / "registry.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return compile_program(load(path, SIGNATURES), edge_only=True)


@pytest.mark.parametrize(
    ("feature", "decision", "code"),
    [
        ("headers.cookie", "d", "unreadable-header"),
        ("headers.x-edge-location", "d", "unreadable-header"),
        ("session.v", "key", "header-taken"),
        ("session.v", "leaves", "header-taken"),
    ],
)
def test_what_the_platform_hides_is_an_error(feature: str, decision: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="expected .*, found") as caught:
        build_cloudfront(program_of(tmp_path, feature, decision))
    assert caught.value.code == code
    assert caught.value.help


def test_the_identity_cookie_may_not_be_the_objects(tmp_path: Path) -> None:
    program = replace(program_of(tmp_path), identity=Identity("visitor_id", "edgewise", 1, True))
    with pytest.raises(TargetError, match="identity cookie"):
        build_cloudfront(program)


def test_an_error_of_the_target_has_code_and_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program_of(tmp_path, "headers.cookie")
    with pytest.raises(InfraError) as caught:
        build("cloudfront", load(tmp_path / "registry.json", SIGNATURES))
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.help) == ("unreadable-header", "read cookies as `cookies.NAME`")


def test_a_whole_model_is_too_large_and_the_error_says_what_to_do() -> None:
    registry, _ = shop()
    with pytest.raises(InfraError) as caught:
        build("cloudfront", registry)
    [problem] = caught.value.diagnostics
    assert problem.code == "over-budget"
    assert "expected at most 10,240 bytes" in problem.message
    assert "model purchase_intent" in problem.message
    assert "--fit" in str(problem.help)


def test_the_example_with_a_small_model_fits() -> None:
    _, _, program = small_shop()
    assert len(TARGETS["cloudfront"](program).files["function.js"]) <= 10_240


def test_host_code_that_nothing_needs_is_left_out(tmp_path: Path) -> None:
    readable = build_cloudfront(program_of(tmp_path)).files["readable.js"].decode()
    for name in ("murmur", "rfc3339", "version_key", "is_denied", "rank", "logistic", "parameter"):
        assert f"const {name} " not in readable
    assert "const number_within " in readable


def test_shortening() -> None:
    assert minify(
        "const long = 1; // words\nconst handler = other => { let inner = other + +long; return inner; };"
    ) == ("const a=1,handler=b=>{let c=b+ +a;return c};")
    assert minify('f({ key: key_value, other: "key" }).key;') == 'f({key:key_value,other:"key"}).key;'
    assert minify('const a = b / 2 / "/x/".c;') == 'const c=b/2/"/x/".c;'.replace("c=", "a=")
    assert minify("const x = y => /a[/]b \\d/.test(y);") == "const b=a=>/a[/]b \\d/.test(a);"


def test_texts_that_come_again_are_shared() -> None:
    code = minify('const one = ["a long text", "a long text", "a long text"];')
    assert code.count("a long text") == 1


def test_pieces_bring_what_they_name() -> None:
    library = "// One.\nconst one = 1;\n// Two.\nconst two = () => one;\nconst three = 3;\n"
    assert needed_pieces(library, "two();") == "// One.\nconst one = 1;\n\n// Two.\nconst two = () => one;\n"


def test_word_lists_keep_their_words() -> None:
    words = ["offer_storm_jacket", "offer_trail_shoes", "offer_down_jacket", "hero_a", "offer_rain_jacket"] * 4
    assert word_list(["a"]) == '"a".split(" ")'
    assert word_list(words).startswith("unpack(")


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", "zone_offset("),
        ("America/New_York", "zone_offset("),
        ("UTC", "0"),
        ("Asia/Kolkata", "330"),
        ("Africa/Casablanca", "zone_table("),
    ],
)
def test_zones_take_the_shortest_form(zone: str, start: str) -> None:
    assert zone_expression(zone).startswith(start)
