"""One node process for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.targets.node_session import NodeSession


@pytest.fixture(scope="session")
def session(node: Path) -> Iterator[NodeSession]:
    """A running node."""
    with NodeSession(node) as running:
        yield running
