"""Rows, ratios, spreads, the JSON document, and the exit code."""

import json
import math
from io import BytesIO

import pytest

from infra.bench.plot import cases_of, write_plot
from infra.bench.report import document_bytes
from infra.bench.result import Findings, LeftOut, Row, Unit
from infra.bench.suites import SUITES, Suite, run_suite
from infra.bench.timing import Setting, compare, interleave, order, spread, within
from infra.cli.bench import SuiteName
from infra.errors import EngineError

ROW = Row("trees", "one row", 2.0, "peer", 10.0, 0.25, 4.0)


def test_the_document_has_exactly_its_members() -> None:
    size = Row("size", "module", 100, "peer", 50, unit=Unit.BYTES)
    content = json.loads(document_bytes([Findings([ROW]), Findings([size])]))
    assert content.keys() == {"machine", "rows"}
    assert isinstance(content["machine"], str)
    assert content["rows"] == [
        {
            "suite": "trees",
            "case": "one row",
            "ours_us": 2.0,
            "peer": "peer",
            "peer_us": 10.0,
            "ratio": 5.0,
            "spread": 0.25,
            "unit": "us",
        },
        {
            "suite": "size",
            "case": "module",
            "ours_us": 100,
            "peer": "peer",
            "peer_us": 50,
            "ratio": 0.5,
            "spread": 0.0,
            "unit": "bytes",
        },
    ]


def test_every_round_runs_each_contender_once_and_begins_with_another() -> None:
    assert list(order(["a", "b", "c"], 4)) == ["a", "b", "c", "b", "c", "a", "c", "a", "b", "a", "b", "c"]


def test_samples_stand_in_the_order_of_rounds() -> None:
    calls: list[str] = []
    planned: list[int] = []
    advanced: list[int] = []

    def contender(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    setting = Setting(plan=planned.append, advance=lambda: advanced.append(1))
    found = interleave({"a": lambda: contender("a"), "b": lambda: contender("b")}, 3, setting)
    assert calls == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": [1.0, 4.0, 5.0], "b": [2.0, 3.0, 6.0]}
    assert planned == [6] and len(advanced) == 6


def test_a_row_has_the_medians_and_the_spread_of_the_ratios_within_rounds() -> None:
    samples = {"ours": [1.0, 2.0, 4.0], "peer": [10.0, 20.0, 40.0]}
    row = compare("rules", "flags", samples, "ours", "peer", 9.0)
    assert (row.ours, row.theirs, row.ratio, row.spread) == (2.0, 20.0, 10.0, 0.0)
    assert row.reached
    uneven = compare("rules", "flags", {"ours": [1.0, 1.0, 1.0], "peer": [1.0, 2.0, 4.0]}, "ours", "peer")
    assert math.isclose(uneven.spread, 0.75)


@pytest.mark.parametrize(
    ("values", "expected"), [([], 0.0), ([3.0], 0.0), ([1.0, 2.0, 3.0, 4.0, 5.0], 2 / 3), ([0.0, 0.0], 0.0)]
)
def test_the_spread_is_the_interquartile_range_over_the_median(values: list[float], expected: float) -> None:
    assert math.isclose(spread(values), expected)


@pytest.mark.parametrize(("ours", "reached"), [(99.0, True), (100.0, True), (101.0, False)])
def test_a_budget_is_reached_up_to_its_value(ours: float, reached: bool) -> None:
    assert within("compile", "check", [ours], "budget", 100.0).reached is reached


def test_findings_are_good_unless_something_wanted_is_missed() -> None:
    informs = Row("trees", "one row", 10.0, "peer", 1.0)
    assert Findings([ROW, informs], [LeftOut("trees", "peer", "not installed", False)]).is_good
    assert not Findings([Row("trees", "one row", 2.0, "peer", 7.9, 0.0, 4.0)]).is_good
    assert not Findings([ROW], [LeftOut("trees", "peer", "not installed", True)]).is_good


def test_a_suite_that_cannot_run_is_left_out_with_its_reason() -> None:
    def fail(setting: Setting) -> Findings:
        raise EngineError("no-wrk", "wrk is not installed")

    found = run_suite("edge", Setting(), {"edge": Suite("The edge", fail)})
    assert found.left_out == [LeftOut("edge", "the whole suite", "wrk is not installed", True)]
    assert not found.is_good


def test_the_command_offers_all_suites() -> None:
    assert [str(name) for name in SuiteName] == list(SUITES)


def test_the_picture_has_a_panel_for_each_case() -> None:
    other = Row("trees", "one row", 2.0, "another peer", 1.0, 0.0, 4.0)
    found = {"trees": Findings([ROW, other]), "size": Findings([Row("size", "module", 9, "peer", 5, unit=Unit.BYTES)])}
    assert [len(rows) for rows in cases_of(found).values()] == [2, 1]
    pytest.importorskip("matplotlib")
    file = BytesIO()
    write_plot(found, file)
    assert file.getvalue().startswith(b"\x89PNG\r\n\x1a\n")
