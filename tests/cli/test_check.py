"""`edgewise check` and `edgewise init`."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from decision_engine.operators import SIGNATURES
from feature_registry import inspect
from infra.cli.dump import registry_text
from tests.cli.running import EXAMPLE, SHOP, Run, files_of


@pytest.mark.parametrize("path", [SHOP, EXAMPLE / "registry"])
def test_a_sound_registry_has_a_summary(run: Run, path: Path) -> None:
    ran = run("check", path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("decisions, 10 payloads: no problems\n" if path == SHOP else "payloads: no problems\n")
    found = run("check", path, "--json").json
    assert found["ok"] is True
    assert (found["errors"], found["warnings"], found["diagnostics"]) == (0, 0, [])
    assert found["counts"]["decisions"] == (3 if path == SHOP else 5)
    assert found["registry"].startswith("sha256:")


def test_warnings_are_told_and_pass(run: Run, tmp_path: Path) -> None:
    registry = tmp_path / "registry.json"
    registry.write_text(
        '{"features": {"n": {"type": "number", "from": "a.b"}}, "payloads": {"x": {"value": 1}, "y": {"value": 2}},'
        '"decisions": {"d": {"rules": ['
        '{"if": {"feature": "n", "is": 1}, "show": "x"}, {"if": {"feature": "n", "is": 1}, "show": "y"},'
        '{"if": {"not": {"not": {"feature": "n", "is": 1}}}, "show": "x"}], "otherwise": "y"}}}',
        encoding="utf-8",
    )
    ran = run("check", registry)
    assert ran.code == 0
    assert ran.out.count("warning[unreachable-rule]") == 2
    assert "/decisions/d/rules/2: this rule is never reached: an earlier rule always matches first" in ran.out
    assert ran.out.splitlines()[-1].endswith(": 2 warnings")
    assert run("check", registry, "--json").json["warnings"] == 2


def test_problems_of_models_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text("tree\nversion=v4\n", encoding="utf-8")
    (tmp_path / "registry.json").write_text(
        '{"features": {"n": {"type": "number", "from": "a.b"}}, "payloads": {"x": {"value": 1}},'
        '"models": {"m": {"format": "lightgbm", "file": "m.txt", "inputs": {"N": "n"}}},'
        '"decisions": {"d": {"rules": [{"if": {"model": "m", "at_least": 0.5}, "show": "x"}], "otherwise": "x"}}}',
        encoding="utf-8",
    )
    ran = run("check", tmp_path)
    assert ran.code == 1
    assert " m.txt" in ran.out
    assert ran.out.splitlines()[-1].endswith(": 1 error")


def test_a_missing_path_is_an_error(run: Run, tmp_path: Path) -> None:
    ran = run("check", tmp_path / "nothing")
    assert ran.code == 1
    assert ran.out.splitlines()[1].startswith("  help: ")
    assert run("check", tmp_path / "nothing", "--json").json["registry"] is None


def test_init_makes_a_registry_without_findings(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    ran = run("init", folder)
    assert ran.code == 0
    assert f"edgewise check {folder}" in ran.out
    found = run("check", folder, "--json").json
    assert (found["ok"], found["diagnostics"]) == (True, [])
    assert all(found["counts"][kind] for kind in ("features", "cohorts", "experiments", "decisions", "payloads"))
    assert '"$schema"' in (folder / "features.json").read_text(encoding="utf-8")
    assert run("decide", folder, "--request", folder / "visitor.jsonl", "--json").json["decisions"]
    replayed = run(
        "replay", folder, "--requests", folder / "visitors.jsonl", "--engine", "wasm", "--compare", "reference"
    )
    assert replayed.code == 2
    out = tmp_path / "answers.jsonl"
    replayed = run(
        *("replay", folder, "--requests", folder / "visitors.jsonl", "--engine", "wasm", "--compare", "reference"),
        *("--out", out, "--json"),
    )
    assert replayed.json["differences"]["count"] == 0
    assert {taken["variation"] for taken in replayed.json["decisions"]["home_hero"]} >= {"bold", "control"}


def test_the_commands_of_the_readme_that_init_writes_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shop"
    run("init", folder)
    monkeypatch.chdir(folder)
    lines = [line.split() for line in (folder / "README.md").read_text(encoding="utf-8").splitlines()]
    commands = [words[1:] for words in lines if words[:1] == ["edgewise"] and words[1] != "dev"]
    assert len(commands) == 5
    for command in commands:
        assert run(*command).code == 0, command


def test_init_fills_an_empty_folder_and_no_other(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run("init", empty, "--json").json["ok"] is True
    before = files_of(empty)
    ran = run("init", empty)
    assert ran.code == 1
    assert ran.err.startswith("error[not-empty]")
    assert files_of(empty) == before
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    assert run("init", file, "--json").codes == ["not-a-folder"]
    assert run("init", file / "inside", "--json").codes == ["not-a-folder"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file"]


def test_the_dumped_registry_is_the_same_registry(run: Run, tmp_path: Path) -> None:
    registry, _ = inspect(EXAMPLE / "registry", SIGNATURES)
    assert registry is not None
    (tmp_path / "models").symlink_to(EXAMPLE / "registry" / "models")
    dumped = tmp_path / "all.json"
    dumped.write_text(registry_text(registry), encoding="utf-8")
    again, problems = inspect(dumped, SIGNATURES)
    assert [one.code for one in problems] in ([], ["outside-folder"])
    if again is not None:
        assert again.digest == registry.digest


def test_a_watched_registry_is_checked_at_every_change(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    path.write_text('{"features": {"n": {"type": "number", "from": "session.n"}}}')
    command = [sys.executable, "-m", "infra.cli.main", "check", str(path), "--watch", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["errors"] == 0
        path.write_text('{"features": {"n": {"type": "numbr", "from": "session.n"}}}')
        assert json.loads(process.stdout.readline())["diagnostics"][0]["line"] == 1
        path.unlink()
        assert json.loads(process.stdout.readline())["diagnostics"][0]["code"] == "no-such-path"
        path.write_text("{}")
        assert json.loads(process.stdout.readline())["ok"] is True
        path.write_text("{")
        assert json.loads(process.stdout.readline())["ok"] is False
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 1  # as the last check
