"""Fixtures of the tests of budgets."""

from pathlib import Path

import pytest

from tests.budget.shop import write_shop
from tests.cli.running import Run, runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder that holds the registry, the map and the table of sessions."""
    write_shop(tmp_path)
    return tmp_path
