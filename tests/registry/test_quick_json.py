"""A text that is read quickly is read as it would be with care: the same value, and no problem."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_registry.json_reader import DEPTH, _Reader, read_json
from feature_registry.quick_json import QuickOffsets, quick_value

TEXTS = st.text('ab \u00e9e\u0301"\\/\n\t\U0001f600', max_size=5) | st.sampled_from(["", "__proto__", "a/b~c"])
NUMBERS = st.integers(-(2**53) - 3, 2**53 + 3) | st.floats() | st.sampled_from([-0.0, 1e308, 0, -1, 0.1])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
HOSTILE = [
    '{"a": 1, "a": 2}',
    '{"\\u0061": 1, "a": 2}',
    '"\\ud800"',
    "[NaN]",
    "[-Infinity]",
    "[1,]",
    "[01]",
    "[-0, 1E5, 1.0, -0.0]",
    "9007199254740992",
    "1e400",
    "[" * 65 + "]" * 65,
    "[" * 64 + "]" * 64,
    "[" * 100_000,
    "",
    "[1] 2",
    "// no\n[]",
    '"\t"',
    '"e\u0301"',
    '"\x7f\x85\u2028"',
    "\u00a0[]",
]


def check(text: str) -> bool:
    """Whether the text is read quickly; then it must be sound."""
    quick = quick_value(text, DEPTH)
    if quick is None:
        return False
    reader = _Reader("x", text)
    file = reader.read()
    assert reader.problems == []
    assert file.is_readable
    assert repr(file.value) == repr(quick[0])
    assert list(QuickOffsets(text).items()) == list(file.offsets.items())
    return True


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_a_text_is_read_alike(value: object, ascii_only: bool, indent: int | None) -> None:
    check(json.dumps(value, ensure_ascii=ascii_only, indent=indent))


@given(VALUES, st.data())
def test_a_damaged_text_is_read_alike(value: object, data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text)))
    check(
        text[:at]
        + data.draw(st.sampled_from(list('{}[],:"\\ 0-.eNtn\u0301\x00/')))
        + text[at + data.draw(st.integers(0, 2)) :]
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_read_alike(text: str) -> None:
    check(text)


def test_a_sound_text_is_read_quickly_and_has_places() -> None:
    text = '{"a": [1, {"b/c": "\u00e9"}],\n "d": -0}'
    assert check(text)
    file, problems = read_json("f.json", text.encode())
    assert problems == ()
    place = file.place("/a/1/b~1c")
    assert (place.line, place.column, place.pointer) == (1, 19, "/a/1/b~1c")
    assert (file.place("/d", key=True).line, len(file.offsets)) == (2, 6)
