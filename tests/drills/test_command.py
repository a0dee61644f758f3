"""`edgewise drill`: its table, its JSON, its exit codes, and its mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.cli.main import main
from infra.drills import DRILLS, Drill, Found, rows, summary
from infra.drills.report import document
from infra.drills.shop import SHOP

KEYS = {"id", "name", "requests", "status_5xx", "malformed", "p99_added_ms", "passed"}


@pytest.mark.node
def test_the_report_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "drills.json"
    assert main(["drill", "--only", "14", "--only", "23", "--requests", "200", "--json", str(file)]) == 0
    written = json.loads(file.read_bytes())
    assert [one["id"] for one in written["drills"]] == [14, 23]
    for one in written["drills"]:
        assert one.keys() == KEYS
        assert one["requests"] >= 90 and one["status_5xx"] == one["malformed"] == 0 and one["passed"] is True
        assert isinstance(one["p99_added_ms"], float)
    printed = capsys.readouterr().out
    assert "malformed cookies and headers" in printed and "2 drills passed, 0 failed" in printed


@pytest.mark.node
def test_a_drill_that_no_stage_answers_is_listed_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "drills.json"
    arguments = ["drill", str(SHOP), "--only", "11", "--only", "25", "--requests", "10", "--json", str(file)]
    assert main(arguments) == 0
    found = json.loads(file.read_bytes())["drills"]
    assert [one["skipped"] for one in found] == [
        "the registry has no policy `hybrid`",
        "the registry has no policy `records`",
    ]
    assert all(one["passed"] is None and one["requests"] == 0 for one in found)


@pytest.mark.node
def test_a_drill_that_fails_is_an_exit_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failing = Drill(99, "fails", "nothing", lambda _: (), examine=lambda _: ["as told"])
    monkeypatch.setattr("infra.drills.DRILLS", (*DRILLS, failing))
    file = tmp_path / "drills.json"
    assert main(["drill", str(SHOP), "--only", "99", "--requests", "1", "--json", str(file)]) == 1
    (found,) = json.loads(file.read_bytes())["drills"]
    assert found["passed"] is False and found["problems"] == ["as told"]


def test_an_unknown_drill_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "--only", "12"]) == 2
    assert "expected the number of a drill for `--only`, found `12`" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_told_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "--json", str(tmp_path / "no" / "file.json")]) == 1
    assert "no-such-folder" in capsys.readouterr().out


def test_the_report_of_what_was_found() -> None:
    good = Found(14, "good", requests=1_000, p99_added_ms=1.25)
    bad = Found(15, "bad", requests=10, status_5xx=2, malformed=1)
    for number in range(12):
        bad.note(f"fault {number}", is_one_of_many=True)
    bad.note("of the phase")
    skipped = Found(16, "skipped", skipped="no stage")
    entries = document([good, bad, skipped])["drills"]
    assert [entry["passed"] for entry in entries] == [True, False, None]
    assert entries[1]["problems"] == [*(f"fault {number}" for number in range(10)), "of the phase"]
    assert [line[-1] for line in rows([good, bad, skipped])] == ["passed", "failed: 13 faults", "not run: no stage"]
    assert summary([good, bad, skipped]) == (
        "1,010 requests, 2 with a 5xx, 1 malformed outcomes: 1 drills passed, 1 failed, 1 not run"
    )
