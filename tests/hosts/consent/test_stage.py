"""What the gate of the service remembers is never told when it does not hold any more."""

import random

import pytest

from decision_engine.consent_tables import gate_table
from feature_registry.documents import Consent, ConsentGate
from feature_registry.jurisdictions import jurisdictions
from infra.consent import AT, gpp_string, national_string, tc_string
from tests.hosts.consent.shared import run_node

DAY = 86_400_000
GATE = ConsentGate()
TABLE = gate_table(Consent(purposes=("personalisation",), gate=GATE), GATE)
COUNT = 20_000


def edges(created: int) -> list[int]:
    """Times about which something changes for a string, and laws that begin to hold."""
    months = [created + days * DAY for days in (393, 394, 395, 396, 397, 398)]
    return [created, created - DAY, *months, *{one.since_ms for one in jurisdictions() if one.since_ms > 0}]


@pytest.mark.node
def test_a_gate_that_remembers_says_what_one_says_that_does_not() -> None:
    chance = random.Random(3)
    strings = [tc_string(AT - chance.randrange(700) * DAY, (1, 5, 6), publisher=(1, 5, 6)) for _ in range(30)]
    created = [AT - chance.randrange(700) * DAY for _ in range(30)]
    strings += [tc_string(one, (1, 5, 6), publisher=(1, 5, 6)) for one in created]
    gpp = gpp_string({2: strings[0], 7: national_string(2)})
    times = [
        edge + chance.choice((-DAY, -3_600_000, -1, 0, 1, 3_600_000, DAY)) for one in created for edge in edges(one)
    ]
    asked = []
    for _ in range(COUNT):
        cookie = chance.choice([f"euconsent-v2={chance.choice(strings)}", f"__gpp={gpp}", "a=b"])
        place = chance.choice([{"country": "DE"}, {"country": "US", "region_code": "MN"}, {"country": "US"}, {}])
        seen = {"geo": place, "cookie": cookie, "gpc": chance.choice([None, None, None, "0"])}
        asked.append({"seen": seen, "at": chance.choice(times)})
    in_order = sorted(asked[: COUNT // 2], key=lambda one: int(str(one["at"])))
    [found] = run_node([{"stage": [*in_order, *asked[COUNT // 2 :]], "table": TABLE}])
    assert found["differ"] == 0
    assert found["remembered"] > COUNT / 10 and found["decided"] > COUNT / 10
