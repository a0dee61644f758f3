"""The scorer of record batches, by itself and in Spark: the answers of `edgewise replay`, row by row."""

import importlib.util
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from infra.errors import EngineError, InfraError
from infra.folders import write_artefact
from infra.replay import MapError, RequestFileError, load_map
from infra.replay import spark as scorers
from infra.replay.spark import ROWS, replay_batches
from infra.targets import build
from tests.cli.running import EXAMPLE, NOON, SHOP, runner
from tests.conftest import IN_CI, ROOT

MAP = {
    "at": {"column": "started", "as": "timestamp"},
    "request": {
        "units.visitor_id": {"template": "v{row}"},
        "geo.country": "country",
        "session.views": {"column": "views", "as": "number"},
    },
}
JOB = Path(__file__).with_name("spark_job.py")
COUNT = 5000
SHOP_ROWS = 2000

SELECT = f"""
    SELECT range + 1 AS row, ['DE', 'AT', NULL, ''][range % 4 + 1] AS country, (range % 7)::DECIMAL(5, 1) AS views,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' + range * INTERVAL 1 MINUTE AS started, range::FLOAT AS f
    FROM range({COUNT})
"""


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    path = tmp_path / "map.json"
    path.write_text(json.dumps(MAP), encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({SELECT}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    return path


def replayed(
    capsys: pytest.CaptureFixture[str], registry: Path, table: Path, map_file: Path, *more: object
) -> list[str]:
    """The answers of the command."""
    out = table.with_name("answers.jsonl")
    arguments = ["--requests", table, "--map", map_file, "--engine", "wasm", "--out", out, *more]
    assert runner(capsys)("replay", registry, *arguments).code == 0
    return out.read_text(encoding="utf-8").splitlines()


def batches(table: Path, size: int = 777) -> list[pyarrow.RecordBatch]:
    return list(pyarrow.parquet.ParquetFile(table).iter_batches(size))


@pytest.mark.parametrize("size", [1000, COUNT])
def test_batches_are_decided_as_the_command_decides(
    capsys: pytest.CaptureFixture[str], table: Path, map_file: Path, size: int
) -> None:
    scorer = replay_batches(SHOP, load_map(map_file), number="row", keep=("country", "row"))
    given = batches(table, size)
    found = list(scorer(iter(given)))
    assert max(batch.num_rows for batch in found) <= ROWS
    assert {batch.schema for batch in found} == {scorer.schema(given[0].schema)}
    together = pyarrow.Table.from_batches(found)
    assert together.column_names == ["country", "row", "at", "answer"]
    assert together["row"].to_pylist() == list(range(1, COUNT + 1))
    assert together["country"].to_pylist() == [["DE", "AT", None, ""][row % 4] for row in range(COUNT)]
    assert together["answer"].to_pylist() == replayed(capsys, SHOP, table, map_file)
    assert together["at"].to_pylist()[:2] == [1_767_225_600_000, 1_767_225_660_000]


def test_a_time_replaces_that_of_the_map(capsys: pytest.CaptureFixture[str], table: Path, map_file: Path) -> None:
    scorer = replay_batches(SHOP, load_map(map_file), number="row", at=int(NOON))
    found = [text for batch in scorer(iter(batches(table))) for text in batch["answer"].to_pylist()]
    assert found == replayed(capsys, SHOP, table, map_file, "--at", NOON)


def test_it_is_a_plain_value_and_a_process_makes_one_engine(table: Path, map_file: Path) -> None:
    scorer = replay_batches(SHOP, load_map(map_file), number="row")
    copies = [pickle.loads(pickle.dumps(scorer)) for _ in range(3)]
    made = scorers._engine.cache_info().misses
    assert copies == [scorer] * 3
    answers = [[batch.to_pylist() for batch in copy(iter(batches(table)[:2]))] for copy in copies]
    assert answers[0] == answers[1] == answers[2]
    assert scorers._engine.cache_info().misses == made


def test_it_asks_for_no_more_than_the_batch_at_hand(table: Path, map_file: Path) -> None:
    given = iter(batches(table, 100))
    found = replay_batches(SHOP, load_map(map_file), number="row")(given)
    for _ in range(3):
        assert next(found).num_rows == 100
    assert sum(batch.num_rows for batch in given) == COUNT - 300


def test_an_artefact_serves_as_well_as_its_registry(tmp_path: Path, table: Path, map_file: Path) -> None:
    from infra.cli.inputs import read_registry

    write_artefact(build("wasm", *read_registry(SHOP)), tmp_path / "artefact")
    mapping = load_map(map_file)
    ours = replay_batches(tmp_path / "artefact", mapping, number="row", at=0)
    theirs = replay_batches(SHOP, mapping, number="row", at=0)
    assert (ours.module, ours.tables) == (theirs.module, theirs.tables)


def test_sources_that_cannot_be_used(tmp_path: Path, map_file: Path) -> None:
    from infra.cli.inputs import read_registry

    mapping = load_map(map_file)
    artefact = tmp_path / "artefact"
    write_artefact(build("python", *read_registry(SHOP)), artefact)
    with pytest.raises(InfraError, match="wrong-target.*expected an artefact of the target `wasm`, found one of `py"):
        replay_batches(artefact, mapping, number="row")
    write_artefact(build("wasm", *read_registry(SHOP)), artefact)
    tables = json.loads((artefact / "tables.json").read_bytes())
    (artefact / "tables.json").write_text(json.dumps({**tables, "tables": 9}), encoding="utf-8")
    with pytest.raises(EngineError, match="wrong-version.*expected tables 2 of ir 2, found tables 9"):
        replay_batches(artefact, mapping, number="row")


def test_numbers_are_asked_for_only_where_the_map_uses_them(tmp_path: Path, table: Path, map_file: Path) -> None:
    with pytest.raises(MapError, match="no-row-number"):
        replay_batches(SHOP, load_map(map_file))
    rules = {"first": [{"pick": ["a"], "by": "country"}, {"template": "{country}"}]}
    map_file.write_text(json.dumps({"request": {"units.visitor_id": rules}}), encoding="utf-8")
    scorer = replay_batches(SHOP, load_map(map_file), at=0)
    assert sum(batch.num_rows for batch in scorer(iter(batches(table)))) == COUNT
    deep = {"at": {"plus": [{"pick": ["1d"]}], "time": {"const": 0}}, "request": {}}
    map_file.write_text(json.dumps(deep), encoding="utf-8")
    with pytest.raises(MapError, match="no-row-number"):
        replay_batches(SHOP, load_map(map_file))


def test_columns_that_are_missing_are_all_named(table: Path, map_file: Path) -> None:
    scorer = replay_batches(SHOP, load_map(map_file), number="rwo", keep=("row", "x"))
    short = [batch.select(["row", "country", "started"]) for batch in batches(table)]
    with pytest.raises(MapError) as caught:
        list(scorer(iter(short)))
    names = ("rwo", "views", "x")
    assert sorted(one.message for one in caught.value.diagnostics) == [
        f"the table has no column `{name}`" for name in names
    ]


def test_bad_rows_are_named_by_their_number(map_file: Path) -> None:
    scorer = replay_batches(SHOP, load_map(map_file), number="row")
    rows = [
        {"row": 41, "country": "DE", "views": "1", "started": 0},
        {"row": 42, "country": "DE", "views": "many", "started": 0},
        {"row": None, "country": "DE", "views": "1", "started": 0},
    ]
    with pytest.raises(RequestFileError) as caught:
        list(scorer(iter([pyarrow.RecordBatch.from_pylist(rows)])))
    assert [(one.code, one.message) for one in caught.value.diagnostics] == [
        ("bad-cell", "row 42: `session.views`: expected a number in column `views`, found `many`"),
        ("bad-cell", "expected the row's number in `row`, found `None`"),
    ]


def needs_spark() -> None:
    """Skip where Spark cannot run, and say what is missing; in CI that is a failure."""
    missing = [name for name in ("pyspark", "pandas") if importlib.util.find_spec(name) is None]
    missing += [] if shutil.which("java") else ["java"]
    if missing and IN_CI:
        pytest.fail(f"needs {' and '.join(missing)}", pytrace=False)
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}")


def test_spark_decides_as_the_command_decides(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    needs_spark()
    table, out = tmp_path / "table.parquet", tmp_path / "spark.jsonl"
    source = EXAMPLE / "data" / "online_shoppers_intention.csv"
    with duckdb.connect() as connection:
        rows = f"SELECT * FROM read_csv('{source}', all_varchar = true) LIMIT {SHOP_ROWS}"
        numbered = f"SELECT row_number() OVER () AS row, * FROM ({rows})"
        connection.execute(f"COPY ({numbered}) TO '{table}' (FORMAT parquet)")
    command = [sys.executable, JOB, EXAMPLE / "registry", EXAMPLE / "map.json", table, out]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [one["row"] for one in found] == list(range(1, SHOP_ROWS + 1))
    answers = replayed(capsys, EXAMPLE / "registry", table, EXAMPLE / "map.json")
    assert [one["answer"] for one in found] == answers
    assert [one["at"] for one in found] == [json.loads(answer)["at"] for answer in answers]
