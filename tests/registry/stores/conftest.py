"""Fixtures: an empty place of each kind, and one with a store that is set up."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.registry.stores.places import KINDS, Place, local_place

_TABLES = itertools.count(1)
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of a server that does what DynamoDB and S3 do."""
    before = {name: os.environ.get(name) for name in _CREDENTIALS}
    os.environ.update(_CREDENTIALS)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.registry.stores.aws_server"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[3],
        text=True,
    )
    assert server.stdout is not None
    with server.stdout as told:
        port = told.readline().strip()
    assert port, "the server did not start"
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """Makes a place of a kind where there is no store."""

    def make(kind: str) -> Place:
        number = next(_TABLES)
        if kind != "dynamodb":
            folder = tmp_path / str(number)
            folder.mkdir()
            return local_place(kind, folder)
        endpoint = request.getfixturevalue("aws")
        return Place(f"dynamodb:table{number}?bucket=bucket{number}&region=us-east-1&endpoint={endpoint}", kind)

    return make


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, new_place: Callable[[str], Place]) -> Place:
    return new_place(request.param)


@pytest.fixture
def place(empty: Place) -> Place:
    empty.setup()
    return empty
