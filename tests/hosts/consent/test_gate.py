"""The gate and the receipts on the shared cases, in Python and in JavaScript; every cell of the published table."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from decision_engine.hosts.python.consent import Receipt, Signals, decide_consent, read_receipt, write_receipt
from infra.consent import AT, CONFIGURATION, SCENARIOS, place_rows, tc_string
from tests.hosts.consent.shared import ROOT, load, run_node, shown

PAGE = ROOT / "docs" / "reference" / "consent.md"
PURPOSES = [purpose["name"] for purpose in CONFIGURATION["purposes"]]
FEWEST_CELLS = 400
MARKS = {"granted": "+", "denied": "-"}


def cells() -> Iterator[tuple[str, str, str, Signals, str]]:
    """(purpose, place, column, signals, the cell) as the page has them."""
    rows = {one.title: (country, region, state) for one, country, region, state in place_rows()}
    columns = {scenario.key: scenario for scenario in SCENARIOS}
    text = PAGE.read_text(encoding="utf-8")
    for purpose in PURPOSES:
        table = re.findall(r"^\|(.*)\|$", text.partition(f"## {purpose.capitalize()}\n")[2].partition("\n## ")[0], re.M)
        head, _, *lines = [[cell.strip() for cell in line.split("|")] for line in table]
        assert len(lines) == len(rows) and len(head) == len(columns) + 1
        for title, *found in lines:
            for key, cell in zip(head[1:], found, strict=True):
                yield purpose, title, key, columns[key].at_place(*rows[title]), cell


def written(outcome: dict[str, Any], purpose: str) -> str:
    (ruling,) = [one for one in outcome["rulings"] if one["purpose"] == purpose]
    return f"{MARKS.get(ruling['state'], '?+' if ruling['allowed'] else '?-')} {ruling['basis']}"


def test_every_cell_of_the_page_in_python() -> None:
    table = list(cells())
    assert len(table) == len(place_rows()) * len(SCENARIOS) * len(PURPOSES) >= FEWEST_CELLS
    for purpose, place, key, signals, cell in table:
        assert written(shown(decide_consent(CONFIGURATION, signals, AT)), purpose) == cell, (purpose, place, key)


@pytest.mark.node
def test_every_cell_of_the_page_in_javascript() -> None:
    table = list(cells())
    operations = [operation(signals, AT) for _, _, _, signals, _ in table]
    operations[0]["configuration"] = CONFIGURATION
    for (purpose, place, key, _, cell), outcome in zip(table, run_node(operations), strict=True):
        assert written(outcome, purpose) == cell, (purpose, place, key)


def operation(signals: Signals, at: int) -> dict[str, Any]:
    receipt = signals.receipt
    shown_receipt = None if receipt is None else {"granted": sorted(receipt.granted), "refused": receipt.refused}
    return {"gate": signals._asdict() | {"receipt": shown_receipt}, "at": at}


ALLOWED = {  # column -> purposes allowed (storage, personalisation, analytics) opt-in, and opt-out; by CONSENT's rules
    "nothing": ("---", "+++"),
    "erased": ("---", "---"),
    "gpc": ("---", "---"),
    "gpc_other": ("---", "+++"),
    "state_out": ("---", "---"),
    "state_in": ("---", "+++"),
    "state_gpc": ("---", "---"),
    "state_child": ("---", "---"),
    "state_cut": ("---", "---"),
    "usnat_out": ("---", "---"),
    "usnat_in": ("---", "+++"),
    "usp_out": ("---", "---"),
    "tcf_all": ("+++", "+++"),
    "tcf_none": ("---", "---"),
    "tcf_storage": ("+--", "+--"),
    "tcf_half": ("+--", "+--"),
    "tcf_core": ("---", "---"),
    "tcf_vendors": ("---", "---"),
    "tcf_restricted": ("+-+", "+-+"),
    "tcf_policy": ("---", "---"),
    "tcf_old": ("---", "---"),
    "tcf_cut": ("---", "---"),
    "receipt": ("++-", "++-"),
    "receipt_bad": ("---", "---"),
    "groups_all": ("+++", "+++"),
    "groups_some": ("+--", "+--"),
    "gpc_tcf": ("---", "---"),
    "tcf_receipt": ("---", "---"),
}


def test_every_cell_is_what_the_rules_say() -> None:
    """By a second statement of the rules; what depends on the place alone stands in the other cases."""
    regimes = {one.title: one.regime for one, *_ in place_rows()}
    foreign = {"United States, other states"}  # California's section is not theirs
    for purpose, place, key, _, cell in cells():
        if key in ("state_over", "tcf_in_gpp") or (place in foreign and key.startswith("state_")):
            continue
        if (place, key) == ("Maryland", "state_child"):  # its section has no field for known children
            continue
        allowed = ALLOWED[key][regimes[place] == "opt_out"][PURPOSES.index(purpose)] == "+"
        assert (cell[0] == "+" or cell.startswith("?+")) == allowed, (purpose, place, key, cell)


def test_a_states_section_beats_the_national_one() -> None:
    found = {(place, key): cell for purpose, place, key, _, cell in cells() if purpose == "personalisation"}
    assert found["California", "state_over"] == "+ gpp"
    assert found["United States, other states", "state_over"] == "- gpp-opt-out"
    assert found["United States, state not known", "state_over"] == "- gpp-opt-out"
    assert found["not known", "state_over"] == "- gpp-opt-out"
    assert found["European Union", "tcf_in_gpp"] == "+ tcf"
    assert found["California", "tcf_in_gpp"] == "?+ opt-out"
    assert found["Maryland", "state_child"] == "+ gpp"
    assert found["United States, other states", "state_out"] == "?+ opt-out"


def receipt_cases() -> list[dict[str, Any]]:
    return load("receipts.json")


def test_receipts_in_python() -> None:
    for case in receipt_cases():
        keys = {name: key.encode() for name, key in case["keys"].items()}
        found = read_receipt(case["receipt"], keys, case["pseudonym"], case["epoch"], case["at"])
        assert {"granted": sorted(found.granted), "refused": found.refused} == case["expect"], case["name"]


@pytest.mark.node
def test_receipts_in_javascript() -> None:
    for case, found in zip(receipt_cases(), run_node(receipt_cases()), strict=True):
        assert found == case["expect"], case["name"]


def test_no_single_changed_character_of_a_receipt_counts() -> None:
    key = b"a key"
    text = write_receipt("k1", key, "p-1", ["storage"], epoch=1, expires=AT // 1000 + 60)
    assert read_receipt(text, {"k1": key}, "p-1", 1, AT) == Receipt(frozenset({"storage"}))
    for at in range(len(text)):
        for other in {chr(ord(text[at]) ^ 1 << bit) for bit in range(7)}:
            changed = text[:at] + other + text[at + 1 :]
            assert read_receipt(changed, {"k1": key}, "p-1", 1, AT).refused is not None, changed


PLACES = [  # country, region, at, the place found
    (None, None, AT, "unknown"),
    ("", "", AT, "unknown"),
    ("de", None, AT, "unknown"),
    ("DEU", None, AT, "unknown"),
    ("XX", None, AT, "unknown"),
    ("T1", None, AT, "unknown"),
    ("D\u0045", "BY", AT, "DE"),
    ("\uff24\uff25", None, AT, "unknown"),
    ("DE", "BY", AT, "DE"),
    ("DE", None, 0, "elsewhere"),
    ("JP", "13", AT, "elsewhere"),
    ("US", None, AT, "US"),
    ("US", "", AT, "US"),
    ("US", "california", AT, "US"),
    ("US", "CA", AT, "US-CA"),
    ("US", "WY", AT, "US-*"),
    ("US", "KY", AT, "US-KY"),
    ("US", "KY", 1767225599999, "US-*"),
    ("US", "KY", 1767225600000, "US-KY"),
    ("US", "*", AT, "US"),
    ("CA", "QC", AT, "CA"),
]


def test_places_in_python() -> None:
    for country, region, at, place in PLACES:
        assert decide_consent(CONFIGURATION, Signals(country=country, region=region), at).place == place


@pytest.mark.node
def test_places_in_javascript() -> None:
    operations = [operation(Signals(country=country, region=region), at) for country, region, at, _ in PLACES]
    operations[0]["configuration"] = CONFIGURATION
    assert [one["place"] for one in run_node(operations)] == [place for *_, place in PLACES]


AGES = [  # created, at, whether the string still counts
    ("2025-10-21", "2026-11-21", True),
    ("2025-10-20", "2026-11-21", False),
    ("2025-01-31", "2026-02-28", True),
    ("2025-01-31", "2026-03-01", False),
    ("2024-02-29", "2025-03-29", True),
    ("2024-02-29", "2025-03-30", False),
    ("2026-11-22", "2026-11-21", True),
    ("2026-11-23", "2026-11-21", False),
]


def ages() -> list[tuple[Signals, int, bool]]:
    agreed = (1, 5, 6, 8)
    return [
        (Signals(country="DE", tcf=tc_string(time(created), agreed, publisher=agreed)), time(at), counts)
        for created, at, counts in AGES
    ]


def time(day: str) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.node
def test_thirteen_months_are_those_of_the_calendar_on_both() -> None:
    operations = [operation(signals, at) for signals, at, _ in ages()]
    operations[0]["configuration"] = CONFIGURATION
    for (signals, at, counts), node in zip(ages(), run_node(operations), strict=True):
        outcome = decide_consent(CONFIGURATION, signals, at)
        assert (outcome.denied == ()) == counts, (signals, at)
        assert node == shown(outcome)


def test_an_outcome_tells_what_is_denied() -> None:
    outcome = decide_consent(CONFIGURATION, Signals(country="DE"), AT)
    assert outcome.denied == ("storage", "personalisation", "analytics")
