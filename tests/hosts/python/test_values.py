"""What hosts accept as values, with statuses and ages, and what they put into the vector."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python import Host
from tests.hosts.python.shared import load

VALUES = load("values.json")
ROWS = [
    pytest.param(group, row, id=f"{group['name']} {number}")
    for group in VALUES["groups"]
    for number, row in enumerate(group["rows"])
]


def host_of(tables: Any) -> Host:
    return Host(tables, lambda vector: [0], target="test")


@pytest.mark.parametrize(("group", "row"), ROWS)
def test_values(group: dict[str, Any], row: dict[str, Any]) -> None:
    feature = group["feature"]
    width = len(feature["inputs"])
    tables = load("tables.json") | {
        "features": [feature],
        "automata": group["automata"],
        "width": width,
        "units": [],
        "clocks": [],
        "now": None,
    }
    request = row.get("request")
    if request is None:
        request = row["raw"]
        for key in reversed(feature["path"]):
            request = {key: request}
    vector, statuses = host_of(tables).encode(request, VALUES["at"])
    assert shown(vector) == shown(row["vector"] or [None] * width)
    assert statuses == ((feature["name"], row["status"], row.get("age")),)


@pytest.mark.parametrize("case", load("encode.json"), ids=lambda case: case["name"])
def test_units_and_clocks(case: dict[str, Any]) -> None:
    vector, _ = host_of(load("tables.json")).encode(case["request"], case["at"])
    elements = {int(place): number for place, number in case["vector"].items()}
    assert shown([vector[place] for place in elements]) == shown(list(elements.values()))


def shown(vector: Sequence[float | None]) -> list[str]:
    """Numbers as text, so that NaN equals NaN and the sign of zero shows; None stands for NaN."""
    return [repr(math.nan if number is None else float(number)) for number in vector]


def test_every_element_is_a_float() -> None:
    request = {"geo": {"country": "DE"}, "device": {"mobile": True}, "cookies": {"seen": 5}, "units": {"store_id": "a"}}
    vector, _ = host_of(load("tables.json")).encode(request, 0)
    assert {type(element) for element in vector} == {float}


def test_the_contract_names_every_type_and_kind() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/reference/host.md").read_text(encoding="utf-8")
    groups = VALUES["groups"]
    assert all(item["kind"] in page for group in groups for item in group["feature"]["inputs"])
    assert all(f"| {group['feature']['type']} |" in page for group in groups)
