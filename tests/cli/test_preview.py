"""`edgewise preview`: tables, JSON and pictures; mistakes are errors with their place, and nothing is half written."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.running import EXAMPLE, NOON, SHOP, Run
from tests.conftest import ROOT

MEMBERS = {"ok", "kind", "name", "rows", "period", "before", "after", "change"}


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    countries = ["DE", "AT", "FR", None]
    lines = [
        {"units": {"visitor_id": f"v{n}"}, "geo": {"country": countries[n % 4]}, "session": {"views": n % 5}}
        for n in range(300)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.csv"
    lines = (EXAMPLE / "data" / "online_shoppers_intention.csv").read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:501]) + "\n", encoding="utf-8")
    return path


def names(kind: str) -> list[str]:
    return list(json.loads(SHOP.read_text(encoding="utf-8"))[kind])


def test_a_cohort_as_json(run: Run, requests: Path) -> None:
    name = names("cohorts")[0]
    found = run("preview", SHOP, name, "--data", requests, "--at", NOON, "--json")
    assert found.code == 0
    assert found.json.keys() == MEMBERS
    assert (found.json["ok"], found.json["kind"], found.json["name"], found.json["rows"]) == (True, "cohort", name, 300)
    before = found.json["before"]
    assert before.keys() == {"registry", "reach", "funnel", "overlap", "features", "units"}
    assert before["reach"]["low"] <= before["reach"]["share"] <= before["reach"]["high"]
    assert found.json["period"] == {"first": int(NOON), "last": int(NOON), "untimed": 0}


def test_a_rule_that_may_ask_counts_as_one_outcome(run: Run, requests: Path, tmp_path: Path) -> None:
    registry = tmp_path / "registry.json"
    unsure = {"if": {"feature": "views", "at_least": 3}, "ask": "cloud", "within": "80ms"}
    document = {
        "features": {"views": {"type": "number", "from": "session.views"}},
        "policies": {"hybrid": {}},
        "decisions": {"d": {"rules": [{"show": "a", "unsure": unsure}], "otherwise": "b"}},
        "payloads": {"a": {"value": 1}, "b": {"value": 2}},
    }
    registry.write_text(json.dumps(document), encoding="utf-8")
    found = run("preview", registry, "d", "--data", requests, "--at", NOON, "--json").json["before"]
    assert [(one["outcome"], one["count"]) for one in found["outcomes"]] == [("a", 300)]


def test_a_decision_counts_what_replay_counts(run: Run, requests: Path, tmp_path: Path) -> None:
    name = names("decisions")[0]
    found = run("preview", SHOP, name, "--data", requests, "--at", NOON, "--json").json["before"]
    arguments = ["--requests", requests, "--out", tmp_path / "out.jsonl", "--at", NOON, "--engine", "wasm", "--json"]
    replayed = run("replay", SHOP, *arguments).json["decisions"][name]
    members = ("outcome", "experiment", "variation", "reason", "count")
    told = {tuple(one[member] for member in members) for one in found["outcomes"]}
    assert told == {tuple(one[member] for member in members) for one in replayed}


def test_the_tables_of_the_example(run: Run, table: Path) -> None:
    arguments = ["--data", table, "--map", EXAMPLE / "map.json"]
    ran = run("preview", EXAMPLE / "registry", "undecided", *arguments, "--expand")
    assert ran.code == 0
    assert ran.out.startswith("cohort undecided, 500 requests from 2026-02-")
    for text in (
        "95 % interval",
        "  cohort engaged",
        "      product_pages at_least 12",
        "overlap with",
        "always present",
    ):
        assert text in ran.out
    assert "product_pages at_least 12" not in run("preview", EXAMPLE / "registry", "undecided", *arguments).out
    assert "overlap" not in run("preview", EXAMPLE / "registry", "undecided", *arguments, "--no-overlap").out
    ran = run("preview", EXAMPLE / "registry", "home_hero", *arguments)
    assert ran.code == 0
    for text in ("hero_test/bold", "otherwise", "taken by earlier rules", "rule 0 is never reached here", "loyalty"):
        assert text in ran.out


def test_against_a_second_registry(run: Run, table: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    for path in (EXAMPLE / "registry").rglob("*"):
        if path.is_file():
            target = new / path.relative_to(EXAMPLE / "registry")
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    cohorts = (new / "cohorts.json").read_text(encoding="utf-8")
    assert '"at_least": 12 }' in cohorts
    (new / "cohorts.json").write_text(cohorts.replace('"at_least": 12 }', '"at_least": 20 }'), encoding="utf-8")
    arguments = ["--data", table, "--map", EXAMPLE / "map.json", "--against", new]
    picture = tmp_path / "change.png"
    ran = run("preview", EXAMPLE / "registry", "engaged", *arguments, "--plot", picture)
    assert ran.code == 0
    assert "those who leave are also in" in ran.out
    assert "those who enter" not in ran.out
    assert picture.read_bytes().startswith(b"\x89PNG")
    ran = run("preview", EXAMPLE / "registry", "coupon", *arguments, "--plot", picture)
    assert ran.code == 0
    assert "another outcome: " in ran.out
    assert "from " in ran.out
    ran = run("preview", EXAMPLE / "registry", "coupon", *arguments, "--json")
    assert ran.json["change"]["changed"] == sum(
        one["count"] for one in ran.json["change"]["transitions"] if one["before"] != one["after"]
    )
    cohort = json.loads(cohorts)
    del cohort["cohorts"]["happy_hours"]
    (new / "cohorts.json").write_text(json.dumps(cohort), encoding="utf-8")
    assert run("preview", EXAMPLE / "registry", "happy_hours", *arguments).code == 1


@pytest.mark.parametrize("name", ["undecided", "dach", "offers"])
def test_the_same_preview_draws_the_same_picture(run: Run, table: Path, tmp_path: Path, name: str) -> None:
    pictures = [tmp_path / "one.png", tmp_path / "two.png"]
    for picture in pictures:
        arguments = ["--data", table, "--map", EXAMPLE / "map.json", "--plot", picture]
        assert run("preview", EXAMPLE / "registry", name, *arguments).code == 0
    one, two = (picture.read_bytes() for picture in pictures)
    assert one == two
    assert one.startswith(b"\x89PNG")


def test_an_unknown_name_has_a_near_one(run: Run, table: Path) -> None:
    arguments = ["--data", table, "--map", EXAMPLE / "map.json"]
    ran = run("preview", EXAMPLE / "registry", "likly_buyer", *arguments)
    assert ran.code == 1
    message = "expected the name of a cohort or decision, found `likly_buyer`"
    assert (
        ran.err == f"error[unknown-subject] {EXAMPLE / 'registry'}: {message}\n  help: did you mean `likely_buyer`?\n"
    )
    ran = run("preview", EXAMPLE / "registry", "decisions/likely_buyer", *arguments)
    assert ran.code == 1
    assert "expected the name of a decision" in ran.err
    assert "the decisions are `coupon`," in ran.err
    assert run("preview", EXAMPLE / "registry", "cohorts/likely_buyer", *arguments).code == 0


def test_a_name_that_a_cohort_and_a_decision_have(run: Run, requests: Path, tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    document = {
        "features": {"n": {"type": "number", "from": "session.views"}},
        "cohorts": {"same": {"feature": "n", "at_least": 3}},
        "payloads": {"p": {"value": 1}},
        "decisions": {"same": {"rules": [{"if": {"cohort": "same"}, "show": "p"}], "otherwise": "p"}},
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    ran = run("preview", path, "same", "--data", requests)
    assert ran.code == 1
    assert "ambiguous-name" in ran.err
    assert run("preview", path, "cohorts/same", "--data", requests, "--json").json["before"]["reach"]["count"] == 120
    assert run("preview", path, "decisions/same", "--data", requests, "--json").json["kind"] == "decision"


def test_a_registry_with_one_cohort_and_nothing_else(run: Run, requests: Path, tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    cohort = {"schedule": {"zone": "Europe/Berlin", "days": ["fri"]}}
    path.write_text(json.dumps({"cohorts": {"friday": cohort}}), encoding="utf-8")
    ran = run("preview", path, "friday", "--data", requests, "--at", NOON)
    assert ran.code == 0
    assert "300 of 300, 100.0%" in ran.out
    assert run("preview", path, "home", "--data", requests).code == 1


@pytest.mark.parametrize(
    ("content", "suffix", "more", "code"),
    [
        (b"", ".jsonl", [], "no-requests"),
        (b"\n\n", ".jsonl", [], "no-requests"),
        (b"Month,Region\n", ".csv", ["--map"], "unknown-column"),
        (b"", ".csv", ["--map"], "no-header"),
        (b"a,b\n1,2\n", ".csv", [], "no-map"),
        (b"{}\n", ".jsonl", ["--map"], "map-not-needed"),
        (b"PAR1", ".parquet", ["--map"], "not-parquet"),
        (b"{}\n[]\n{\n", ".jsonl", [], "not-an-object"),
        (b"{}\n", ".txt", [], "unknown-format"),
        (None, ".jsonl", [], "no-such-file"),
    ],
)
def test_data_that_cannot_be_used(
    run: Run, tmp_path: Path, content: bytes | None, suffix: str, more: list[str], code: str
) -> None:
    data, picture = tmp_path / f"data{suffix}", tmp_path / "picture.png"
    if content is not None:
        data.write_bytes(content)
    picture.write_bytes(b"earlier")
    given = [one for option in more for one in (option, EXAMPLE / "map.json")]
    arguments = ["preview", EXAMPLE / "registry", "dach", "--data", data, *given, "--plot", picture]
    ran = run(*arguments, "--json")
    assert ran.code == 1
    assert ran.codes[0] == code
    assert ran.json["ok"] is False
    assert picture.read_bytes() == b"earlier"
    assert {path.name for path in tmp_path.iterdir()} <= {f"data{suffix}", "picture.png"}


def test_a_table_with_a_header_alone_holds_no_request(run: Run, table: Path) -> None:
    header = table.read_text(encoding="utf-8").splitlines()[0]
    table.write_text(f"{header}\n", encoding="utf-8")
    ran = run("preview", EXAMPLE / "registry", "dach", "--data", table, "--map", EXAMPLE / "map.json", "--json")
    assert (ran.code, ran.codes) == (1, ["no-requests"])


def test_bad_rows_are_all_told(run: Run, table: Path) -> None:
    lines = table.read_text(encoding="utf-8").splitlines()
    lines[7] = lines[7].replace("Feb", "Fbe")
    lines[300] += ",1"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = run("preview", EXAMPLE / "registry", "dach", "--data", table, "--map", EXAMPLE / "map.json", "--json")
    assert ran.code == 1
    assert [(one["code"], one["line"]) for one in ran.json["diagnostics"]] == [
        ("unknown-cell", 8),
        ("wrong-cells", 301),
    ]


def test_a_picture_that_cannot_be_written_is_an_error(run: Run, table: Path, tmp_path: Path) -> None:
    arguments = ["--data", table, "--map", EXAMPLE / "map.json", "--plot", tmp_path / "none" / "x.png"]
    ran = run("preview", EXAMPLE / "registry", "dach", *arguments)
    assert ran.code == 1
    assert "error[no-such-folder]" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("arguments", [["preview"], ["preview", SHOP], ["preview", SHOP, "x"]])
def test_a_wrong_command_line(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).code == 2
    assert run("preview", SHOP, names("cohorts")[0], "--data", "x.jsonl", "--at", "noon").code == 2


def test_the_page_shows_what_the_command_prints(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "preview.md").read_text(encoding="utf-8")
    shown = re.findall(r"```console\n\$ edgewise (.*)\n((?:.*\n)*?)```", page)
    assert len(shown) == 5
    for name in ("my_shop", "my_shop_new"):
        shutil.copytree(EXAMPLE / "registry", tmp_path / name)
    cohorts = tmp_path / "my_shop_new" / "cohorts.json"
    text = cohorts.read_text(encoding="utf-8")
    cohorts.write_text(text.replace('"at_least": 12 }', '"at_least": 20 }'), encoding="utf-8")
    shutil.copy(EXAMPLE / "map.json", tmp_path)
    shutil.copy(EXAMPLE / "data" / "online_shoppers_intention.csv", tmp_path / "sessions.csv")
    monkeypatch.chdir(tmp_path)
    for command, output in shown:
        printed = "\n".join(line.rstrip() for line in run(*command.split()).out.splitlines()) + "\n"
        assert printed.startswith(output.removesuffix("...\n")), command
        assert output.endswith("...\n") or printed == output
