"""Tables in columns: the values, times and problems that row-by-row code finds, whatever stands in the cells."""

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from decision_engine.pipeline import compile_program
from infra.columns import ColumnEncoder, request_batches
from infra.columns.requests import MappedRequests, needed
from infra.columns.rules import Batch
from infra.columns.values import coded
from infra.engines.engine import host_tables
from infra.replay import MapError, Mapping, RequestFileError, load_map, requests_from
from infra.replay.native_tables import ParquetFile
from tests.conformance.programs import load_registry
from tests.infra.columns.against_rows import check

TEXTS = [
    *("", "0", "-0", "-0.0", "7", " 12 ", "1.50", "1e3", "-2E-2", "0.1", "123456789012345", "9007199254740991"),
    *("true", "FALSE", "yes", "a,b", "a,,b", "é", "😀", "2026-02-03T10:00:00+01:00", "1970-01-01T00:00:00.5Z"),
    *("1770112800000", "1.2.3", "30m", "-90d", "DE"),
]
BAD = ["01", "1_000", "9007199254740992", "1e400", "Jne", "NaN", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z"]
RULES: dict[str, Any] = {
    "x.text": "a",
    "x.lookup": {"column": "a", "values": {"7": 7, "a,b": ["a"], "": "never", "é": None}, "otherwise": {"k": 1.5}},
    "x.null": {"column": "a", "values": {"7": True}, "otherwise": None},
    "x.const": {"const": 20},
    "x.object": {"const": {"inner": {"deep": "yes"}, "list": [1]}},
    "x.template": {"template": "v-{row:05}-{a}-{{}}"},
    "x.row": {"template": "{row}"},
    "x.literal": {"template": "plain"},
    "x.empty": {"template": ""},
    "x.pick": {"pick": ["DE", 5, None, [], True, -0.0], "weights": [5, 1, 2, 0, 3, 4]},
    "x.by": {"pick": ["u", "v", "w"], "by": ["a", "b"], "salt": "s"},
    "x.one": {"pick": list(range(3000)), "weights": [1_000_000] * 3000, "by": "a"},
    "x.first": {"first": [{"column": "b", "as": "tags", "when": {"a": ["7", "é"]}}, "c", {"const": "last"}]},
    "x.when": {"column": "b", "when": {"a": ["", "7", "DE"], "c": ["true", ""]}},
    "x.time": {"time": {"const": "2026-02-03T10:00:00+01:00"}, "plus": [{"pick": ["-90d", "250ms", None]}]},
    "x.time_of_session": {"plus": [{"const": "-1d"}, {"pick": ["1h", "2h"], "by": "c"}], "when": {"b": TEXTS[5:]}},
    "x.far": {"time": {"const": 0}, "plus": [{"const": "999999999d"}, {"const": "-999999999d"}]},
}
AT = {"first": [{"time": {"const": 1770112800000}, "plus": [{"const": "3h"}], "when": {"c": TEXTS[:9]}}]}
WIDTH = 64


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_map(rules: dict[str, Any], at: object = AT) -> Mapping:
    Path("map.json").write_text(json.dumps({"request": rules, "at": at}), encoding="utf-8")
    return load_map(Path("map.json"))


def write_csv(texts: list[str], rows: int = 300) -> Path:
    chosen = random.Random(11)
    with Path("table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c"])
        writer.writerows([[chosen.choice(texts) for _ in range(3)] for _ in range(rows)])
    return Path("table.csv")


def write_parquet(sql: str) -> Path:
    duckdb.sql(f"COPY ({sql}) TO 'table.parquet'")
    return Path("table.parquet")


def requests_of(path: Path, mapping: Mapping, at: int | None = None) -> Iterator[tuple[dict[str, Any], int | None]]:
    """The requests that columns make, path by path, put together as single requests."""
    for batch in request_batches(path, mapping, at, [path for path, _ in mapping.paths], WIDTH):
        columns = {path: batch.values(path) for path, _ in mapping.paths}
        for row in range(batch.count):
            made: dict[str, Any] = {}
            for keys, values in columns.items():
                part = None if values is None else coded(values)
                if part is not None and part.codes[row] >= 0:
                    inner = made
                    for key in keys[:-1]:
                        inner = inner.setdefault(key, {})
                    inner[keys[-1]] = part.values[part.codes[row]]
            yield made, int(batch.times[row]) if batch.is_timed[row] else None


def text_of(request: object) -> str:
    """For comparison: bools apart from numbers, 0 apart from -0; whole doubles are the same as integers."""
    return json.dumps(request, default=str, sort_keys=True).replace(".0,", ",").replace(".0}", "}")


@pytest.mark.usefixtures("place")
class TestRules:
    @pytest.mark.parametrize("at", [None, 1_770_000_000_000])
    def test_every_rule_on_csv(self, at: int | None) -> None:
        mapping, path = write_map(RULES), write_csv(TEXTS)
        found = list(requests_of(path, mapping, at))
        expected = list(requests_from(path, mapping, at))
        assert len(found) == len(expected) == 300
        for (request, moment), (wanted, wanted_moment) in zip(found, expected, strict=True):
            assert text_of(request) == text_of(wanted)
            assert moment == wanted_moment

    @pytest.mark.parametrize(
        ("kind", "texts"),
        [
            ("number", TEXTS[:12]),
            ("bool", ["true", "FALSE", "yes", "0", " no ", ""]),
            ("timestamp", ["2026-02-03T10:00:00+01:00", "1970-01-01T00:00:00.5Z", ""]),
            ("tags", TEXTS),
        ],
    )
    def test_every_way_to_read_a_cell(self, kind: str, texts: list[str]) -> None:
        mapping, path = write_map({"x.y": {"column": "a", "as": kind}}, {"const": 0}), write_csv(texts)
        found, expected = list(requests_of(path, mapping)), list(requests_from(path, mapping))
        assert [text_of(request) for request, _ in found] == [text_of(request) for request, _ in expected]

    def test_every_type_of_parquet(self) -> None:
        columns = [
            "i::INTEGER AS a, CASE WHEN i % 3 = 0 THEN NULL ELSE (i * 0.37)::DOUBLE END AS b, i % 2 = 0 AS c",
            "i::HUGEINT AS a, (i * 1.5)::DECIMAL(9, 2) AS b, CASE i % 4 WHEN 0 THEN 'NaN' ELSE '7' END::DOUBLE AS c",
            "TIMESTAMP '2026-01-01' + to_days(i::INTEGER) AS a, DATE '2026-01-01' AS b, ['a', i::VARCHAR, NULL] AS c",
            "i::UBIGINT AS a, (i % 3)::VARCHAR AS b, CASE WHEN i % 5 = 0 THEN NULL ELSE [] END::VARCHAR[] AS c",
            "'red'::ENUM('red', 'blue') AS a, {'k': i} AS b, (i / 7)::FLOAT AS c",
            "CASE WHEN i % 2 = 0 THEN -0.0 ELSE 0.0 END::DOUBLE AS a, ''::VARCHAR AS b, NULL::VARCHAR AS c",
        ]
        rules = {**RULES, "x.c_text": "c", "x.c_tags": {"column": "c", "as": "tags"}}
        for sql in columns:
            path, mapping = write_parquet(f"SELECT {sql} FROM range(150) t(i)"), write_map(rules)
            found, expected = list(requests_of(path, mapping)), list(requests_from(path, mapping))
            assert [text_of(one) for one in found] == [text_of(one) for one in expected], sql

    @pytest.mark.parametrize("kind", ["number", "timestamp"])
    @pytest.mark.parametrize("sql", ["i::BIGINT", "i::UBIGINT", "i::TINYINT", "i * 0.5", "to_timestamp(i)"])
    def test_numbers_and_times_of_parquet(self, kind: str, sql: str) -> None:
        if kind == "timestamp" and sql == "i * 0.5":
            sql = "(i * 4)::DOUBLE"
        path = write_parquet(f"SELECT CASE WHEN i = 3 THEN NULL ELSE {sql} END AS a FROM range(100) t(i)")
        mapping = write_map({"x.y": {"column": "a", "as": kind}}, {"const": 0})
        found, expected = list(requests_of(path, mapping)), list(requests_from(path, mapping))
        assert [text_of(request) for request, _ in found] == [text_of(request) for request, _ in expected]


@pytest.mark.usefixtures("place")
class TestProblems:
    @pytest.mark.parametrize(
        "rule",
        [
            {"column": "a", "as": "number"},
            {"column": "a", "as": "bool"},
            {"column": "a", "as": "timestamp"},
            {"column": "a", "values": dict.fromkeys(TEXTS, 1)},
            {"first": [{"column": "a", "as": "number", "when": {"b": BAD}}, {"column": "b", "as": "number"}]},
            {"time": "a", "plus": [{"const": "-3d"}]},
            {"time": {"const": 0}, "plus": ["b", "a"]},
        ],
    )
    def test_bad_rows_are_told_as_row_by_row(self, rule: dict[str, Any]) -> None:
        path, mapping = write_csv([*TEXTS, *BAD], 70), write_map({"x.y": rule})
        with pytest.raises(RequestFileError) as expected:
            list(requests_from(path, mapping))
        with pytest.raises(RequestFileError) as found:
            list(requests_of(path, mapping))
        assert found.value.diagnostics == expected.value.diagnostics

    @pytest.mark.parametrize("sql", ["9007199254740992::BIGINT", "'inf'::DOUBLE", "true", "8640000000000001::BIGINT"])
    @pytest.mark.parametrize("kind", ["number", "timestamp", "bool"])
    def test_bad_cells_of_parquet(self, sql: str, kind: str) -> None:
        path = write_parquet(f"SELECT CASE WHEN i % 9 = 8 THEN {sql} END AS a FROM range(100) t(i)")
        mapping = write_map({"x.y": {"column": "a", "as": kind}}, {"const": 0})
        told = []
        for read in (requests_from(path, mapping), requests_of(path, mapping)):
            try:
                told.append([text_of(one) for one in read])
            except RequestFileError as fault:
                told.append([str(fault)])
        assert told[0] == told[1]

    def test_a_broken_table_is_told_as_row_by_row(self) -> None:
        mapping = write_map({"x.y": {"column": "a", "as": "number"}}, {"const": 0})
        for content in (b"", b"a,a\n1,2\n", b"a,b\n1\nx,2\n", b"a\n\xff\n", b'a\n"1\n', b"b\n1\n", b"\na\n"):
            Path("table.csv").write_bytes(content)
            told = []
            for read in (requests_from, requests_of):
                with pytest.raises((RequestFileError, MapError)) as caught:
                    list(read(Path("table.csv"), mapping))
                told.append(caught.value.diagnostics)
            assert told[0] == told[1]

    def test_a_parquet_file_that_breaks_off_is_an_error(self) -> None:
        path = write_parquet("SELECT i::VARCHAR || repeat('x', 50) AS a FROM range(100000) t(i)")
        content = bytearray(path.read_bytes())
        content[1000:200_000] = bytes(199_000)
        path.write_bytes(bytes(content))
        with pytest.raises(RequestFileError) as caught:
            list(requests_of(path, write_map({"x.y": "a"}, {"const": 0})))
        assert [one.code for one in caught.value.diagnostics] == ["not-parquet"]


FEATURES: dict[str, Any] = {
    "number": {"type": "number", "from": "x.number", "range": [-5, 5000], "max_age": "30m", "default": 3},
    "wide": {"type": "number", "from": "x.number"},
    "moment": {"type": "timestamp", "from": "x.moment", "range": ["1970-01-01T00:00:00Z", "2026-06-01T00:00:00Z"]},
    "built": {"type": "timestamp", "from": "x.built", "max_age": "24h", "purposes": ["personalisation"]},
    "text": {"type": "text", "from": "x.text"},
    "parsed": {"type": "number", "from": "query.n"},
    "tags": {"type": "tags", "from": "query.tags", "values": ["a", "b"]},
    "flag": {"type": "bool", "from": "x.flag"},
    "deep": {"type": "category", "from": "x.object.inner.deep"},
    "above": {"type": "text", "from": "x.object"},
    "given": {"type": "number", "from": "x.nowhere", "max_age": "1h"},
}
REGISTRY: dict[str, Any] = {
    "features": FEATURES,
    "payloads": {"yes": {"value": True}},
    "decisions": {
        "d": {
            "rules": [
                *({"if": {"feature": name, "at_least": 1}, "show": "yes"} for name in ("number", "wide", "parsed")),
                *({"if": {"feature": name, "newer_than": "30d"}, "show": "yes"} for name in ("moment", "built")),
                *({"if": {"feature": name, "contains": "a"}, "show": "yes"} for name in ("text", "above")),
                {"if": {"feature": "tags", "has_any": ["a"]}, "show": "yes"},
                {"if": {"feature": "flag", "is": True}, "show": "yes"},
                {"if": {"feature": "deep", "is": "yes"}, "show": "yes"},
                {"if": {"feature": "given", "less": 4}, "show": "yes"},
                *({"if": {"share": 0.5, "of": unit}, "show": "yes"} for unit in ("visitor_id", "account_id")),
                {"if": {"schedule": {"zone": "Europe/Berlin", "days": ["tue"], "from": "08:00"}}, "show": "yes"},
            ],
            "otherwise": "yes",
        }
    },
    "policies": {"identity": {"units": ["visitor_id", "account_id"]}, "consent": {"purposes": ["personalisation"]}},
}
REQUEST: dict[str, Any] = {
    "x.number": {"column": "n", "as": "number"},
    "x.moment": {"column": "n", "as": "timestamp", "when": {"k": ["0", "1"]}},
    "x.built": {"plus": [{"pick": ["-1d", "-40d", "2h", None]}]},
    "x.text": "t",
    "x.flag": {"pick": [True, False, None, "true", 1]},
    "x.object": {"const": {"inner": {"deep": "yes"}}, "when": {"k": "2"}},
    "query.n": "t",
    "query.tags": {"pick": ["a,b", "", None, "z", ["a"]]},
    "features.given": {"column": "n", "as": "number", "when": {"k": ["1", "2", "3"]}},
    "timestamps.x": {"plus": [{"pick": ["-29m", "-31m", "5m", None]}]},
    "timestamps.x.nowhere": {"pick": ["yesterday", 0, 1770112800000.5, None, "2026-02-03T10:00:00Z"]},
    "consent.denied": {"pick": [["personalisation"], ["storage", 1], "all", None]},
    "units.visitor_id": {"template": "visitor-{row}"},
    "units.account_id": {"first": [{"column": "t", "when": {"k": ["0", "1"]}}, {"const": 5}]},
}


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("at", [None, 1_780_000_000_000])
def test_vectors_of_tables_are_those_of_rows(at: int | None) -> None:
    numbers = "CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN 1770112800000 + i * 1000 ELSE (i % 53) - 6 END"
    texts = "CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN '1e3' WHEN 3 THEN 'x' || i ELSE repeat('é', i) END"
    sql = f"SELECT {numbers} AS n, {texts} AS t, i % 5 AS k, epoch_ms(1770112800000 + i * 7777777) AS s"
    path = write_parquet(f"{sql} FROM range(500) t(i)")
    mapping = write_map(REQUEST, {"column": "s", "as": "timestamp", "when": {"k": ["0", "1", "2"]}})
    program = compile_program(*load_registry(REGISTRY), passes=False)
    batches = list(request_batches(path, mapping, at, ColumnEncoder(host_tables(program)).paths(), WIDTH))
    assert [batch.first for batch in batches] == list(range(1, 500, WIDTH))
    check(program, batches, list(requests_from(path, mapping, at)))


@pytest.mark.usefixtures("place")
def test_paths_that_nobody_wants_are_not_looked_at() -> None:
    path = write_csv(["x"], 5)
    mapping = write_map({"x.bad": {"column": "a", "as": "number"}, "x.good": "b", "x.deep.er": "c"}, {"const": 0})
    small = needed(mapping, [("x", "good"), ("x", "deep", "er", "still")])
    assert [path for path, _ in small.paths] == [("x", "good"), ("x", "deep", "er")]
    assert set(small.columns) == {"b", "c"}
    batches = list(request_batches(path, mapping, None, [("x", "good")]))
    assert [batch.count for batch in batches] == [5]
    assert batches[0].values(("x", "bad")) is None


@pytest.mark.usefixtures("place")
def test_batches_of_a_table_without_columns() -> None:
    path = write_parquet("SELECT i AS a FROM range(40) t(i)")
    mapping = write_map({"units.visitor_id": {"template": "v{row}"}}, {"const": 0})
    found = [request for request, _ in requests_of(path, mapping)]
    assert found == [request for request, _ in requests_from(path, mapping)]
    assert ParquetFile(path).count() == len(found)
    batch = Batch({}, 3, 5)
    made = MappedRequests(mapping, batch, 7)
    assert np.array_equal(made.times, [7, 7, 7])
