"""`edgewise decide` and `edgewise explain`: answers, reasons, and what is said of bad requests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.engines import ENGINES
from tests.cli.running import EXAMPLE, NOON, SHOP, Run

ENGINE_CASES = [pytest.param(name, marks=pytest.mark.node) if name == "javascript" else name for name in ENGINES]


@pytest.mark.parametrize("engine", ENGINE_CASES)
def test_every_engine_decides_alike(run: Run, request_file: Path, engine: str) -> None:
    arguments = ["decide", SHOP, "--request", request_file, "--at", NOON]
    expected = run(*arguments, "--json")
    assert expected.code == 0
    assert run(*arguments, "--engine", engine, "--json").out == expected.out
    shown = run(*arguments, "--engine", engine).out
    assert shown.startswith('{\n  "decisions": {\n')
    assert json.loads(shown) == expected.json


def test_the_answer_has_the_documented_members(run: Run, request_file: Path) -> None:
    answer = run("decide", SHOP, "--request", request_file, "--at", NOON, "--decision", "hero", "--json").json
    assert list(answer) == ["decisions", "registry", "at"]
    assert answer["at"] == int(NOON)
    assert answer["decisions"] == {
        "hero": {
            "outcome": "hero_sport",
            "payload": {"title": "Sport"},
            "reason": "TARGETING_MATCH",
            "rule": 0,
            "experiment": None,
            "variation": None,
            "mode": "edge",
        }
    }


def test_decisions_come_in_the_order_of_the_registry(run: Run, request_file: Path) -> None:
    ran = run("decide", SHOP, "--request", request_file, "--decision", "offers", "--decision", "hero", "--json")
    assert list(ran.json["decisions"]) == ["hero", "offers"]


@pytest.mark.parametrize("time", [NOON, "2025-11-21T10:00:00Z", "2025-11-21T11:00:00.000+01:00"])
def test_times_are_ms_or_text(run: Run, request_file: Path, time: str) -> None:
    assert run("decide", SHOP, "--request", request_file, "--at", time, "--json").json["at"] == int(NOON)


def test_standard_input_is_read(request_file: Path) -> None:
    command = [sys.executable, "-m", "infra.cli.main", "decide", str(SHOP), "--request", "-", "--json"]
    done = subprocess.run(command, input=request_file.read_bytes(), capture_output=True, check=True)
    assert json.loads(done.stdout)["decisions"]["hero"]["outcome"] == "hero_sport"
    done = subprocess.run(command, input=b"[", capture_output=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["diagnostics"][0]["file"] == "standard input"


@pytest.mark.parametrize("command", ["decide", "explain"])
@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (b'{"a": 1,\n "b": }', "not-json", ":2:7 /b"),
        (b'{"a": 1, "a": 2}', "duplicate-key", ":1:10 /a"),
        (b'{"a": NaN}', "not-json", ":1:7 /a"),
        (b'{"a": 1e400}', "bad-number", ":1:7 /a"),
        (b'{"a": 9007199254740993}', "bad-number", ":1:7 /a"),
        (b'{"a": "\\ud800"}', "bad-text", ":1:8 /a"),
        (b"[1]", "not-an-object", ":1:1"),
        (b"", "not-json", ":1:1"),
        (b"\xef\xbb\xbf{}", "not-utf8", ":1:1"),
        (b'{"a": "\xff"}', "not-utf8", ":1:8"),
        (b"[" * 40 + b"]" * 40, "too-deep", ""),
        (json.dumps({str(n): n for n in range(300)}).encode(), "too-many-keys", ""),
        (b" " * 65_537, "too-large", ""),
    ],
)
def test_a_bad_request_has_code_and_place(
    run: Run, tmp_path: Path, command: str, content: bytes, code: str, where: str
) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(content)
    ran = run(command, SHOP, "--request", path)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith(f"error[{code}] {path}{where}: ")
    assert run(command, SHOP, "--request", path, "--json").codes == [code]


@pytest.mark.parametrize(("path", "code"), [("nothing", "no-such-file"), ("", "not-a-file"), ("a\0b", "unreadable")])
def test_a_missing_request_is_an_error(run: Run, tmp_path: Path, path: str, code: str) -> None:
    assert run("decide", SHOP, "--request", tmp_path / path, "--json").codes == [code]


@pytest.mark.parametrize("arguments", [["decide"], ["decide", "--engine", "wasm"], ["explain"]])
def test_an_unknown_decision_has_its_nearest_name(run: Run, request_file: Path, arguments: list[str]) -> None:
    name, *rest = arguments
    ran = run(name, SHOP, "--request", request_file, "--decision", "heros", *rest)
    assert ran.code == 1
    assert ran.err == "error[unknown-decision]: unknown decision `heros`\n  help: did you mean `hero`?\n"


def test_explanations_give_rules_conditions_and_features(run: Run, request_file: Path) -> None:
    ran = run("explain", SHOP, "--request", request_file, "--at", NOON)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "hero -> hero_sport   (TARGETING_MATCH, rule 0)"
    assert "    unknown      interests has_any [ski, bike]: missing" in lines
    assert '    true         path matches /sport/.*: "/sport/x"' in lines
    assert "  rule 1, experiment hero_test   not reached; it matches as well" in lines
    assert "  otherwise   not reached" in lines
    assert any(line.startswith("      offer_bike  0.3") for line in lines)
    assert any(line.startswith("      offer_ski   0.4   not eligible") for line in lines)
    assert any(line.split() == ["views", "0", "default", "-", "context"] for line in lines)


def test_explanations_are_the_same_json_in_both_commands(run: Run, request_file: Path) -> None:
    arguments = [SHOP, "--request", request_file, "--at", NOON, "--json"]
    explained = run("explain", *arguments).json
    assert run("decide", *arguments, "--explain", "--engine", "python").json == explained
    assert {key: explained[key] for key in ("decisions", "registry", "at")} == run("decide", *arguments).json
    explanation = explained["explanation"]
    assert set(explanation) == {"decisions", "features"}
    rule = explanation["decisions"]["hero"]["rules"][0]
    assert (rule["rule"], rule["shows"], rule["matched"]) == (0, "hero_sport", True)
    [cohort] = rule["tests"]
    assert (cohort["condition"], cohort["truth"]) == ("cohort sporty", "true")
    assert [item["truth"] for item in cohort["items"][0]["items"]] == ["unknown", "true"]
    assert explanation["features"]["views"] == {
        **{"value": 0.0, "status": "default", "age": None},
        **{"layer": "context", "reads": []},
    }
    assert [one["eligible"] for one in explanation["decisions"]["offers"]["candidates"]] == [False, True, False]


def test_a_rule_that_asks_is_explained_with_its_reasons(run: Run, tmp_path: Path) -> None:
    registry, request = tmp_path / "registry.json", tmp_path / "request.json"
    unsure = {"if": {"feature": "basket", "at_least": 100}, "margin": 0.5, "ask": "cloud", "within": "80ms"}
    document = {
        "features": {"basket": {"type": "number", "from": "session.basket"}},
        "policies": {"hybrid": {}},
        "decisions": {
            "d": {"rules": [{"rank": "g", "by": {"item": "m"}, "top": 1, "unsure": unsure}], "otherwise": "a"}
        },
        "payloads": {
            "a": {"value": 1, "group": "g", "attributes": {"m": 1}},
            "b": {"value": 2, "group": "g", "attributes": {"m": 1.25}},
        },
    }
    registry.write_text(json.dumps(document), encoding="utf-8")
    request.write_text('{"session": {"basket": 120}}', encoding="utf-8")
    told = run("explain", registry, "--request", request, "--at", NOON).out.splitlines()
    at = told.index("    unsure: asks the cloud within 80 ms")
    assert told[at + 1 : at + 3] == [
        "    true       basket at_least 100: 120",
        "    true       the first score leads by less than 0.5: 0.25",
    ]
    explained = run("explain", registry, "--request", request, "--at", NOON, "--json").json
    assert explained["decisions"]["d"]["ask"] == 80
    found = explained["explanation"]["decisions"]["d"]["rules"][0]["unsure"]
    assert (found["within"], found["asks"], [test["truth"] for test in found["tests"]]) == (80, True, ["true", "true"])
    request.write_text('{"session": {"basket": 20}}', encoding="utf-8")
    told = run("explain", registry, "--request", request, "--at", NOON).out.splitlines()
    assert "    sure: does not ask the cloud" in told
    assert "ask" not in run("decide", registry, "--request", request, "--at", NOON, "--json").json["decisions"]["d"]


def test_derived_features_are_explained_with_what_they_are_made_of(run: Run, tmp_path: Path) -> None:
    registry, request = tmp_path / "registry.json", tmp_path / "request.txt"
    features = {
        "basket": {"type": "number", "from": "session.basket", "max_age": "30m", "default": 0},
        "items": {"type": "number", "from": "session.items", "purposes": ["research"]},
        "each": {
            **{"type": "number", "derive": {"divide": [{"feature": "basket"}, {"feature": "items"}]}},
            **{"default": 1, "purposes": ["research"]},
        },
        "band": {
            **{"type": "category", "values": ["low", "high"], "purposes": ["research"], "kind": "context"},
            **{"derive": {"band": {"feature": "each"}, "limits": [10]}},
        },
    }
    rules = [{"if": {"feature": "band", "is": "high"}, "show": "yes"}]
    document = {
        "features": features,
        "decisions": {"d": {"rules": rules, "otherwise": "no"}},
        "payloads": {"yes": {"value": 1}, "no": {"value": 0}},
    }
    registry.write_text(json.dumps(document), encoding="utf-8")

    def explained(**content: object) -> dict[str, tuple[object, str, int | None]]:
        request.write_text(json.dumps(content), encoding="utf-8")
        told = run("decide", registry, "--request", request, "--at", NOON, "--json", "--explain").json["explanation"]
        assert told["features"]["band"]["reads"] == ["each"]
        assert told["features"]["each"]["reads"] == ["basket", "items"]
        return {name: (one["value"], one["status"], one["age"]) for name, one in told["features"].items()}

    at = 1763719200000
    fresh = explained(session={"basket": 60, "items": 4}, timestamps={"session": at - 1000})
    assert fresh["each"] == (15.0, "present", 1000)
    assert fresh["band"] == ("high", "present", 1000)
    stale = explained(session={"basket": 60, "items": 4}, timestamps={"session": at - 1_800_001})
    assert stale["each"] == (0.0, "stale", 1_800_001)
    assert stale["band"] == ("low", "stale", 1_800_001)
    empty = explained(session={"basket": 60, "items": 0})
    assert empty["each"] == (1.0, "default", None)
    assert empty["band"] == ("low", "default", None)
    denied = explained(session={"basket": 60, "items": 4}, consent={"denied": ["research"]})
    assert denied["each"] == denied["band"] == (None, "denied", None)
    lines = run("explain", registry, "--request", request, "--at", NOON).out.splitlines()
    assert any(
        line.split() == ["each", "-", "denied", "-", "context,", "made", "of", "basket,", "items"] for line in lines
    )


def test_values_are_shown_without_control_characters(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    features = {"path": "/sport/\u001b[31m\u009b", "interests": ["ski", "bike"], "app": "1.2.3-rc.1+b", "last_order": 0}
    path.write_text(json.dumps({"features": features}), encoding="utf-8")
    ran = run("explain", SHOP, "--request", path)
    assert ran.code == 0
    assert "\u001b" not in ran.out
    assert "\u009b" not in ran.out
    shown = run("explain", SHOP, "--request", path, "--json").json["explanation"]["features"]
    assert shown["interests"]["value"] == ["bike", "ski"]
    assert shown["app"]["value"] == "1.2.3-rc.1"
    assert shown["last_order"]["value"] == 0


def test_the_example_is_explained(run: Run, request_file: Path) -> None:
    ran = run("explain", EXAMPLE / "registry", "--request", request_file, "--at", NOON)
    assert ran.code == 0
    assert "model purchase_intent" in ran.out
