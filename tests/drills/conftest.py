"""Fixtures of the drills' tests: the place with every stage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.drills import Place, open_place, shop_registry
from tests.conftest import require_node


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    """The example shop with all stages, in workerd."""
    require_node()
    with open_place(shop_registry()) as opened:
        yield opened
