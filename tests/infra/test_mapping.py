"""Maps and files of requests: every rule, every error with its place."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from infra.replay import MapError, RequestFileError, count_requests, load_map, requests_from

TABLE = "Name,Pages,Weekend,Started,Tags\r\nada,3,TRUE,2026-02-03T10:00:00+01:00,a\r\ngrace,1.5,no,1770112800000,\r\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_map(document: object) -> Path:
    path = Path("map.json")
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def sessions(document: object, table: str = TABLE, at: int | None = None) -> list[tuple[dict[str, Any], int | None]]:
    Path("table.csv").write_bytes(table.encode())
    return list(requests_from(Path("table.csv"), load_map(write_map(document)), at))


def values(rule: object, table: str = TABLE, **more: object) -> list[object]:
    """What the rule gives for each row."""
    found = sessions({"request": {"x.y": rule}, **more}, table)
    return [request.get("x", {}).get("y") for request, _ in found]


def map_problems(document: object) -> list[tuple[str, str]]:
    with pytest.raises(MapError) as caught:
        load_map(write_map(document))
    return [(one.code, one.pointer) for one in caught.value.diagnostics]


def rule_problems(rule: object, **more: object) -> list[tuple[str, str]]:
    found = map_problems({"request": {"x.y": rule}, **more})
    return [(code, pointer.removeprefix("/request/x.y")) for code, pointer in found]


@pytest.mark.usefixtures("place")
class TestRules:
    def test_a_text_is_a_column(self) -> None:
        assert values("Name") == ["ada", "grace"]

    @pytest.mark.parametrize(
        ("column", "kind", "expected"),
        [
            ("Pages", "text", ["3", "1.5"]),
            ("Pages", "number", [3, 1.5]),
            ("Weekend", "bool", [True, False]),
            ("Started", "timestamp", [1_770_109_200_000, None]),
            ("Tags", "tags", [["a"], None]),
        ],
    )
    def test_cells_are_read_by_type(self, column: str, kind: str, expected: list[object]) -> None:
        table = TABLE if kind != "timestamp" else TABLE.replace("1770112800000", "")
        assert values({"column": column, "as": kind}, table) == expected

    def test_tags_are_split_at_commas(self) -> None:
        assert values({"column": "T", "as": "tags"}, 'T\n"a,b"\n') == [["a", "b"]]

    def test_values_are_looked_up(self) -> None:
        assert values({"column": "Name", "values": {"ada": {"n": 1}, "grace": None}}) == [{"n": 1}, None]
        assert values({"column": "Name", "values": {"ada": 1}, "otherwise": 2}) == [1, 2]
        assert values({"column": "Name", "values": {"ada": 1}, "otherwise": None}) == [1, None]

    def test_constants_and_templates(self) -> None:
        assert values({"const": [1]}) == [[1], [1]]
        assert values({"template": "{{{row:03}}}-{Name}"}) == ["{001}-ada", "{002}-grace"]
        assert values({"template": "{row}{Tags}"}) == ["1a", None]

    def test_first_takes_the_first_value(self) -> None:
        assert values({"first": ["Tags", {"const": "none"}]}) == ["a", "none"]

    def test_when_limits_a_rule_to_rows(self) -> None:
        assert values({"const": 1, "when": {"Weekend": ["TRUE"]}}) == [1, None]
        assert values({"const": 1, "when": {"Weekend": ["TRUE", "no"], "Name": "grace"}}) == [None, 1]

    def test_times_and_durations(self) -> None:
        rule = {"time": {"const": "2026-03-01T00:00:00.250+01:00"}, "plus": [{"const": "-1d"}, {"const": "90m"}]}
        assert values(rule) == ["2026-02-28T00:30:00.250Z"] * 2
        at = {"const": "2026-01-01T00:00:00Z"}
        assert values({"plus": [{"const": "-1ms"}]}, at=at) == ["2025-12-31T23:59:59.999Z"] * 2

    def test_a_time_is_absent_with_any_part(self) -> None:
        assert values({"time": {"const": 0}, "plus": [{"pick": [None]}]}) == [None, None]
        at = {"pick": [None]}
        assert values({"plus": [{"const": "1d"}]}, at=at) == [None, None]

    def test_more_texts_than_are_remembered(self) -> None:
        texts = [str(number / 4) for number in range(3000)] * 2
        assert values({"column": "A", "as": "number"}, "A\n" + "\n".join(texts) + "\n") == [*map(float, texts)]

    def test_equal_cells_of_other_types_stay_apart(self) -> None:
        with duckdb.connect() as connection:
            connection.execute("COPY (SELECT 1 AS a, 1.0::DOUBLE AS b, true AS c) TO 'one.parquet' (FORMAT parquet)")
        rules = {f"x.{name}": {"template": f"{{{name}}}"} for name in "abc"}
        rules["x.d"] = {"column": "a", "as": "bool"}
        ((request, _),) = requests_from(Path("one.parquet"), load_map(write_map({"request": rules})))
        assert request == {"x": {"a": "1", "b": "1", "c": "true", "d": True}}

    def test_lists_are_each_requests_own(self) -> None:
        first, second = values({"column": "T", "as": "tags"}, 'T\n"a,b"\n"a,b"\n')
        assert first == second == ["a", "b"]
        assert first is not second

    def test_paths_nest(self) -> None:
        rules = {"a.b.c": {"const": 1}, "a.b.d": {"const": 2}, "timestamps.a.b": {"const": 3}, "features.f": "Tags"}
        first, second = (request for request, _ in sessions({"request": rules}))
        assert first == {"a": {"b": {"c": 1, "d": 2}}, "timestamps": {"a.b": 3}, "features": {"f": "a"}}
        assert "features" not in second


@pytest.mark.usefixtures("place")
class TestPicks:
    def test_the_hash_is_the_documented_one(self) -> None:
        rule = {"pick": ["a", "b", "c"], "weights": [1, 2, 7], "salt": "s"}
        table = "N\n" + "".join(f"{number}\n" for number in range(1, 201))
        assert values(rule, table) == [self.expected(f"s\0{number}") for number in range(1, 201)]
        assert values({**rule, "by": ["N", "N"]}, table)[4] == self.expected("s\0005\0005")

    @staticmethod
    def expected(text: str) -> str:
        place = int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) * 10 // 2**64
        return "a" if place < 1 else "b" if place < 3 else "c"

    def test_the_path_is_the_default_salt(self) -> None:
        table = "N\n" + "1\n" * 50
        assert values({"pick": [1, 2, 3, 4]}, table) == values({"pick": [1, 2, 3, 4], "salt": "x.y"}, table)
        assert values({"pick": [1, 2, 3, 4]}, table) != values({"pick": [1, 2, 3, 4], "salt": "x.z"}, table)

    def test_weights_are_the_chances(self) -> None:
        table = "N\n" + "1\n" * 20_000
        found = Counter(values({"pick": ["a", None, "b"], "weights": [70, 30, 0]}, table))
        assert found["b"] == 0
        assert abs(found["a"] / 20_000 - 0.7) < 0.015

    def test_by_columns_equal_cells_pick_the_same(self) -> None:
        found = values({"pick": list(range(1000)), "by": "N"}, "N\nx\ny\nx\n")
        assert found[0] == found[2] != found[1]


@pytest.mark.usefixtures("place")
class TestTheTimeOfASession:
    def test_it_comes_from_the_map(self) -> None:
        at = {"time": "Started"}
        table = TABLE.replace("1770112800000", "2026-02-03T10:00:00Z")
        assert [time for _, time in sessions({"at": at, "request": {}}, table)] == [
            1_770_109_200_000,
            1_770_112_800_000,
        ]

    def test_without_a_rule_there_is_none(self) -> None:
        assert [time for _, time in sessions({"request": {}})] == [None, None]

    def test_the_callers_replaces_it_and_what_builds_on_it(self) -> None:
        document = {"at": {"const": 0}, "request": {"x.y": {"plus": [{"const": "1s"}]}}}
        assert sessions(document, at=60_000)[0] == ({"x": {"y": "1970-01-01T00:01:01.000Z"}}, 60_000)


@pytest.mark.usefixtures("place")
class TestBrokenMaps:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (3, ("wrong-type", "")),
            ({}, ("bad-rule", "")),
            ({"colunm": "Name"}, ("bad-rule", "")),
            ({"const": 1, "pick": [1]}, ("bad-rule", "")),
            ({"const": None}, ("bad-rule", "/const")),
            ({"column": "Name", "sa": "text"}, ("unknown-key", "/sa")),
            ({"column": 7}, ("wrong-type", "/column")),
            ({"column": "Name", "as": "int"}, ("bad-rule", "/as")),
            ({"column": "Name", "as": ["text"]}, ("bad-rule", "/as")),
            ({"column": "Name", "values": ["a"]}, ("wrong-type", "/values")),
            ({"column": "Name", "values": {}, "as": "text"}, ("bad-rule", "")),
            ({"column": "Name", "otherwise": 1}, ("bad-rule", "")),
            ({"template": 5}, ("wrong-type", "/template")),
            ({"template": "a{b"}, ("bad-template", "/template")),
            ({"template": "{Name:05}"}, ("bad-template", "/template")),
            ({"pick": []}, ("wrong-type", "/pick")),
            ({"pick": [1, 2], "weights": [1]}, ("bad-weights", "/weights")),
            ({"pick": [1, 2], "weights": [0, 0]}, ("bad-weights", "/weights")),
            ({"pick": [1, 2], "weights": [1, True]}, ("bad-weights", "/weights")),
            ({"pick": [1], "by": 3}, ("wrong-type", "/by")),
            ({"pick": [1], "salt": 3}, ("wrong-type", "/salt")),
            ({"first": []}, ("wrong-type", "/first")),
            ({"first": ["Name", 3]}, ("wrong-type", "/first/1")),
            ({"plus": [{"const": "1d"}]}, ("bad-rule", "")),
            ({"time": {"const": 0}, "plus": {"const": "1d"}}, ("wrong-type", "/plus")),
            ({"time": {"const": 0}, "plus": [{"const": "1 day"}]}, ("bad-duration", "/plus/0")),
            ({"time": {"const": 0}, "plus": [{"pick": ["1d", "--1d"]}]}, ("bad-duration", "/plus/0")),
            ({"time": {"const": "2026-02-30T00:00:00Z"}}, ("bad-time", "/time")),
            ({"const": 1, "when": {}}, ("wrong-type", "/when")),
            ({"const": 1, "when": {"Name": 1}}, ("wrong-type", "/when/Name")),
        ],
    )
    def test_a_rule(self, rule: object, expected: tuple[str, str]) -> None:
        assert rule_problems(rule) == [expected]

    @pytest.mark.parametrize("path", ["country", "geo.", ".country", "geo..country", "geo.__proto__", ""])
    def test_a_path(self, path: str) -> None:
        assert map_problems({"request": {path: "Name"}}) == [("bad-path", f"/request/{path}")]

    def test_paths_within_each_other(self) -> None:
        assert map_problems({"request": {"a.b.c": "Name", "a.b": "Name"}}) == [("bad-path", "/request/a.b")]

    def test_the_session_time_cannot_build_on_itself(self) -> None:
        assert map_problems({"at": {"plus": [{"const": "1d"}]}, "request": {}}) == [("bad-rule", "/at")]

    def test_a_session_time_that_is_none(self) -> None:
        assert map_problems({"at": {"const": "today"}, "request": {}}) == [("bad-time", "/at")]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[]", ("wrong-type", "")),
            ("{}", ("missing-key", "")),
            ('{"request": 1}', ("wrong-type", "/request")),
            ('{"request": {}, "requests": 1}', ("unknown-key", "/requests")),
            ('{"request": {"a.b": "X", "a.b": "X"}}', ("duplicate-key", "/request/a.b")),
            ('{"request": {"a.b": "X",}}', ("trailing-comma", "/request")),
        ],
    )
    def test_a_document(self, text: str, expected: tuple[str, str]) -> None:
        assert map_problems(text) == [expected]

    def test_all_problems_come_at_once_with_lines_and_help(self) -> None:
        text = '{"request": {\n  "a.b": {"colum": "X"},\n  "c": "X",\n  "d.e": {"const": 1, "wen": {}}\n}}'
        with pytest.raises(MapError) as caught:
            load_map(write_map(text))
        found = [(one.code, one.line, one.column, one.help) for one in caught.value.diagnostics]
        assert found == [
            ("bad-rule", 2, 10, "did you mean `column`?"),
            ("bad-path", 3, 3, "a group of the request and a name in it, with a dot between"),
            ("unknown-key", 4, 23, "did you mean `when`?"),
        ]

    def test_no_such_file(self) -> None:
        with pytest.raises(MapError) as caught:
            load_map(Path("nothing.json"))
        assert [one.code for one in caught.value.diagnostics] == ["no-such-file"]

    def test_columns_that_the_table_has_not(self) -> None:
        with pytest.raises(MapError) as caught:
            sessions({"request": {"a.b": "Nmae", "a.c": {"template": "{Zip}"}, "a.d": "Pages"}})
        found = [(one.code, one.file, one.pointer, one.help) for one in caught.value.diagnostics]
        everything = "the columns are `Name`, `Pages`, `Started`, `Tags`, `Weekend`"
        assert found == [
            ("unknown-column", "map.json", "/request/a.b", "did you mean `Name`?"),
            ("unknown-column", "map.json", "/request/a.c/template", everything),
        ]


@pytest.mark.usefixtures("place")
class TestBrokenTables:
    def problems(self, rule: object, table: bytes) -> list[tuple[str, int | None, str]]:
        Path("table.csv").write_bytes(table)
        with pytest.raises(RequestFileError) as caught:
            list(requests_from(Path("table.csv"), load_map(write_map({"request": {"x.y": rule}}))))
        return [(one.code, one.line, one.pointer) for one in caught.value.diagnostics]

    def test_every_bad_row_is_named(self) -> None:
        table = b'A,B\r\n"a\r\nb",1\r\nc,1e999\r\nd,x\r\ne\r\nf,\r\ng,NaN\r\n'
        found = self.problems({"column": "B", "as": "number"}, table)
        assert found == [("bad-cell", 4, "/B"), ("bad-cell", 5, "/B"), ("wrong-cells", 6, ""), ("bad-cell", 8, "/B")]

    def test_sessions_stop_at_the_first_bad_row(self) -> None:
        Path("table.csv").write_text("A\n1\nx\n3\n")
        found = requests_from(
            Path("table.csv"), load_map(write_map({"request": {"x.y": {"column": "A", "as": "number"}}}))
        )
        assert next(found) == ({"x": {"y": 1}}, None)
        with pytest.raises(RequestFileError, match=r"row 2: `x\.y`: expected a number in column `A`, found `x`"):
            next(found)

    @pytest.mark.parametrize(
        ("rule", "cell", "code"),
        [
            ({"column": "A", "as": "bool"}, "maybe", "bad-cell"),
            ({"column": "A", "as": "timestamp"}, "yesterday", "bad-cell"),
            ({"column": "A", "values": {"June": 6}}, "Jne", "unknown-cell"),
            ({"time": "A"}, "yesterday", "bad-time"),
            ({"time": {"const": 0}, "plus": ["A"]}, "1x", "bad-duration"),
            ({"time": {"const": 0}, "plus": ["A"]}, "999999999d", "bad-time"),
        ],
    )
    def test_cells(self, rule: object, cell: str, code: str) -> None:
        assert [found[:2] for found in self.problems(rule, f"A\n{cell}\n".encode())] == [(code, 2)]

    @pytest.mark.parametrize(
        ("table", "code", "line"),
        [
            (b"", "no-header", 1),
            (b"A,A\n1,2\n", "repeated-column", 1),
            (b"A\n1\n\xff\n", "not-utf8", 3),
            (b'A\n"1\n', "not-csv", 2),
        ],
    )
    def test_tables(self, table: bytes, code: str, line: int) -> None:
        assert [found[:2] for found in self.problems({"const": 1}, table)] == [(code, line)]

    def test_a_hundred_problems_are_enough(self) -> None:
        assert len(self.problems({"column": "A", "as": "number"}, b"A\n" + b"x\n" * 1000)) == 100

    def test_a_byte_order_mark_is_no_part_of_the_header(self) -> None:
        assert values("A", "\ufeffA\n1\n") == ["1"]

    @pytest.mark.parametrize(
        ("name", "with_map", "code"),
        [
            ("table.csv", False, "no-map"),
            ("table.jsonl", True, "map-not-needed"),
            ("table.xlsx", True, "unknown-format"),
            ("missing.csv", True, "no-such-file"),
            ("missing.jsonl", False, "no-such-file"),
            ("folder.csv", True, "not-a-file"),
        ],
    )
    def test_arguments_that_do_not_fit_fail_at_once(self, name: str, with_map: bool, code: str) -> None:
        Path("folder.csv").mkdir()
        for existing in ("table.csv", "table.jsonl", "table.xlsx"):
            Path(existing).write_text("A\n")
        mapping = load_map(write_map({"request": {}})) if with_map else None
        with pytest.raises(RequestFileError) as caught:
            requests_from(Path(name), mapping)
        assert [one.code for one in caught.value.diagnostics] == [code]


@pytest.mark.usefixtures("place")
class TestJsonLines:
    def read(self, content: bytes, at: int | None = None) -> list[tuple[dict[str, Any], int | None]]:
        Path("r.jsonl").write_bytes(content)
        return list(requests_from(Path("r.jsonl"), at=at))

    def test_a_line_is_a_request(self) -> None:
        lines = b'{"geo":{"country":"DE"}}\n\n{"at":"1970-01-01T00:00:01Z"}\r\n{"at":5}'
        assert self.read(lines) == [({"geo": {"country": "DE"}}, None), ({}, 1000), ({}, 5)]
        assert count_requests(Path("r.jsonl")) == 3
        assert [time for _, time in self.read(lines, at=7)] == [7, 7, 7]

    def test_bad_lines_are_all_named(self) -> None:
        lines = b'{}\n{"a":1,}\n[]\n{"a":{"b":1,"b":2}}\n{"at":"now"}\n{"a":1e400}\n\xff\n'
        with pytest.raises(RequestFileError) as caught:
            self.read(lines)
        found = [(one.code, one.line, one.column) for one in caught.value.diagnostics]
        assert found == [
            ("trailing-comma", 2, 7),
            ("not-an-object", 3, 1),
            ("duplicate-key", 4, 13),
            ("bad-time", 5, 1),
            ("bad-number", 6, 1),
            ("not-utf8", 7, 1),
        ]


@pytest.mark.usefixtures("place")
class TestParquet:
    def write(self, select: str) -> Path:
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({select}) TO 'table.parquet' (FORMAT parquet)")
        return Path("table.parquet")

    def test_native_values(self) -> None:
        path = self.write(
            "SELECT 3 AS i, 1.5::DECIMAL(5,2) AS d, 'nan'::DOUBLE AS n, true AS b, ['x', 'y'] AS tags, 'z' AS s, "
            "TIMESTAMPTZ '2026-01-01 00:00:00+00' AS t, NULL::VARCHAR AS e, TIME '10:00:00' AS h"
        )
        kinds = {
            "i": "number",
            "d": "number",
            "n": "number",
            "b": "bool",
            "tags": "tags",
            "t": "timestamp",
            "e": "text",
        }
        rules: dict[str, object] = {f"x.{name}": {"column": name, "as": kind} for name, kind in kinds.items()}
        rules |= {"x.s": "s", "x.h": "h", "x.text": {"template": "{i}-{b}-{d}"}}
        found = list(requests_from(path, load_map(write_map({"request": rules}))))
        expected = {"i": 3, "d": 1.5, "b": True, "tags": ["x", "y"], "t": 1_767_225_600_000, "s": "z"}
        assert found == [({"x": {**expected, "h": "10:00:00", "text": "3-true-1.5"}}, None)]

    def test_the_same_table_as_text_gives_the_same_requests(self) -> None:
        document = {"request": {"x.n": "Name", "x.p": {"column": "Pages", "as": "number"}, "x.k": {"pick": [1, 2, 3]}}}
        from_csv = sessions(document)
        path = self.write("SELECT * FROM read_csv('table.csv', all_varchar = true)")
        assert list(requests_from(path, load_map(Path("map.json")))) == from_csv
        assert count_requests(path) == count_requests(Path("table.csv")) == 2

    def test_many_rows_keep_their_order(self) -> None:
        path = self.write("SELECT range AS i FROM range(5000)")
        mapping = load_map(
            write_map({"request": {"x.i": {"column": "i", "as": "number"}, "x.r": {"template": "{row}"}}})
        )
        found = [request["x"] for request, _ in requests_from(path, mapping)]
        assert found == [{"i": number, "r": str(number + 1)} for number in range(5000)]

    def test_problems(self) -> None:
        path = self.write("SELECT 'x' AS a UNION ALL SELECT 'y'")
        mapping = load_map(write_map({"request": {"x.y": {"column": "a", "as": "number"}}}))
        with pytest.raises(RequestFileError) as caught:
            list(requests_from(path, mapping))
        assert [(one.code, one.pointer) for one in caught.value.diagnostics] == [
            ("bad-cell", "/0/a"),
            ("bad-cell", "/1/a"),
        ]
        with pytest.raises(MapError):
            list(requests_from(path, load_map(write_map({"request": {"x.y": "b"}}))))

    def test_a_file_that_is_no_parquet(self) -> None:
        Path("table.parquet").write_text("no")
        with pytest.raises(RequestFileError) as caught:
            list(requests_from(Path("table.parquet"), load_map(write_map({"request": {}}))))
        assert [one.code for one in caught.value.diagnostics] == ["not-parquet"]
