"""Exit codes, help, usage errors, internal errors, and what `--json` prints when a command fails."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import main as program
from infra.cli.compile import TargetName
from infra.cli.parameters import EngineName
from infra.engines import ENGINES
from infra.targets import TARGETS
from tests.cli.running import SHOP, Run

NAMES = [command.__name__ for command, _ in program.COMMANDS]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example_and_json(run: Run, name: str) -> None:
    ran = run(name, "--help")
    assert ran.code == 0
    assert "Example:" in ran.out
    assert f"edgewise {name} " in ran.out
    if "as_json" in inspect.signature(dict(zip(NAMES, program.COMMANDS, strict=True))[name][0]).parameters:
        assert "--json" in ran.out


def test_the_choices_are_the_tables() -> None:
    assert [str(name) for name in EngineName] == list(ENGINES)
    assert [str(name) for name in TargetName] == list(TARGETS)


@pytest.mark.parametrize(
    ("arguments", "message", "help_line"),
    [
        (["foo"], "no such command `foo`", "`edgewise --help`"),
        (["check"], "missing argument `PATH`", "`edgewise check --help`"),
        (["check", "x", "--nope"], "no such option", "`edgewise check --help`"),
        (["decide", "x", "--request", "y", "--engine", "z"], "`z` is not one of", "`edgewise decide --help`"),
        (["decide", SHOP, "--request", "-", "--at", "noon"], "expected a time for `--at`, found `noon`", "RFC 3339"),
        (["compile", "x", "--target", "cloudflare"], "missing option", "`edgewise compile --help`"),
    ],
)
def test_a_wrong_command_line_is_usage(run: Run, arguments: list[object], message: str, help_line: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error[usage]: ")
    assert message in ran.err
    assert help_line in ran.err.splitlines()[1]
    assert run(*arguments, "--json").codes == ["usage"]


def test_without_a_command_there_is_help(run: Run) -> None:
    assert "Commands:" in "".join([(ran := run()).out, ran.err])


def test_an_internal_error_is_one_line_with_a_hint(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr("infra.cli.inputs.read_registry", fail)
    ran = run("dump", SHOP, "--stage", "program")
    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.splitlines()[0] == "error[internal]: ZeroDivisionError: first line"
    assert "edgewise --debug dump" in ran.err.splitlines()[1]
    assert program.main(["--debug", "dump", str(SHOP), "--stage", "program"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("infra.cli.inputs.read_registry", interrupt)
    ran = run("dump", SHOP, "--stage", "program")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_the_installed_program_runs_and_prints_its_version(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infra.cli.main"]
    done = subprocess.run([*command, "--version"], capture_output=True, check=True, text=True)
    assert done.stdout.startswith("edgewise ")
    done = subprocess.run([*command, "check", str(tmp_path / "nothing")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error[no-such-path]" in done.stdout


def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{sys.executable} -m infra.cli.main dump {SHOP} --stage tables | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert len(done.stdout) == 10
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["compile", "--target", "wasm", "--out", "OUT"],
        ["decide", "--request", "REQUEST"],
        ["explain", "--request", "REQUEST"],
        ["replay", "--requests", "REQUESTS", "--out", "OUT"],
        ["dump", "--stage", "program"],
    ],
)
def test_a_broken_registry_gives_all_its_problems_and_writes_nothing(
    run: Run, tmp_path: Path, request_file: Path, arguments: list[str]
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(
        '{"features": {"a": {"type": "nmber", "from": "geo.a"}, "b": {"type": "bool"}}}', encoding="utf-8"
    )
    requests = tmp_path / "requests.jsonl"
    requests.write_text("{}\n", encoding="utf-8")
    places = {"OUT": tmp_path / "out", "REQUEST": request_file, "REQUESTS": requests}
    name, *rest = [places.get(argument, argument) for argument in arguments]
    ran = run(name, broken, *rest)
    assert ran.code == 1
    assert ran.out == ""
    assert "broken.json:1:29 /features/a/type" in ran.err
    assert ran.err.count("error[") == 2
    assert ran.err.count("help: ") >= 1
    assert len(run(name, broken, *rest, "--json").codes) == 2
    assert not places["OUT"].exists()
