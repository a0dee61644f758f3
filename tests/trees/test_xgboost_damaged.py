"""A damaged, hostile or unsupported XGBoost file is refused with what was expected and what was found, fast and in
little memory."""

from __future__ import annotations

import copy
import json
import struct
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.trees import LOADERS, ModelError
from tests.trees.test_xgboost import content_of, document, stump
from tests.trees.xgboost_models import xgboost_case

SECONDS = 10.0
"""Of this process; the trace of memory makes it several times slower than it is."""
BYTES = 500_000_000

TREE = "learner/gradient_booster/model/trees/0"
NAN = float("nan")

CATEGORIES: dict[str, Any] = {
    **stump(0.0, 1.0, 2.0),
    "split_type": [1, 0, 0],
    "categories": [1, 4],
    "categories_nodes": [0],
    "categories_segments": [0],
    "categories_sizes": [2],
}

# what to change, to what, code, message
DAMAGES: list[tuple[str, Any, str, str]] = [
    ("version", [4, 0, 0], "unsupported-version", "expected a model of XGBoost 1, 2 or 3, found version `4.0.0`"),
    ("version", [3], "wrong-count", "expected 3 values at `/version`, found 1"),
    ("version", "3", "damaged-file", "expected a list at `/version`, found `3`"),
    ("learner", [], "damaged-file", "expected an object at `/learner`, found a list"),
    ("learner/objective/name", "reg:magic", "unknown-objective", "expected an objective of XGBoost, found `reg:magic`"),
    ("learner/learner_model_param/num_class", "-1", "out-of-range", "an integer from 0 to 10000 at"),
    ("learner/learner_model_param/num_class", "9" * 18, "out-of-range", f"found `{'9' * 18}`"),
    ("learner/learner_model_param/num_class", "9" * 5000, "damaged-file", f"found `{'9' * 40}...`"),
    ("learner/learner_model_param/num_feature", "100001", "out-of-range", "from 0 to 100000 at"),
    ("learner/learner_model_param/num_feature", "0", "out-of-range", "expected at most 0 features"),
    ("learner/learner_model_param/base_score", "[1E0,2E0]", "wrong-count", "expected one number or 1 at"),
    ("learner/learner_model_param/base_score", "[]", "damaged-file", "expected finite numbers at"),
    ("learner/learner_model_param/base_score", "1_0", "damaged-file", "found `1_0`"),
    ("learner/learner_model_param/base_score", "nan", "damaged-file", "found `nan`"),
    ("learner/learner_model_param/base_score", "1e39", "damaged-file", "found `1e39`"),
    ("learner/learner_model_param/base_score", 0.5, "damaged-file", "expected a text at"),
    ("learner/feature_names", ["a", "b"], "wrong-count", "expected 1 names at `/learner/feature_names`, found 2"),
    ("learner/feature_names", [1], "damaged-file", "expected texts at `/learner/feature_names`, found `1`"),
    ("learner/gradient_booster/name", "gblinear", "not-trees", "found the linear model `gblinear`"),
    ("learner/gradient_booster/name", "forest", "damaged-file", "expected `gbtree` or `dart` at"),
    ("learner/gradient_booster/name", "dart", "missing-key", "expected `gbtree` in `/learner/gradient_booster`"),
    ("learner/gradient_booster/model/trees", [], "no-trees", "expected at least one tree, found none"),
    ("learner/gradient_booster/model/trees", [3], "damaged-file", "expected an object at"),
    ("learner/gradient_booster/model/tree_info", [1], "out-of-range", "expected an output from 0 to 0 at"),
    ("learner/gradient_booster/model/tree_info", [0, 0], "wrong-count", "expected 1 values at"),
    ("learner/gradient_booster/model/gbtree_model_param/num_trees", "2", "wrong-count", "expected 2 trees at"),
    (f"{TREE}/tree_param/num_nodes", "4", "wrong-count", "expected 4 values at"),
    (f"{TREE}/tree_param/size_leaf_vector", "2", "vector-leaf", "expected one number in each leaf, found vectors of 2"),
    (f"{TREE}/left_children", [], "wrong-count", "expected at least one node in"),
    (f"{TREE}/left_children/0", 0, "damaged-tree", "expected a child from 1 to 2 at"),
    (f"{TREE}/left_children/0", 3, "damaged-tree", "found 3"),
    (f"{TREE}/left_children/0", 2**40, "damaged-tree", f"found {2**40}"),
    (f"{TREE}/left_children/0", -7, "damaged-tree", "found -7"),
    (f"{TREE}/left_children/0", 2, "damaged-tree", "expected each node once, found 2 again"),
    (f"{TREE}/left_children/1", 2, "damaged-tree", "expected"),
    (f"{TREE}/right_children/0", -1, "damaged-tree", "found -1"),
    (f"{TREE}/left_children/0", 1.5, "damaged-file", "expected integers at"),
    (f"{TREE}/right_children", [2, -1], "wrong-count", "expected 3 values at"),
    (f"{TREE}/split_conditions", [0.0, 1.0], "wrong-count", "expected 3 values at"),
    (f"{TREE}/split_conditions/0", NAN, "damaged-tree", "expected a threshold at"),
    (f"{TREE}/split_conditions/0", "0.5", "damaged-file", "expected numbers at"),
    (f"{TREE}/split_conditions/0", True, "damaged-file", "expected numbers at"),
    (f"{TREE}/split_conditions/1", NAN, "not-finite", "expected a finite leaf at"),
    (f"{TREE}/split_conditions/1", 1e39, "not-finite", "expected a finite leaf at"),
    (f"{TREE}/split_conditions/1", 3e38, "not-finite", "expected leaves whose sum is finite"),
    (f"{TREE}/split_indices/0", 1, "damaged-tree", "expected a feature from 0 to 0 at"),
    (f"{TREE}/split_indices/0", -1, "damaged-tree", "expected a feature from 0 to 0 at"),
    (f"{TREE}/split_type/0", 2, "damaged-tree", "expected 0 or 1 at"),
    (f"{TREE}/split_type/0", 1, "damaged-tree", "expected 0 in"),
]
SET_DAMAGES: list[tuple[str, Any, str]] = [
    ("categories/1", -1, "expected categories from 0 to 16777215 in"),
    ("categories/1", 2**24, "expected categories from 0 to 16777215 in"),
    ("categories_nodes/0", 3, "expected a node of its own at"),
    ("categories_nodes/0", 1, "expected 0 in"),
    ("categories_segments/0", 1, "expected categories of its own from 0 at"),
    ("categories_sizes/0", 3, "expected categories of its own from 0 at"),
    ("categories_sizes/0", -1, "expected categories of its own from 0 at"),
]


def refusal(content: bytes) -> ModelError:
    """The error with which the bytes are refused, within the bounds."""
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(ModelError) as caught:
            LOADERS["xgboost"](content, "m")
        assert time.process_time() - started < SECONDS
        assert tracemalloc.get_traced_memory()[1] < BYTES
    finally:
        tracemalloc.stop()
    assert caught.value.help and len(caught.value.message) < 300
    return caught.value


def changed(base: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at the path."""
    whole = copy.deepcopy(base)
    *parents, last = path.split("/")
    inner: Any = whole
    for part in parents:
        inner = inner[int(part)] if isinstance(inner, list) else inner[part]
    inner[int(last) if isinstance(inner, list) else last] = value
    return whole


@pytest.mark.parametrize(("path", "value", "code", "message"), DAMAGES)
@pytest.mark.parametrize("kind", ["json", "ubjson"])
def test_a_damaged_part_is_named(path: str, value: Any, code: str, message: str, kind: str) -> None:
    whole = changed(document([stump(0.0, 1.0, 2.0)]), path, value)
    error = refusal(content_of(whole) if kind == "json" else ubjson(whole))
    assert (error.code, message in error.message) == (code, True), error.message


@pytest.mark.parametrize(("path", "value", "message"), SET_DAMAGES)
def test_a_damaged_set_is_named(path: str, value: Any, message: str) -> None:
    whole = changed(document([CATEGORIES]), f"{TREE}/{path}", value)
    error = refusal(content_of(whole))
    assert (error.code, message in error.message) == ("damaged-tree", True), error.message


def test_a_set_that_two_nodes_share_is_refused() -> None:
    tree = {**CATEGORIES, "categories_nodes": [0, 1], "categories_segments": [0, 0], "categories_sizes": [2, 2]}
    assert "expected categories of its own from 2 at" in refusal(content_of(document([tree]))).message


def test_a_missing_part_is_named() -> None:
    whole = document([stump(0.0, 1.0, 2.0)])
    del whole["learner"]["gradient_booster"]["model"]["trees"][0]["split_indices"]
    assert refusal(content_of(whole)).message == f"expected `split_indices` in `/{TREE}`, found none"


@pytest.mark.parametrize("kind", ["json", "ubjson"])
def test_a_file_cut_off_anywhere_is_refused(kind: str) -> None:
    whole = document([CATEGORIES, stump(0.5, 1.0, 2.0)], weights=[0.5, 1.0])
    content = content_of(whole) if kind == "json" else ubjson(whole)
    assert len(LOADERS["xgboost"](content, "m").forest.trees) == 2
    codes = {refusal_of(content[:length]).code for length in range(len(content))}
    assert codes == {"truncated", "not-xgboost"}


def refusal_of(content: bytes) -> ModelError:
    with pytest.raises(ModelError) as caught:
        LOADERS["xgboost"](content, "m")
    return caught.value


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"", "not-xgboost", "found an empty file"),
        (b"binf\0\0", "not-xgboost", "found the bytes `62 69 6e 66 00 00`"),
        (b"\x80\x04\x95", "not-xgboost", "found the bytes `80 04 95`"),
        (b"tree\nversion=v4\n", "not-xgboost", "found the bytes"),
        (b'{"a": 1, "a": 2}', "repeated-key", "expected each key once in an object, found `a` twice"),
        (b'{"a": \xff}', "damaged-file", "expected whole JSON in UTF-8"),
        (b'{"a": ' + b"9" * 5000 + b"}", "damaged-file", "expected whole JSON in UTF-8"),
        (b'{"a": 1} x', "damaged-file", "expected whole JSON, found a fault at line 1"),
        (b"{}", "missing-key", "expected `learner` in the file's object, found none"),
        (b'{"a":' + b"[" * 200_000, "damaged-file", "values nested too deeply"),
        (b'{"a":' * 200_000, "damaged-file", "values nested too deeply"),
        (b'{"a":[' + b"0," * 7_000_000 + b"0]}", "model-too-large", "expected at most 6,000,000 values"),
        (b'{"a":[' + b"{}," * 1_000_000 + b"0]}", "model-too-large", "expected at most 6,000,000 values"),
        (b'{"a":[' + b'"x",' * 7_000_000 + b"0]}", "model-too-large", "expected at most 6,000,000 values"),
        (b"{" + b" " * 100_000_000, "model-too-large", "expected at most 100,000,000 bytes"),
        (b"{L\x00\x00", "truncated", "expected 8 bytes at byte 2, found 2 to the end of the file"),
        (b"{" + b"[" * 10, "damaged-file", "expected a length at byte 1, found 0x5b"),
        (b"{i\x01a" + b"[" * 100_000, "damaged-file", "expected at most 64 levels, found another at byte 67"),
        (b"{i\x01a[#L" + (1 << 62).to_bytes(8, "big"), "truncated", "expected the count at byte 6 to fit into 0 bytes"),
        (b"{i\x01a[$d#L" + (1 << 62).to_bytes(8, "big"), "truncated", f"found {1 << 62}"),
        (b"{i\x01a[$Z#l\x7f\xff\xff\xff" + b"x" * 100, "truncated", "to fit into 100 bytes, found 2147483647"),
        (b"{i\x01a[$[#l\x00\x00\x00\x09" + b"#U\0" * 9, "truncated", "expected 1 bytes at byte 40, found 0"),
        (b"{i\x01aSL" + (1 << 62).to_bytes(8, "big") + b"x", "truncated", f"expected {1 << 62} bytes at byte 14"),
        (b"{L" + (-1).to_bytes(8, "big", signed=True), "damaged-file", "expected a length at byte 1, found -1"),
        (b"{#L" + (1 << 40).to_bytes(8, "big") + b"i\x00Z" * 20, "truncated", "to fit into 60 bytes"),
        (b"{i\x01aH", "damaged-file", "expected a value's marker at byte 4, found 0x48"),
        (b"{i\x01aN", "damaged-file", "expected a value's marker at byte 4, found 0x4e"),
        (b"{i\x01a[$d}", "damaged-file", "expected a count (`#`) after a type at byte 7"),
        (b"{i\x01aZi\x01aZ}", "repeated-key", "found `a` again at byte 5"),
        (b"{i\x01a[$U#l\x00\x7a\x12\x00" + b"\0" * 8_000_000 + b"}", "model-too-large", "at most 6,000,000 values"),
        (b"{i\x01a[" + b"Z" * 400_000 + b"]}", "model-too-large", "expected at most 6,000,000 values"),
        (b"{i\x01a[" + b"{}" * 400_000 + b"]}", "model-too-large", "expected at most 6,000,000 values"),
        (b"{i\x01a[" + b"[]" * 400_000 + b"]}", "model-too-large", "expected at most 6,000,000 values"),
        (b"{}" * 2, "damaged-file", "expected whole JSON"),
        (b"{i\x01aZ}}", "damaged-file", "expected the end of the file at byte 6, found 1 more"),
        (b"{i\x01\xffZ}", "damaged-file", "expected a text in UTF-8 at byte 1"),
    ],
)
def test_bytes_that_are_no_model_are_refused(content: bytes, code: str, message: str) -> None:
    error = refusal(content)
    assert (error.code, message in error.message) == (code, True), error.message


def test_a_million_nodes_are_refused() -> None:
    count = 1_000_001
    left = [2 * i + 1 if 2 * i + 2 < count else -1 for i in range(count)]
    tree = {
        **stump(0.0, 1.0, 2.0),
        "left_children": left,
        "right_children": [child + 1 if child > 0 else -1 for child in left],
        **{key: [0] * count for key in ("split_indices", "split_conditions", "default_left", "split_type")},
        "tree_param": {"num_nodes": str(count), "size_leaf_vector": "1"},
    }
    error = refusal(ubjson(document([tree])))
    assert error.code == "model-too-large"
    forest = refusal(ubjson(document([{"left_children": left[:200_001]}] * 3)))
    assert forest.message == "expected at most 500,000 nodes in all trees, found 600,003"


def test_a_chain_as_deep_as_it_is_long_loads() -> None:
    count = 100_001  # each split's left child is a leaf
    tree = {
        **stump(0.0, 1.0, 2.0),
        "left_children": [i + 1 if i % 2 == 0 and i + 2 < count else -1 for i in range(count)],
        "right_children": [i + 2 if i % 2 == 0 and i + 2 < count else -1 for i in range(count)],
        **{key: [0] * count for key in ("split_indices", "split_conditions", "default_left", "split_type")},
        "tree_param": {"num_nodes": str(count), "size_leaf_vector": "1"},
    }
    [read] = LOADERS["xgboost"](ubjson(document([tree])), "m").forest.trees
    assert (len(read.nodes), len(read.leaves)) == (50_000, 50_001)


def test_padding_cannot_make_a_small_file_a_large_forest() -> None:
    trees = [stump(0.0, 1.0, 2.0)] * 20
    whole = document(trees, objective="multi:softprob", classes=10_000)
    assert refusal(content_of(whole)).code == "model-too-large"


@given(st.data())
def test_any_damage_gives_a_model_or_a_model_error(data: st.DataObject) -> None:
    content = xgboost_case(data.draw(st.sampled_from([0, 1]))).content
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 30))
        piece = data.draw(st.sampled_from([b"", b"-", b"9", b"[", b"{", b'"', b",", b"NaN", b"\0", b"#", b"$", b"L"]))
        content = content[:start] + piece + content[start + length :]
    try:
        LOADERS["xgboost"](content, "m")
    except ModelError as error:
        assert error.message and error.help


def ubjson(value: Any) -> bytes:
    """UBJSON as XGBoost writes it: lists of floats, and long lists of integers, as typed arrays."""
    match value:
        case dict():
            members = [_length(key) + key.encode() + ubjson(inner) for key, inner in value.items()]
            return b"{" + b"".join(members) + b"}"
        case list() if value and set(map(type, value)) == {float}:
            return b"[$d#L" + struct.pack(">q", len(value)) + struct.pack(f">{len(value)}f", *map(_single, value))
        case list() if len(value) > 3 and set(map(type, value)) == {int}:
            return b"[$l#L" + struct.pack(f">q{len(value)}i", len(value), *value)
        case list():
            return b"[#L" + struct.pack(">q", len(value)) + b"".join(map(ubjson, value))
        case bool() | None:
            return {True: b"T", False: b"F", None: b"Z"}[value]
        case int():
            return b"L" + struct.pack(">q", value)
        case float():
            return b"d" + struct.pack(">f", _single(value))
        case _:
            return b"S" + _length(value) + value.encode()


def _length(text: str) -> bytes:
    return b"L" + struct.pack(">q", len(text.encode()))


def _single(x: float) -> float:
    return float("inf") if x > 3.5e38 else x


def test_the_writer_of_these_tests_writes_what_is_read() -> None:
    whole = document([CATEGORIES, stump(0.5, 1.0, 2.0)], weights=[0.5, 1.0])
    assert LOADERS["xgboost"](ubjson(whole), "m") == LOADERS["xgboost"](json.dumps(whole).encode(), "m")
