"""Merging and writing of random content: no change of either side is lost, and clashes are exactly the overlaps."""

import json
import unicodedata
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from feature_registry.json_reader import read_json
from feature_registry.stores import changes, merge
from feature_registry.stores.content import normal
from feature_registry.stores.text import pretty

VALUES = st.sampled_from([0, 1, 1.0, True, None, "a", [1], {"a": 1, "b": 2}, {"b": 2, "a": 1}])
COHORTS = st.dictionaries(st.sampled_from("abcdef"), VALUES, max_size=6)
FILES = st.dictionaries(st.sampled_from(["f.json", "g.json"]), COHORTS, max_size=2)
TEXTS = st.text(max_size=20).map(lambda text: unicodedata.normalize("NFC", text))  # as a registry's texts are read
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=30,
)


def content(files: dict[str, dict[str, Any]]) -> dict[str, bytes]:
    return {name: normal(name, json.dumps({"cohorts": objects}).encode()) for name, objects in files.items()}


@given(COHORTS, COHORTS, COHORTS)
def test_objects_of_a_file(base: Any, theirs: Any, yours: Any) -> None:
    sides = [content({"f.json": one}) for one in (base, theirs, yours)]
    merged = merge(*sides)
    overlaps = {
        f"cohorts/{key}" for key in "abcdef" if not _one_sided(*(_text(one, key) for one in (base, theirs, yours)))
    }
    found = {one.subject for one in merged.clashes}
    assert {one for one in found if one.startswith("cohorts/")} == overlaps
    assert found <= overlaps | {"order of cohorts in f.json"}
    if not found:
        result = json.loads(merged.content["f.json"]).get("cohorts", {})
        for key in "abcdef":
            texts = [_text(one, key) for one in (base, theirs, yours)]
            assert _text(result, key) == (texts[1] if texts[2] == texts[0] else texts[2])


@given(FILES, FILES)
def test_one_side_alone_is_taken_as_it_is(base: Any, side: Any) -> None:
    old, new = content(base), content(side)
    assert merge(old, new, old).content == new
    assert merge(old, old, new).content == new
    assert merge(old, new, new).content == new
    assert (changes(old, new) == ()) == (old == new)


@given(FILES, FILES, FILES)
@example(  # a file that one side took away and the other changed, with an object that moved
    {"f.json": {}}, {"g.json": {"a": 0}}, {"f.json": {"a": 0}}
)
def test_sides_can_change_places(base: Any, theirs: Any, yours: Any) -> None:
    sides = [content(one) for one in (base, theirs, yours)]
    one, other = merge(*sides), merge(sides[0], sides[2], sides[1])
    assert [clash.subject for clash in one.clashes] == [clash.subject for clash in other.clashes]


@given(JSON)
def test_written_content_is_read_as_it_was(value: Any) -> None:
    read, problems = read_json("a.json", pretty({"payloads": {"a": value}}, broken=2))
    assert not problems
    again, _ = read_json("a.json", pretty(read.value, broken=2))
    assert again.text == read.text
    assert json.dumps(again.value) == json.dumps(read.value)


def _one_sided(base: str | None, theirs: str | None, yours: str | None) -> bool:
    return base in (theirs, yours) or theirs == yours


def _text(objects: Any, key: str) -> str | None:
    return json.dumps(objects[key]) if key in objects else None
