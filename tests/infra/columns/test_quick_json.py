"""Lines that are read quickly are those that the strict rule takes, and mean the same; all others are left to it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_registry import Diagnostic
from infra.columns.quick_json import quick_session
from infra.replay.request_files import json_line

LINES = [
    *('{"a":1}', '{"a":-0.5,"b":[1,2,{"c":null}]}', '{ "a" : "x" , "at" : 5 }', '{"at":"2026-02-03T10:00:00Z"}'),
    *('{"a":-0}', '{"a":[1, -0]}', '{"a":-0.0}', '{"a":"-0"}', '{"a":9007199254740991}', '{"a":9007199254740992}'),
    *('{"a":1e3}', '{"a":1e400}', '{"a":1e300}', '{"a":123456789012345678901234567890}', '{"a":"1234567890123456e5"}'),
    *('{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', '{"a\\u0062":1,"ab":2}', '{"a":"\\""}', '{"a":"\\ud800"}', '{"a":"é😀"}'),
    *("[]", "{", "{}", '"a"', "1", "null", "", '{"a":NaN}', '{"a":Infinity}', '{"a":01}', "{'a':1}", '{"a":1,}'),
    *('{"at":"soon"}', '{"at":null}', '{"at":1.5}', '{"at":-5}', "\ufeff{}", '{"a":1} x', '\t{"a":\t1}\r'),
    *('{"a":' * 31 + "1" + "}" * 31, '{"a":' * 33 + "1" + "}" * 33, '{"a":' + "[" * 32 + "]" * 32 + "}"),
    "{" + ",".join(f'"k{n}":{n}' for n in range(256)) + "}",
    "{" + ",".join(f'"k{n}":{n}' for n in range(257)) + "}",
    '{"a":"' + "x" * 65_529 + '"}',
    '{"a":"' + "x" * 65_528 + '"}',
    '{"a":"b\x7f\x01"}',
]


def check(line: bytes) -> bool:
    """Whether the line is quick; it then has the session that the strict rule gives."""
    for at in (None, 7):
        quick = quick_session(line, at)
        strict = json_line(Path("x.jsonl"), 1, line, at)
        if quick is not None:
            assert not isinstance(strict, Diagnostic), line
            assert repr(floats(quick[0])) == repr(strict[0])
            assert quick[1] == strict[1]
    return quick is not None


def floats(value: object) -> object:
    """All numbers as doubles, as the strict rule has them."""
    if isinstance(value, dict):
        return {key: floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [floats(item) for item in value]
    return float(value) if type(value) is int else value


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_hostile_lines(line: str) -> None:
    for text in (line, f"{line}\n", f" {line}"):
        check(text.encode())


def test_bytes_that_are_no_text() -> None:
    for line in (b'{"a":"\xff"}', b'\xef\xbb\xbf{"a":1}', b'{"a":"\xed\xa0\x80"}'):
        assert not check(line)


def test_usual_lines_are_quick() -> None:
    request = {"units": {"v": "session-00001-9e5"}, "session": {"n": -5, "x": 0.016666667, "t": ["a"]}, "at": 5}
    assert check(json.dumps(request).encode())
    assert check(json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "at", "é"]), _JSON), st.booleans(), st.booleans())
def test_random_objects(value: dict[str, object], is_compact: bool, is_ascii: bool) -> None:
    separators = (",", ":") if is_compact else None
    check(json.dumps(value, separators=separators, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass"))
