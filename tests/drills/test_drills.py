"""Every drill in small on the real worker."""

from __future__ import annotations

import pytest

from infra.drills import DRILLS, Drill, Place, run_drills

pytestmark = pytest.mark.node

REQUESTS = 600
IDS = (9, 10, 11, *range(14, 27))


def test_the_table_has_every_drill_of_the_request_path_in_order() -> None:
    assert tuple(drill.id for drill in DRILLS) == IDS


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: f"{drill.id}")
def test_a_drill_passes(drill: Drill, place: Place) -> None:
    (found,) = run_drills(place, [drill], REQUESTS)
    assert found.skipped is None
    assert found.passed, found.problems
    assert found.requests >= REQUESTS * 0.9
    assert found.status_5xx == found.malformed == 0
    assert found.p99_added_ms is not None
