"""Fixtures of the tests of the edge: the worker, and each kind of server in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import require_node
from tests.edge.serving import Server, python_server
from tests.edge.serving import worker as running_worker


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The worker in workerd."""
    require_node()
    with running_worker(tmp_path_factory.mktemp("worker")) as started:
        yield started


@pytest.fixture(scope="module", params=["worker", "python"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The worker in workerd, and then the Python host."""
    if request.param == "python":
        with python_server() as started:
            yield started
        return
    require_node()
    with running_worker(tmp_path_factory.mktemp("worker")) as started:
        yield started
