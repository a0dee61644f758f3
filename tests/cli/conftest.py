"""Fixtures of the tests of commands."""

from pathlib import Path

import pytest

from tests.cli.running import Run, runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(
        '{"units": {"visitor_id": "v1"}, "geo": {"country": "DE"}, "session": {"path": "/sport/x"}}', encoding="utf-8"
    )
    return path
