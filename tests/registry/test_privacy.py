"""Privacy scores: every combination of the table, as `check` holds it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from feature_registry.privacy import DATA_CLASSES, LINKABILITIES, Destination, PrivacyScore, score
from infra.generate.privacy_page import privacy_page
from tests.registry.folders import check, write

COMBINATIONS = list(product(DATA_CLASSES, LINKABILITIES, (True, False), (False, True)))
ORDER = (Destination.EDGE, Destination.CLOUD, Destination.AGGREGATE)


def score_of(combination: tuple[str, str, bool, bool]) -> PrivacyScore:
    data_class, linkability, has_purposes, has_region = combination
    return score(data_class, linkability, has_purposes=has_purposes, has_region=has_region)


def registry_of(combination: tuple[str, str, bool, bool], runs: str) -> dict[str, Any]:
    data_class, linkability, has_purposes, has_region = combination
    feature = {"type": "number", "from": "profile.v", "data_class": data_class, "linkability": linkability}
    feature |= {"purposes": ["personalisation"]} if has_purposes else {}
    feature |= {"region": "eu"} if has_region else {}
    rule = {"if": {"cohort": "c"}, "show": "p"}
    return {
        "features": {"v": feature},
        "cohorts": {"c": {"feature": "v", "more": 1}},
        "decisions": {"d": {"runs": runs, "rules": [rule], "otherwise": "p"}},
        "payloads": {"p": {"value": 1}},
    }


@pytest.mark.parametrize("runs", ["edge", "cloud"])
def test_check_holds_every_combination(runs: str, tmp_path: Path) -> None:
    refused = (Destination.CLOUD, Destination.AGGREGATE) if runs == "edge" else (Destination.AGGREGATE,)
    for number, combination in enumerate(COMBINATIONS):
        registry, diagnostics = check(write(tmp_path / str(number), {"r.json": registry_of(combination, runs)}))
        expected = ["too-private"] if score_of(combination).destination in refused else []
        assert [one.code for one in diagnostics] == expected, combination
        assert (registry is None) == bool(expected)
        for one in diagnostics:
            assert (one.pointer, "through the cohort `c`" in one.message) == ("/decisions/d/rules/0", True)


def test_more_care_never_goes_further() -> None:
    classes, links = list(DATA_CLASSES), list(LINKABILITIES)

    def ranks(one: tuple[str, str, bool, bool]) -> tuple[int, int, bool, bool]:
        return classes.index(one[0]), links.index(one[1]), not one[2], one[3]

    for less, more in product(COMBINATIONS, COMBINATIONS):
        if all(low <= high for low, high in zip(ranks(less), ranks(more), strict=True)):
            places = [ORDER.index(score_of(one).destination) for one in (less, more)]
            assert places[0] <= places[1], (less, more)


def test_the_page_has_every_combination() -> None:
    rows = [
        line for line in privacy_page().splitlines() if line.startswith(tuple(f"| {one} |" for one in DATA_CLASSES))
    ]
    assert len(rows) == len(COMBINATIONS) == 48
    for row, combination in zip(rows, COMBINATIONS, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert (cells[0], cells[1]) == combination[:2]
        assert cells[4] == str(score_of(combination).total)
        assert cells[5].startswith(score_of(combination).destination)


def test_sensitive_data_and_persons_never_go_to_the_edge() -> None:
    for combination in COMBINATIONS:
        if combination[0] == "sensitive" or combination[:2] == ("personal", "individual"):
            assert score_of(combination).destination is not Destination.EDGE
