"""The JSON reader: the values of Python's own reader, and the place of every key and value."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_registry.json_reader import DEPTH, pointer_to, read_json

TEXTS = st.text(max_size=8).map(lambda text: unicodedata.normalize("NFC", text))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15, allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(value=JSON, indent=st.sampled_from([None, 0, 3, "\t"]), ascii_only=st.booleans())
def test_reads_what_python_writes(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    file, problems = read_json("a.json", text.encode())
    assert problems == ()
    assert file.is_readable
    assert json.dumps(file.value) == json.dumps(value)


@given(value=JSON, indent=st.sampled_from([None, 2]))
def test_knows_the_place_of_every_value(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    file, _ = read_json("a.json", text.encode())
    lines = text.split("\n")
    for pointer, inner in _values(value, ""):
        place = file.place(pointer)
        assert place.line is not None and place.column is not None
        assert place.pointer == pointer
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == inner


def test_knows_the_place_of_keys() -> None:
    file, _ = read_json("a.json", '{\r\n "ä": 1,\r "b/c~": {"🎉": 2}}'.encode())
    assert [
        (file.place(pointer, key=True).line, file.place(pointer, key=True).column) for pointer in ("/ä", "/b~1c~0")
    ] == [
        (2, 2),
        (3, 2),
    ]
    assert file.place("/b~1c~0/🎉").column == 16


def test_a_pointer_without_value_has_the_place_of_what_is_around_it() -> None:
    file, _ = read_json("a.json", b'{"a": {"b": 1}}')
    place = file.place("/a/x/y", key=True)
    assert (place.line, place.column, place.pointer) == (1, 7, "/a")


@given(st.binary(max_size=60))
def test_never_raises_for_bytes(raw: bytes) -> None:
    file, problems = read_json("a.json", raw)
    assert file.is_readable or problems


@given(st.text("{}[]\",:\\/*#'tfn019eE+-. \n\tuädD8", max_size=40))
def test_agrees_with_python_on_what_is_json(text: str) -> None:
    file, problems = read_json("a.json", text.encode())
    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_no_duplicates)
    except ValueError:
        assert problems
    else:
        if not problems:
            assert file.value == value


def test_reports_several_problems_at_once() -> None:
    text = '{"a": NaN, "b": [1,], "a": 2 // why\n, "c": "\\x"}'
    _, problems = read_json("a.json", text.encode())
    assert [problem.code for problem in problems] == [
        "bad-number",
        "trailing-comma",
        "duplicate-key",
        "comment",
        "bad-text",
    ]


def test_stops_after_many_problems() -> None:
    _, problems = read_json("a.json", ("[" + "NaN," * 10_000 + "1]").encode())
    assert len(problems) == 100


@pytest.mark.parametrize("depth", [DEPTH, DEPTH + 1, 100_000])
def test_limits_the_depth(depth: int) -> None:
    _, problems = read_json("a.json", b"[" * depth + b"]" * depth)
    assert [problem.code for problem in problems] == ([] if depth == DEPTH else ["too-deep"])


def test_keeps_minus_zero() -> None:
    file, _ = read_json("a.json", b"[-0, -0.0, 0]")
    assert str(file.value) == "[-0.0, -0.0, 0]"


def test_pairs_surrogates_and_normalises() -> None:
    file, problems = read_json("a.json", b'["\\ud83c\\udf89", "e\\u0301"]')
    assert (file.value, problems) == (["🎉", "é"], ())


def _values(value: Any, pointer: str) -> list[tuple[str, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(pointer, value), *(pair for key, one in inner for pair in _values(one, pointer + pointer_to(key)))]


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("duplicate keys")
    return dict(pairs)
