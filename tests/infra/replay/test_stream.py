"""Replay streams: what is alive is bounded by the batch, answers come out whole or not at all."""

import gc
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from infra.engines import Batch
from infra.engines.engine import InProcess
from infra.engines.wasm import WasmEngine
from infra.replay import load_map, requests_from
from infra.replay.comparison import Tally
from infra.replay.native_tables import connect
from infra.replay.request_files import Session
from infra.replay.stream import BATCH, decide_stream
from tests.cli.running import NOON, SHOP, runner

ROWS = 12 * BATCH + 5
GROUP = "a_group_of_this_test"
MAP = {"request": {f"{GROUP}.row": {"template": "r{row}"}, "units.visitor_id": "id"}}
ANSWER = '{"decisions":{}}'
HEEDING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from infra.cli.main import run
run()
"""
"""The program as from a terminal: what runs the tests may ignore signals, and a child inherits that."""


class Counting(InProcess):
    """An engine that looks how many requests live whenever it decides."""

    name = "counting"

    def __init__(self) -> None:
        self.most = 0

    def answers(self, batch: Batch) -> list[str]:
        self.most = max(self.most, live())
        return [ANSWER] * len(batch)


def live() -> int:
    """How many requests of this test are in memory."""
    return sum(type(one) is dict and GROUP in one for one in gc.get_objects())


def csv_file(folder: Path) -> Path:
    path = folder / "table.csv"
    path.write_text("id\n" + "".join(f"v{row}\n" for row in range(ROWS)), encoding="utf-8")
    return path


def parquet_file(folder: Path) -> Path:
    path = folder / "table.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 'v' || range AS id FROM range({ROWS})) TO '{path}' (FORMAT parquet)")
    return path


def json_file(folder: Path) -> Path:
    path = folder / "table.jsonl"
    lines = [json.dumps({GROUP: {"row": row}, "units": {"visitor_id": f"v{row}"}}) for row in range(ROWS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def sessions(path: Path) -> Iterator[Session]:
    map_file = path.with_name("map.json")
    map_file.write_text(json.dumps(MAP), encoding="utf-8")
    return requests_from(path, None if path.suffix == ".jsonl" else load_map(map_file))


@pytest.mark.parametrize("make", [csv_file, parquet_file, json_file])
def test_the_requests_that_live_are_those_of_two_batches(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    engine, tally, file = Counting(), Tally(), io.BytesIO()
    decide_stream([engine], sessions(make(tmp_path)), 0, tally, file)
    assert tally.rows == ROWS
    assert file.getvalue() == f"{ANSWER}\n".encode() * ROWS
    assert BATCH <= engine.most <= 2 * BATCH + 1


def test_a_list_would_be_noticed(tmp_path: Path) -> None:
    engine = Counting()
    decide_stream([engine], list(sessions(json_file(tmp_path))), 0, Tally(), io.BytesIO())
    assert engine.most == ROWS


def test_a_batch_is_written_before_the_next_is_read() -> None:
    events: list[str] = []

    class File(io.BytesIO):
        def write(self, content: Any) -> int:
            events.append("written")
            return super().write(content)

    def given() -> Iterator[Session]:
        for row in range(3 * BATCH):
            if row % BATCH == 0:
                events.append("read")
            yield {"units": {}}, None

    done: list[int] = []
    decide_stream([Counting()], given(), 0, Tally(), File(), done.append)
    assert events == ["read", "written"] * 3
    assert done == [BATCH] * 3


def test_long_queries_print_nothing_between_the_lines_of_a_command() -> None:
    with connect() as connection:
        assert connection.execute("SELECT current_setting('enable_progress_bar')").fetchone() == (False,)


def test_an_interrupt_leaves_no_trace(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests, out = json_file(tmp_path), tmp_path / "answers.jsonl"
    out.write_text("earlier\n", encoding="utf-8")
    answers, calls = WasmEngine.answers, []

    def stop(self: WasmEngine, batch: Batch) -> list[str]:
        calls.append(sorted(path.name for path in tmp_path.iterdir()))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return answers(self, batch)

    monkeypatch.setattr(WasmEngine, "answers", stop)
    arguments = ["--requests", requests, "--engine", "wasm", "--out", out, "--at", NOON]
    ran = runner(capsys)("replay", SHOP, *arguments)
    assert ran.code == 130
    assert len(calls[2]) == 3  # the draft stood beside the two files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.jsonl", "table.jsonl"]
    assert out.read_text(encoding="utf-8") == "earlier\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_no_trace(tmp_path: Path, number: signal.Signals) -> None:
    requests, out = json_file(tmp_path), tmp_path / "answers.jsonl"
    command = [sys.executable, "-c", HEEDING, "replay", str(SHOP), "--requests", str(requests)]
    process = subprocess.Popen([*command, "--engine", "reference", "--out", str(out)], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size for path in tmp_path.glob(".answers*")):
        assert process.poll() is None and time.monotonic() < deadline, "no draft was written"
        time.sleep(0.005)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["table.jsonl"]
