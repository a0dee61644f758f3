"""Fixtures of these tests: the worker in front of an origin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import require_node
from tests.edge.delivery.site import Site
from tests.edge.delivery.site import site as running_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One worker and one origin for all tests of a module; each test uses paths of its own."""
    require_node()
    with running_site(tmp_path_factory.mktemp("site")) as started:
        yield started
