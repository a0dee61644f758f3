"""The engines that the properties of this folder run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.lines import LineProcess
from tests.conformance.programs import write_javascript_host
from tests.properties.engines import Engines


@pytest.fixture(scope="session")
def engines(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Every target, JavaScript in one node process."""
    folder = tmp_path_factory.mktemp("programs")
    host = folder / "host"
    write_javascript_host(host)
    with LineProcess(node, "node_runner.mjs", host) as process:
        yield Engines(folder, process)


@pytest.fixture(scope="session")
def python_engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """The targets that need no node."""
    return Engines(tmp_path_factory.mktemp("programs"), None)
