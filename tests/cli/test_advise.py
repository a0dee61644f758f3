"""`edgewise advise`: tables, JSON, a figure, assumptions from a file and from the command line, mistakes."""

import json
from pathlib import Path

import pytest

from decision_engine.advisor import PRICES, Assumptions
from tests.cli.running import EXAMPLE, Run

SHOP = EXAMPLE / "registry"
NEAR = ("--set", "count_network=false", "--set", "profile_token=true")


def test_a_summary_for_people(run: Run) -> None:
    ran = run("advise", SHOP, *NEAR)
    assert ran.code == 0
    assert "home_hero" in ran.out
    assert "it must work without the cloud" in ran.out
    for name in Assumptions.model_fields:
        assert name == "decisions" or name in ran.out, f"the assumption {name} is not shown"


def test_a_decision_in_detail(run: Run) -> None:
    ran = run("advise", SHOP, *NEAR, "--decision", "greeting")
    assert ran.code == 0
    assert "home_hero" not in ran.out
    for text in ("must it be decided in under 100 ms?", "escalation", "Akamai EdgeWorkers", "at least"):
        assert text in ran.out


def test_json_for_programs_is_the_same_each_time(run: Run) -> None:
    ran = run("advise", SHOP, *NEAR, "--json")
    assert ran.code == 0
    assert ran.out == run("advise", SHOP, *NEAR, "--json").out
    found = ran.json
    assert found["ok"] is True
    assert [one["decision"] for one in found["decisions"]] == [
        "home_hero", "free_shipping_threshold", "coupon", "greeting", "offers",
    ]  # fmt: skip
    for one in found["decisions"]:
        assert one["advice"] == "edge"
        assert len(one["questions"]) == 4
        for way in one["latency"]["ways"]:
            for name in ("p50", "p95", "worst"):
                assert way["total"][name] == pytest.approx(sum(part[name] for part in way["parts"]), abs=1e-6)
        for cost in one["costs"]:
            assert (cost["usd"] is None) == bool(cost["unknown"])
    assert set(found["prices"]) == set(PRICES)
    assert {one["name"]: one["is_given"] for one in found["assumptions"]}["profile_token"] is True


def test_a_need_that_cannot_be_met_is_a_finding(run: Run) -> None:
    ran = run("advise", SHOP, "--decision", "coupon")
    assert ran.code == 1
    assert "coupon: the budget of 20 ms is passed at P95" in ran.out


def test_assumptions_of_a_file_and_of_the_command_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "assumptions.json"
    path.write_text(
        json.dumps(
            {
                "requests_per_month": 20e6,
                "network_to_edge": {"p50": 1, "p95": 2, "worst": 3},
                "decisions": {"coupon": {"requests_per_month": 1e6, "central_experimentation": True}},
            }
        ),
        encoding="utf-8",
    )
    ran = run("advise", SHOP, "--assumptions", path, "--set", "kv_read.p95=5", "--set", "kv_read.p50=1", "--json")
    assumed = {one["name"]: one["value"] for one in ran.json["assumptions"]}
    assert assumed["requests_per_month"] == 20e6
    assert assumed["kv_read"] == {"p50": 1, "p95": 5, "worst": 300}
    by_name = {one["decision"]: one for one in ran.json["decisions"]}
    assert by_name["coupon"]["advice"] == "hybrid"
    assert by_name["home_hero"]["advice"] == "edge"
    more = run("advise", SHOP, "--assumptions", path, "--requests", "30000000", "--json")
    assert {one["name"]: one["value"] for one in more.json["assumptions"]}["requests_per_month"] == 30e6
    for before, after in zip(ran.json["decisions"], more.json["decisions"], strict=True):
        for cheap, dear in zip(before["costs"], after["costs"], strict=True):
            assert cheap["at_least"] <= dear["at_least"]


def test_a_figure_is_a_png_and_the_same_each_time(run: Run, tmp_path: Path) -> None:
    pictures = []
    for name in ("one.png", "two.png"):
        assert run("advise", SHOP, *NEAR, "--decision", "greeting", "--plot", tmp_path / name).code == 0
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0].startswith(b"\x89PNG\r\n\x1a\n")
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--decision", "home"], "expected a decision of the registry"),
        (["--set", "kv_read"], "expected `name=value`"),
        (["--set", "kv_read.p95=soon"], "expected JSON after"),
        (["--set", "kv_read.p95=NaN"], "expected JSON after"),
        (["--set", "kv_read.p95=1"], "expected p50, p95 and worst in rising order"),
        (["--set", "kv_reads.p95=1"], "expected an assumption that there is"),
        (["--set", "escalation_share=2"], "`escalation_share`: expected less than or equal to 1"),
        (["--set", "changes_per_day=-1"], "`changes_per_day`"),
        (["--set", "decisions.home.requests_per_month=1"], "the registry has no decision `home`"),
        (["--requests", "-5"], "invalid value for `--requests`"),
    ],
)
def test_a_wrong_command_line_is_told(run: Run, arguments: list[str], message: str) -> None:
    ran = run("advise", SHOP, *arguments, "--json")
    assert (ran.code, ran.codes) == (2, ["usage"])
    assert message in ran.json["diagnostics"][0]["message"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("[1]", "bad-assumption", 1),
        ("{", "not-json", 1),
        ('{\n "requests": 5\n}', "bad-assumption", 2),
        ('{\n "kv_read": {\n  "p50": 1,\n  "p95": 2,\n  "worst": "x"}}', "bad-assumption", 5),
        ('{"kv_read": {"p50": 1}}', "bad-assumption", 1),
        ('{"decisions": {\n "none": {}}}', "unknown-decision", 2),
        ('{"own_request": 1}', "bad-assumption", 1),
    ],
)
def test_bad_assumptions_are_told_with_their_place(run: Run, tmp_path: Path, text: str, code: str, line: int) -> None:
    path = tmp_path / "assumptions.json"
    path.write_text(text, encoding="utf-8")
    ran = run("advise", SHOP, "--assumptions", path, "--json")
    assert ran.code == 1
    assert set(ran.codes) == {code}
    assert ran.json["diagnostics"][0]["line"] == line
    assert ran.json["diagnostics"][0]["file"] == str(path)


def test_all_bad_assumptions_are_told_at_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "assumptions.json"
    path.write_text('{"fast_ms": -1, "own_request": 1, "decisions": {"none": {}}}', encoding="utf-8")
    assert sorted(run("advise", SHOP, "--assumptions", path, "--json").codes) == [
        "bad-assumption", "bad-assumption", "unknown-decision",
    ]  # fmt: skip
    assert run("advise", SHOP, "--assumptions", tmp_path / "none.json", "--json").codes == ["no-such-file"]


def test_a_registry_without_decisions_has_nothing_to_advise_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text('{"features": {"a": {"type": "bool", "from": "session.a"}}}', encoding="utf-8")
    ran = run("advise", tmp_path / "plain.json", "--json")
    assert (ran.code, ran.codes) == (2, ["usage"])
