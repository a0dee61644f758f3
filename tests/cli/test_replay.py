"""`edgewise replay`: counts, comparisons, answers written whole or not at all."""

import json
from pathlib import Path

import pytest

from infra.engines import ENGINES, Batch
from infra.engines.python import PythonEngine
from tests.cli.running import EXAMPLE, NOON, SHOP, Run

ENGINE_CASES = [pytest.param(name, marks=pytest.mark.node) if name == "javascript" else name for name in ENGINES]


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    lines = [
        {"units": {"visitor_id": f"v{n}"}, "geo": {"country": "DE"}, "session": {"views": n % 5}} for n in range(1100)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("engine", ENGINE_CASES)
def test_answers_are_written_in_order_and_counted(run: Run, requests: Path, tmp_path: Path, engine: str) -> None:
    out = tmp_path / "answers.jsonl"
    ran = run("replay", SHOP, "--requests", requests, "--engine", engine, "--out", out, "--at", NOON, "--json")
    assert ran.code == 0
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(answers) == ran.json["requests"] == 1100
    assert {answer["at"] for answer in answers} == {int(NOON)}
    heroes = ran.json["decisions"]["hero"]
    for taken in heroes:
        decided = [answer["decisions"]["hero"] for answer in answers]
        assert taken["count"] == sum(
            (one["outcome"], one["variation"]) == (taken["outcome"], taken["variation"]) for one in decided
        )
    assert sum(taken["count"] for taken in heroes) == 1100
    assert sum(taken["share"] for taken in heroes) == pytest.approx(1)
    assert ran.json["differences"] is None
    single = tmp_path / "one.json"
    single.write_text(requests.read_text(encoding="utf-8").splitlines()[7], encoding="utf-8")
    assert run("decide", SHOP, "--request", single, "--at", NOON, "--json").json == answers[7]


def test_two_engines_are_compared(run: Run, requests: Path, tmp_path: Path) -> None:
    ran = run(
        *("replay", SHOP, "--requests", requests, "--engine", "wasm", "--compare", "reference"),
        *("--out", tmp_path / "answers.jsonl", "--at", NOON),
    )
    assert ran.code == 0
    assert "hero_test/bold" in ran.out
    assert "1,100 requests by wasm and reference" in ran.out
    assert ran.out.endswith("\n0 differences\n")


def test_differences_are_counted_shown_and_fail(
    run: Run, requests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = PythonEngine.answers

    def wrong(self: PythonEngine, batch: Batch) -> list[str]:
        return [text.replace('"outcome":"hero_a"', '"outcome":"hero_b"') for text in answers(self, batch)]

    monkeypatch.setattr(PythonEngine, "answers", wrong)
    arguments = ["replay", SHOP, "--requests", requests, "--engine", "wasm", "--compare", "python", "--at", NOON]
    ran = run(*arguments, "--out", tmp_path / "answers.jsonl")
    assert ran.code == 1
    assert "hero:\n  wasm       {" in ran.out
    assert " differences in " in ran.out.splitlines()[-1]
    ran = run(*arguments, "--out", tmp_path / "answers.jsonl", "--json")
    assert ran.code == 1
    found = ran.json["differences"]
    expected = next(one["count"] for one in ran.json["decisions"]["hero"] if one["outcome"] == "hero_a")
    assert (found["count"], found["rows"], len(found["first"])) == (expected, expected, 10)
    first = found["first"][0]
    assert first["decision"] == "hero"
    assert (first["wasm"]["outcome"], first["python"]["outcome"]) == ("hero_a", "hero_b")
    assert ran.json["ok"] is False


def test_sessions_that_know_the_future_are_counted(run: Run, tmp_path: Path) -> None:
    noon, path, out = int(NOON), tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    written = [noon, noon - 1, noon + 300_000, noon + 300_001, "2100-01-01T00:00:00Z", "never", None]
    rows = [{"session": {"views": 3}, "timestamps": {"session": one}} for one in written]
    rows += [{"timestamps": {"profile": noon, "session.views": noon + 10**9}}, {"timestamps": [noon * 2]}, {}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    arguments = ["replay", SHOP, "--requests", path, "--out", out]
    ran = run(*arguments, "--at", NOON)
    assert ran.code == 0
    assert "3 requests hold values written after their time: join features as of each row" in ran.out
    told = run(*arguments, "--at", NOON, "--json").json
    assert (told["ok"], told["requests"], told["future"]) == (True, 10, 3)
    refused = run(*arguments, "--at", NOON, "--json", "--no-future")
    assert (refused.code, refused.json["ok"], refused.json["future"]) == (1, False, 3)
    later = run(*arguments, "--at", "2101-01-01T00:00:00Z", "--no-future")
    assert later.code == 0
    assert "written after" not in later.out


def test_bad_rows_are_all_told_and_nothing_is_written(run: Run, requests: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    out.write_text("earlier\n", encoding="utf-8")
    with requests.open("a", encoding="utf-8") as file:
        file.write('{"a":\n[]\n{"a": 1, "a": 1}\n')
    ran = run("replay", SHOP, "--requests", requests, "--out", out, "--json")
    assert ran.code == 1
    assert [one["line"] for one in ran.json["diagnostics"]] == [1101, 1102, 1103]
    assert out.read_text(encoding="utf-8") == "earlier\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.jsonl", "requests.jsonl"]


@pytest.mark.parametrize("engine", ["reference", "wasm"])
def test_a_refused_request_names_its_row(run: Run, requests: Path, tmp_path: Path, engine: str) -> None:
    with requests.open("a", encoding="utf-8") as file:
        file.write('{"decisions": ["hreo"]}\n')
    out = tmp_path / "answers.jsonl"
    ran = run("replay", SHOP, "--requests", requests, "--out", out, "--engine", engine)
    assert ran.code == 1
    assert ran.err == "error[unknown-decision]: row 1101: unknown decision `hreo`\n  help: did you mean `hero`?\n"
    assert not out.exists()


def test_an_empty_file_gives_no_answers(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    out = tmp_path / "answers.jsonl"
    ran = run("replay", SHOP, "--requests", empty, "--out", out, "--engine", "wasm", "--compare", "python")
    assert ran.code == 0
    assert ran.out == "0 requests by wasm and python\n0 differences\n"
    assert out.read_bytes() == b""


@pytest.mark.parametrize("given", ["nothing.jsonl", "table.csv", "what.txt"])
def test_requests_that_cannot_be_read_are_errors(run: Run, tmp_path: Path, given: str) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    ran = run("replay", SHOP, "--requests", tmp_path / given, "--out", tmp_path / "out")
    assert ran.code == 1
    assert ran.err.startswith("error[")
    assert not (tmp_path / "out").exists()


def test_a_broken_map_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "map.json").write_text('{"requests": {}}', encoding="utf-8")
    arguments = ["replay", SHOP, "--requests", tmp_path / "table.csv", "--out", tmp_path / "out", "--map"]
    assert "unknown-key" in run(*arguments, tmp_path / "map.json", "--json").codes
    assert run(*arguments, tmp_path / "nothing.json", "--json").codes == ["no-such-file"]
    assert not (tmp_path / "out").exists()


def test_the_answers_cannot_replace_the_requests(run: Run, requests: Path) -> None:
    before = requests.read_bytes()
    assert run("replay", SHOP, "--requests", requests, "--out", requests, "--json").codes == ["usage"]
    assert requests.read_bytes() == before


@pytest.mark.parametrize(
    ("out", "code"),
    [("folder", "not-a-file"), ("none/x", "no-such-folder"), ("file/x", "not-a-folder"), ("a\0", "usage")],
)
def test_answers_that_cannot_be_written_are_errors(
    run: Run, requests: Path, tmp_path: Path, out: str, code: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert run("replay", SHOP, "--requests", requests, "--out", tmp_path / out, "--json").codes == [code]


def test_a_device_is_written_as_it_is(run: Run, requests: Path) -> None:
    assert run("replay", SHOP, "--requests", requests, "--engine", "wasm", "--out", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_a_link_stays_a_link(run: Run, requests: Path, tmp_path: Path) -> None:
    (tmp_path / "real.jsonl").write_text("earlier\n", encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    assert run("replay", SHOP, "--requests", requests, "--engine", "wasm", "--out", tmp_path / "link.jsonl").code == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "real.jsonl").read_bytes().count(b"\n") == 1100


def test_real_sessions_go_through_the_map_of_the_example(run: Run, tmp_path: Path) -> None:
    lines = (EXAMPLE / "data" / "online_shoppers_intention.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    table = tmp_path / "sessions.csv"
    table.write_text("".join(lines[:301]), encoding="utf-8")
    ran = run(
        *("replay", EXAMPLE / "registry", "--requests", table, "--map", EXAMPLE / "map.json"),
        *("--engine", "wasm", "--compare", "reference", "--out", tmp_path / "answers.jsonl", "--json"),
    )
    assert (ran.code, ran.json["requests"], ran.json["differences"]["count"]) == (0, 300, 0)
    assert len(ran.json["decisions"]) == 5
