"""Every zone of the tz database: both hosts tell the local time that the standard library tells."""

import json
import zlib
from datetime import UTC, datetime
from random import Random

import pytest

from decision_engine.hosts.python.visitor import LocalTimes
from decision_engine.visitor_tables import FIRST_YEAR, LAST_YEAR, zones_table
from decision_engine.zones import offset_changes, zone, zone_names
from tests.hosts.visitor.shared import run_node

FIRST, END = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000 for year in (FIRST_YEAR, LAST_YEAR + 1))
NAMES = [name for names in zone_names() for name in names]


def moments(name: str) -> list[int]:
    """Random ones, and those around each change."""
    source = Random(name)
    changes = [start for start, _ in offset_changes(name, FIRST_YEAR, LAST_YEAR + 1)]
    around = [start + step for start in source.sample(changes, min(6, len(changes))) for step in (-1, 0, 1)]
    inside = [at for at in around if FIRST <= at < END]
    return [*inside, *(source.randrange(FIRST, END) for _ in range(12))]


def told_by_the_library(name: str, at: int) -> int:
    local = datetime.fromtimestamp(at // 1000, zone(name))
    return local.weekday() * 1440 + local.hour * 60 + local.minute


@pytest.mark.node
def test_both_hosts_tell_the_time_of_every_zone() -> None:
    times = LocalTimes(zones_table())
    asked = {name: moments(name) for name in NAMES}
    answers = run_node([{"locals": {"zone": name, "times": moments}} for name, moments in asked.items()])
    for (name, ats), answer in zip(asked.items(), answers, strict=True):
        expected = [told_by_the_library(name, at) for at in ats]
        assert answer == expected, name
        told = [times.read(name, at) for at in ats]
        assert [(one["weekday"], one["minute"]) for one in told] == [divmod(one, 1440) for one in expected], name


def test_the_table_has_every_name_and_stays_small() -> None:
    table = zones_table()
    content = json.dumps(table, separators=(",", ":")).encode()
    assert len(NAMES) == len(set(NAMES)) > 590
    assert len(content) < 13_000, len(content)
    assert len(zlib.compress(content, 9)) < 4_500
    assert len(table["histories"]) < 80


def test_names_are_written_so_that_they_can_be_taken_apart() -> None:
    assert not [name for name in NAMES if set(name) & set(":, ")]
