"""Data that no fit can use: each gives its own clear error, and nothing is written."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.budget.shop import sessions, table
from tests.cli.running import Ran, Run, files_of

BUDGET = 11_000

Break = Callable[[list[dict[str, str]]], bytes]


def with_cell(row: int, column: str, text: str) -> Break:
    def broken(rows: list[dict[str, str]]) -> bytes:
        rows[row][column] = text
        return table(rows)

    return broken


def all_labels(text: str) -> Break:
    return lambda rows: table([{**row, "Bought": text} for row in rows])


BROKEN: dict[str, tuple[Break, str, str]] = {
    "empty file": (lambda rows: b"", "no-header", "found an empty table"),
    "header alone": (lambda rows: table(rows).splitlines()[0], "too-few-rows", "at least 50 rows, found 0"),
    "few rows": (lambda rows: table(rows[:20]), "too-few-rows", "found 20"),
    "missing label": (lambda rows: table(rows).replace(b"Bought", b"Baught"), "unknown-column", "no column `Bought`"),
    "missing input": (lambda rows: table(rows).replace(b"Pages", b"Seiten"), "unknown-column", "no column `Pages`"),
    "all true": (all_labels("yes"), "bad-label", "found true alone"),
    "all false": (all_labels("0"), "bad-label", "found false alone"),
    "empty label": (with_cell(3, "Bought", ""), "bad-label", "row 4: expected a label in column `Bought`"),
    "label NaN": (with_cell(3, "Bought", "NaN"), "bad-cell", "expected `true` or `false` in column `Bought`"),
    "label 2": (with_cell(3, "Bought", "2"), "bad-cell", "found `2`"),
    "NaN": (with_cell(7, "Pages", "NaN"), "bad-cell", "row 8"),
    "infinity": (with_cell(7, "Pages", "1e999"), "bad-cell", "row 8"),
    "text": (with_cell(7, "Seconds", "long"), "bad-cell", "found `long`"),
    "not CSV": (lambda rows: table(rows)[:300] + b'\n"unclosed,1,2\n', "not-csv", "cannot be read"),
    "binary": (lambda rows: b"Pages,Bought\n\xff\xfe\x00,1\n", "not-utf8", "0xff"),
    "ragged": (lambda rows: table(rows) + b"1,2\n", "wrong-cells", "expected 5 cells"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_data_that_cannot_be_used_gives_a_clear_error(run: Run, shop: Path, name: str) -> None:
    broken, code, words = BROKEN[name]
    (shop / "sessions.csv").write_bytes(broken([dict(row) for row in sessions()]))
    before = files_of(shop)
    ran = fit(run, shop, "--map", shop / "map.json")
    assert ran.code == 1
    if code != "not-utf8":  # the header is wrong there as well
        assert f"error[{code}]" in ran.err
        assert words in ran.err
    assert files_of(shop) == before


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [("Source", "fax", "unknown-cell"), ("Pages", "many", "bad-cell"), ("Bought", "perhaps", "bad-cell")],
)
def test_a_plain_table_is_read_by_the_model(run: Run, shop: Path, column: str, text: str, code: str) -> None:
    (shop / "sessions.csv").write_bytes(with_cell(2, column, text)([dict(row) for row in sessions()]))
    ran = fit(run, shop)
    assert ran.code == 1
    assert f"error[{code}]" in ran.err
    assert f"found `{text}`" in ran.err
    assert "row 3" in ran.err


def test_no_data_at_the_path(run: Run, shop: Path) -> None:
    (shop / "sessions.csv").unlink()
    assert "error[no-such-file]" in fit(run, shop, "--map", shop / "map.json").err


def test_requests_are_no_table(run: Run, shop: Path) -> None:
    (shop / "sessions.csv").rename(shop / "sessions.jsonl")
    command = ["compile", shop / "registry", "--target", "wasm", "--out", shop / "out", "--fit", "--budget", BUDGET]
    ran = run(*command, "--data", shop / "sessions.jsonl", "--label", "Bought", "--map", shop / "map.json")
    assert ran.code == 1
    assert "error[" in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--data", "x.csv"), "expected `--fit` beside `--data`"),
        (("--fit", "--data", "x.csv"), "expected `--data` and `--label` together"),
        (("--fit", "--max-auc-loss", "0.1"), "expected `--data` beside `--max-auc-loss`"),
        (("--fit", "--report", "r"), "expected `--data` beside `--report`"),
        (("--fit", "--data", "x.csv", "--label", "y", "--max-changed", "much"), "expected a share"),
        (("--fit", "--data", "x.csv", "--label", "y", "--max-changed", "120%"), "expected a share"),
    ],
)
def test_options_that_do_not_go_together(run: Run, shop: Path, options: tuple[str, ...], words: str) -> None:
    ran = run("compile", shop / "registry", "--target", "wasm", "--out", shop / "out", *options)
    assert ran.code == 2
    assert words in ran.err


def test_changed_decisions_need_requests(run: Run, shop: Path) -> None:
    ran = fit(run, shop, "--max-changed", "1%")
    assert "error[bad-fit]" in ran.err
    assert "`--map` beside `--max-changed`" in ran.err


def test_a_model_that_does_not_exist(run: Run, shop: Path) -> None:
    ran = fit(run, shop, "--model", "intend")
    assert "error[nothing-to-fit]" in ran.err
    assert "`intent`" in ran.err


def test_a_registry_without_models(run: Run, shop: Path) -> None:
    plain = shop / "plain.json"
    plain.write_text('{"payloads": {"a": {"value": 1}}, "decisions": {"d": {"rules": [], "otherwise": "a"}}}')
    ran = run("compile", plain, "--target", "wasm", "--out", shop / "out", "--fit")
    assert "error[nothing-to-fit]" in ran.err


def test_a_time_is_needed_where_decisions_depend_on_it(run: Run, shop: Path) -> None:
    (shop / "map.json").write_text(
        (shop / "map.json").read_text().replace('"at": {"const"', '"description": "", "_": {"c"')
    )
    assert fit(run, shop, "--map", shop / "map.json").code == 1


@pytest.mark.parametrize(("module", "code"), [("lightgbm", "no-trainer"), ("matplotlib", "no-plotter")])
def test_what_is_not_installed_is_named(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch, module: str, code: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    ran = fit(run, shop, "--map", shop / "map.json", "--report", shop / "report")
    assert ran.code == 1
    assert f"error[{code}]" in ran.err
    assert "pip install" in ran.err
    assert not (shop / "report").exists()


def fit(run: Run, shop: Path, *more: object) -> Ran:
    command = ["compile", shop / "registry", "--target", "wasm", "--out", shop / "out", "--fit", "--budget", BUDGET]
    return run(*command, "--data", shop / "sessions.csv", "--label", "Bought", *more)
