"""`edgewise new`: answers become objects that pass the check, in the right file, and nothing else changes."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Run, runner
from tests.conftest import ROOT

SHOP = ROOT / "infra" / "cli" / "templates" / "shop"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    copy = tmp_path / "shop"
    shutil.copytree(SHOP, copy)
    return copy


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def member(path: Path, kind: str, name: str) -> Any:
    return json.loads(path.read_text())[kind][name]


COHORT = (
    "big_spenders",
    "Spends a lot",
    "basket_value",
    "at_least",
    "100",
    "n",
    "country",
    "in",
    "DE, AT",
    "y",
    "",
    "all",
)


def test_a_cohort_of_two_conditions(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (shop / "cohorts.json").read_text()
    answer(monkeypatch, *COHORT, "y")
    assert run("new", "cohort", shop).code == 0
    after = (shop / "cohorts.json").read_text()
    assert member(shop / "cohorts.json", "cohorts", "big_spenders") == {
        "description": "Spends a lot",
        "all": [{"feature": "basket_value", "at_least": 100}, {"not": {"feature": "country", "in": ["DE", "AT"]}}],
    }
    # All that stood there stands there still, character by character.
    head, tail = before[: before.rindex("    }\n  }") + 5], before[before.rindex("\n  }") :]
    assert after.startswith(head + ",\n") and after.endswith(tail)
    assert {path.name for path in shop.iterdir()} == {path.name for path in SHOP.iterdir()}


def test_wrong_answers_are_asked_again(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "Große Kunden!",
        "dach",
        "big_spenders",
        "",
        "",
        "basket_valu",
        "basket_value",
        "=",
        "between",
        "1,x",
        "9, 1",
    ]
    answer(monkeypatch, *lines, "1, 9", "maybe", "n", "loyalty", "is", "bronze", "gold", "n", "", "all")
    ran = run("new", "cohort", shop, "--yes", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["objects"][0]["document"] == {
        "all": [{"feature": "basket_value", "between": [1, 9]}, {"feature": "loyalty", "is": "gold"}]
    }
    for said in (
        "how about `groe_kunden`?",
        "`dach` is taken",
        "choose one of: country, page_views",
        "did you mean `basket_value`?",
        "no `=` here",
        "expected a number such as 3 or 0.5, found `x`",
        "the lowest comes first",
        "answer y or n",
        "`bronze` is not among its values: none, silver, gold",
    ):
        assert said in ran.err


def test_an_experiment_with_a_share_and_local_times(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop / "experiments.json"
    path.write_text(path.read_text().replace('"layer": "home",', '"layer": "home",\n      "share": [0, 0.6],'))
    lines = ["hero_2", "Which one?", "", "home", "50-90", "60-90", "loyal", "50%", "a, b", "1,2,3", "1, 2"]
    answer(
        monkeypatch,
        *lines,
        "2026-07-01T08:00",
        "Europe/Berln",
        "Europe/Berlin",
        "2026-07-01 08:00",
        "2026-12-01 08:00",
        "y",
    )
    ran = run("new", "experiment", shop)
    assert ran.code == 0, ran.err
    assert member(path, "experiments", "hero_2") == {
        "description": "Which one?",
        "unit": "visitor_id",
        "layer": "home",
        "share": [0.6, 0.9],
        "cohort": "loyal",
        "traffic": 0.5,
        "variations": {"a": 1, "b": 2},
        "starts": "2026-07-01T08:00:00+02:00",
        "ends": "2026-12-01T08:00:00+01:00",
    }


def test_a_decision_with_a_new_payload(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["teaser", "The teaser", "marketing", "cohort loyal", "new", "teaser_a", '{"a": 1, "a": 2}', '{"a": 1}']
    answer(monkeypatch, *lines, "experiment hero_test", "teaser_a", "hero_bold", "", "teaser_a")
    ran = run("new", "decision", shop, "--yes", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["written"] is True
    assert [Path(file).name for file in json.loads(ran.out)["files"]] == ["payloads.json", "decisions.json"]
    assert member(shop / "payloads.json", "payloads", "teaser_a") == {"value": {"a": 1}}
    assert member(shop / "decisions.json", "decisions", "teaser")["rules"] == [
        {"if": {"cohort": "loyal"}, "show": "teaser_a"},
        {"experiment": "hero_test", "show": {"control": "teaser_a", "bold": "hero_bold"}},
    ]
    assert run("check", shop).code == 0


@pytest.mark.parametrize("options", [("--dry-run",), ()])
def test_nothing_is_written_unless_wanted(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    answer(monkeypatch, *COHORT, "n")
    ran = run("new", "cohort", shop, *options)
    assert (ran.code, "nothing was written" in ran.out) == (0, True)
    assert (shop / "cohorts.json").read_text() == (SHOP / "cohorts.json").read_text()


def test_answers_that_end_too_early(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for count in range(len(COHORT)):
        answer(monkeypatch, *COHORT[:count])
        ran = run("new", "cohort", shop)
        assert (ran.code, "found the end of the input" in ran.err) == (2, True), count
    assert (shop / "cohorts.json").read_text() == (SHOP / "cohorts.json").read_text()


def test_a_single_file_and_a_kind_that_is_not_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"features": {"n": {"type": "number", "from": "session.n"}}, "payloads": {"p": {"value": 1}}}')
    answer(monkeypatch, "many", "", "n", "more", "3", "n", "")
    assert run("new", "cohort", path, "--yes").code == 0
    assert json.loads(path.read_text())["cohorts"] == {"many": {"feature": "n", "more": 3}}
    answer(monkeypatch, "d", "", "", "cohort many", "p", "", "p")
    assert run("new", "decision", path, "--yes").code == 0
    assert run("check", path).code == 0


def test_a_registry_without_features(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.json").write_text("{}")
    answer(monkeypatch, "c", "")
    ran = run("new", "cohort", tmp_path, "--json")
    assert (ran.code, json.loads(ran.out)["diagnostics"][0]["code"]) == (1, "nothing-to-choose")


def test_a_broken_registry_is_shown_first(
    capsys: pytest.CaptureFixture[str], shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "cohorts.json").write_text("{")
    answer(monkeypatch)
    assert runner(capsys)("new", "cohort", shop).code == 1
