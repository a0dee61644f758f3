"""`edgewise bench` as people run it; the one suite here that measures nothing is `size`."""

import json
from pathlib import Path

import pytest

from infra.cli.main import main

pytestmark = pytest.mark.node


def test_sizes_are_written_as_rows_and_as_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, picture = tmp_path / "rows.json", tmp_path / "rows.png"
    arguments = ["bench", "--suite", "size", "--quick", "--json", str(rows), "--plot", str(picture)]
    code = main(arguments)
    content = json.loads(rows.read_bytes())
    members = {"suite", "case", "ours_us", "peer", "peer_us", "ratio", "spread", "unit"}
    assert {row["suite"] for row in content["rows"]} == {"size"}
    assert all(row.keys() == members and row["unit"] == "bytes" for row in content["rows"])
    assert all(row["ratio"] == row["peer_us"] / row["ours_us"] for row in content["rows"])
    assert picture.stat().st_size > 0
    printed = capsys.readouterr().out
    assert code == (1 if "missed" in printed or "not all wanted" in printed else 0)


def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--json", str(tmp_path / "absent" / "rows.json")]) == 1
    assert "no-such-folder" in capsys.readouterr().out


def test_an_unknown_suite_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--suite", "speed"]) == 2
    assert "speed" in capsys.readouterr().err
