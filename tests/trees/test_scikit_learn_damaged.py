"""A file that is damaged, hostile, or of an unsupported model is refused with what was expected and what was found."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from decision_engine.models import MODEL_CODES
from decision_engine.trees import ModelError
from decision_engine.trees.loaders.scikit_learn import _skops as reader
from decision_engine.trees.loaders.scikit_learn import from_estimator, read_scikit_learn

X = np.array([[float(i % 7), float(i % 4), float(i)] for i in range(80)])
Y = (X[:, 0] + X[:, 1] > 4).astype(int)

FOREST = skops.io.dumps(RandomForestClassifier(3, max_depth=3, random_state=1).fit(X, Y))
BOOSTING = skops.io.dumps(GradientBoostingClassifier(n_estimators=3, random_state=1).fit(X, Y))
HISTOGRAM = skops.io.dumps(
    HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2, categorical_features=[1]).fit(X, Y)
)

Node = dict[str, Any]


def refusal(content: bytes) -> ModelError:
    """The error with which a file is refused."""
    with pytest.raises(ModelError) as caught:
        read_scikit_learn(content, "m")
    assert caught.value.code in MODEL_CODES and caught.value.line is None and caught.value.help
    return caught.value


def unpacked(content: bytes) -> tuple[Node, dict[str, bytes]]:
    """The schema and the other members of a file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(members.pop("schema.json")), members


def packed(schema: object, members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A file of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("schema.json", schema if isinstance(schema, bytes) else json.dumps(schema))
    return stream.getvalue()


def with_schema(content: bytes, change: Callable[[Node], object]) -> bytes:
    """The file with its attributes changed."""
    schema, members = unpacked(content)
    change(schema["content"]["content"])
    return packed(schema, members)


def with_array(content: bytes, node: Callable[[Node], Node], change: Callable[[Any], Any]) -> bytes:
    """The file with one array changed."""
    schema, members = unpacked(content)
    name = node(schema["content"]["content"])["file"]
    array = np.load(io.BytesIO(members[name])).copy()
    found = change(array)
    stream = io.BytesIO()
    np.save(stream, array if found is None else found)
    return packed(schema, {**members, name: stream.getvalue()}, zipfile.ZIP_DEFLATED)


def first_tree(attributes: Node, key: str = "nodes") -> Node:
    """The node of an array of the first tree."""
    tree: Node = attributes["estimators_"]["content"][0]
    if tree["__loader__"] == "ListNode":
        tree = tree["content"][0]
    found: Node = tree["content"]["content"]["tree_"]["content"]["content"][key]
    return found


def first_predictor(attributes: Node, key: str = "nodes") -> Node:
    """The node of an array of the first tree of a histogram model."""
    predictor: Node = attributes["_predictors"]["content"][0]["content"][0]
    found: Node = predictor["content"]["content"][key]
    return found


def first_estimator(attributes: Node) -> Node:
    """The attributes of what gives the first score."""
    found: Node = attributes["init_"]["content"]["content"]
    return found


def scalar(value: object) -> Node:
    """The node of a number or a text."""
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": json.dumps(value)}


def put(place: int, field: str, value: float) -> Callable[[Any], None]:
    """Sets a field of one node."""

    def change(nodes: Any) -> None:
        nodes[field][place] = value

    return change


def cut_leaf_loose(nodes: Any) -> None:
    nodes["left_child"][0] = nodes["right_child"][0] = -1


def test_the_sound_files_load() -> None:
    for content in (FOREST, BOOSTING, HISTOGRAM):
        assert len(read_scikit_learn(content, "m").forest.trees) == 3


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pickle_is_refused_and_not_run(protocol: int, tmp_path: Path) -> None:
    bomb = pickle.dumps(Bomb(tmp_path / "trace"), protocol)
    error = refusal(bomb)
    assert error.code == "pickle-file" and "skops.io.dump" in error.help
    assert refusal(gzip.compress(bomb)).code == "pickle-file"
    assert refusal(packed(bomb, {})).code == "damaged-file"
    assert not (tmp_path / "trace").exists()
    pickle.loads(bomb)
    assert (tmp_path / "trace").exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"tree\nversion=v4\n", b"{}", pickle.dumps(Y, 0)])
def test_other_files_are_refused(content: bytes) -> None:
    error = refusal(content)
    assert error.code == "not-scikit-learn" and "skops.io.dump" in error.help


def test_another_archive_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    assert refusal(stream.getvalue()).code == "not-scikit-learn"


def test_a_file_cut_off_anywhere_is_refused() -> None:
    for length in range(0, len(BOOSTING) - 1, 997):
        assert refusal(BOOSTING[:length]).code in ("truncated", "not-scikit-learn")


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_SCHEMA", 1_000_000)
    bomb = packed(b" " * 200_000_000, {}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 300_000
    tracemalloc.start()
    assert refusal(bomb).code == "model-too-large"
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_arrays_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_SCHEMA", 100_000)
    monkeypatch.setattr(reader, "MAX_UNPACKED", 1_000)
    assert refusal(FOREST).code == "model-too-large"


def test_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_VALUES", 1_000)
    assert refusal(FOREST).code == "model-too-large"


def test_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_MEMBERS", 10)
    assert refusal(FOREST).code == "model-too-large"


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_stored_and_deflated_members_are_read(compression: int) -> None:
    assert refusal(packed(*unpacked(FOREST), compression)).code == "damaged-file"
    assert read_scikit_learn(packed(*unpacked(FOREST), zipfile.ZIP_DEFLATED), "m") == read_scikit_learn(FOREST, "m")


@pytest.mark.parametrize("schema", [b"[" * 200_000, b'{"a":' * 200_000, b"{", b"\xff", b"", b"[9" + b"9" * 5000 + b"]"])
def test_broken_json_is_refused(schema: bytes) -> None:
    assert refusal(packed(schema, {})).code == "damaged-file"


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ({}, "unsupported-model"),
        ([], "unsupported-model"),
        ({"__loader__": []}, "unsupported-model"),
        ({"__loader__": "ObjectNode"}, "unsupported-model"),
        ({"__loader__": "ObjectNode", "__module__": "os", "__class__": "system", "content": {}}, "unsupported-model"),
        ({"__loader__": "JsonNode", "content": "[[["}, "damaged-file"),
        ({"__loader__": "TreeNode", "content": {}}, "damaged-file"),
    ],
)
def test_other_objects_are_refused(node: object, code: str) -> None:
    assert refusal(packed(node, {})).code == code


NPY = b"\x93NUMPY\x01\x00"
HEADERS = {
    "object": "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
    "object in a record": "{'descr': [('nodes', '|O')], 'fortran_order': False, 'shape': (3,)}",
    "forged shape": "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}",
    "forged product": "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
    "negative shape": "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
    "no item": "{'descr': '|V0', 'fortran_order': False, 'shape': (1000000000000,)}",
    "many dimensions": "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 0, 0, 0, 0)}",
    "no tuple": "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
    "truth values": "{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}",
    "dates": "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (3,)}",
    "field of a field": "{'descr': [('a', [('b', '<f8')])], 'fortran_order': False, 'shape': (3,)}",
    "a call": "__import__('os').system('true')",
    "brackets": "(" * 5000,
    "minus": "-" * 5000 + "1",
    "a list": "[]",
    "no keys": "{}",
    "nothing": "",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_hostile_array_is_refused_before_it_is_made(header: str) -> None:
    content = NPY + len(header).to_bytes(2, "little") + header.encode()
    schema, members = unpacked(FOREST)
    name = first_tree(schema["content"]["content"])["file"]
    error = refusal(packed(schema, {**members, name: content + b"\0" * 24}))
    assert error.code in ("damaged-file", "wrong-count")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", NPY, NPY + b"\xff\xff", b"\x93NUMPY\x02\x00" + b"\xff" * 4])
def test_a_broken_array_is_refused(content: bytes) -> None:
    schema, members = unpacked(FOREST)
    name = first_tree(schema["content"]["content"])["file"]
    assert refusal(packed(schema, {**members, name: content})).code == "damaged-file"


DAMAGED_NODES: list[tuple[Callable[[Any], Any], str, str]] = [
    (put(0, "left_child", 0), "damaged-tree", "expected each node once in tree 0, found 0 again below node 0"),
    (put(1, "left_child", 0), "damaged-tree", "expected each node once in tree 0, found 0 again below node 1"),
    (put(0, "right_child", 1), "damaged-tree", "expected each node once in tree 0, found 1 again below node 0"),
    (put(0, "left_child", 10**15), "damaged-tree", "at node 0 of tree 0, found 1000000000000000"),
    (put(0, "right_child", -7), "damaged-tree", "at node 0 of tree 0, found -7"),
    (put(0, "feature", 3), "damaged-tree", "expected a feature between 0 and 2 at node 0 of tree 0, found 3"),
    (put(0, "feature", -2), "damaged-tree", "expected a feature between 0 and 2 at node 0 of tree 0, found -2"),
    (put(0, "threshold", np.nan), "damaged-tree", "expected a threshold at node 0 of tree 0, found `nan`"),
    (cut_leaf_loose, "damaged-tree", "expected every node of tree 0 to hang from the root, found node 1 apart"),
    (lambda nodes: nodes[:0], "wrong-count", "expected at least one node in tree 0, found none"),
    (lambda nodes: nodes["threshold"].copy(), "damaged-file", "expected an array of 1 dimensions as `nodes`"),
    (lambda nodes: nodes[["threshold"]].copy(), "missing-key", "expected a field `left_child`"),
    (lambda nodes: nodes[:, None], "damaged-file", "expected an array of 1 dimensions as `nodes`"),
]


@pytest.mark.parametrize(("change", "code", "message"), DAMAGED_NODES, ids=range(len(DAMAGED_NODES)))
def test_a_damaged_tree_is_refused(change: Callable[[Any], Any], code: str, message: str) -> None:
    error = refusal(with_array(FOREST, first_tree, change))
    assert (error.code, message in error.message) == (code, True), error.message


def test_infinite_thresholds_load() -> None:
    for threshold in (np.inf, -np.inf):
        read_scikit_learn(with_array(FOREST, first_tree, put(0, "threshold", threshold)), "m")


def test_a_tree_of_a_million_nodes_is_refused_at_once() -> None:
    content = with_array(FOREST, first_tree, lambda nodes: np.zeros(1_000_001, nodes.dtype))
    start = time.process_time()
    error = refusal(content)
    assert (error.code, error.message) == (
        "model-too-large",
        "expected at most 262,143 nodes in tree 0, found 1,000,001",
    )
    assert time.process_time() - start < 10


def test_one_array_for_many_trees_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def repeat(attributes: Node) -> None:
        attributes["estimators_"]["content"] *= 1_000

    monkeypatch.setattr("decision_engine.trees.loaders.nodes.MAX_NODES", 5_000)
    error = refusal(with_schema(FOREST, repeat))
    assert error.code == "model-too-large" and "in all trees" in error.message


def leaf_to(value: float) -> Callable[[Any], None]:
    """Sets every value of a tree."""

    def change(values: Any) -> None:
        values[:] = value

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (leaf_to(np.nan), "not-finite"),
        (leaf_to(np.inf), "not-finite"),
        (leaf_to(1.5), "out-of-range"),
        (leaf_to(-0.5), "out-of-range"),
        (lambda values: values[:, :, :1], "wrong-count"),
        (lambda values: values[1:], "wrong-count"),
        (lambda values: values.astype(int), "damaged-file"),
    ],
    ids=range(7),
)
def test_damaged_leaves_are_refused(change: Callable[[Any], Any], code: str) -> None:
    assert refusal(with_array(FOREST, lambda found: first_tree(found, "values"), change)).code == code


def test_boosted_leaves_that_overflow_are_refused() -> None:
    def values(found: Node) -> Node:
        return first_tree(found, "values")

    large = with_array(BOOSTING, values, leaf_to(1e308))
    assert refusal(with_schema(large, lambda found: found.update(learning_rate=scalar(1e10)))).code == "not-finite"
    large = with_array(BOOSTING, values, leaf_to(1.7e308))
    endless = with_schema(
        large, lambda found: found["estimators_"].update(content=found["estimators_"]["content"][:1] * 2)
    )
    rated = with_schema(endless, lambda found: found.update(learning_rate=scalar(1)))
    error = refusal(rated)
    assert error.code == "not-finite" and "first 2 trees" in error.message


def split_on(feature: int) -> Callable[[Any], None]:
    def change(nodes: Any) -> None:
        nodes["feature_idx"][0] = feature

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (split_on(3), "damaged-tree"),
        (split_on(-1), "damaged-tree"),
        (put(0, "left", 0), "damaged-tree"),
        (put(0, "right", 4_000_000_000), "damaged-tree"),
        (put(0, "is_leaf", 1), "damaged-tree"),
        (lambda nodes: np.zeros(1_000_001, nodes.dtype), "model-too-large"),
    ],
    ids=range(6),
)
def test_a_damaged_histogram_tree_is_refused(change: Callable[[Any], Any], code: str) -> None:
    assert refusal(with_array(HISTOGRAM, first_predictor, change)).code == code


def test_a_damaged_set_of_categories_is_refused() -> None:
    def number_of_set(nodes: Any) -> None:
        nodes["bitset_idx"] = 99

    def other_kind(nodes: Any) -> None:
        nodes["is_categorical"] = 1 - nodes["is_categorical"]

    def numeric_nan(nodes: Any) -> None:
        nodes["num_threshold"] = np.nan

    for change in (number_of_set, other_kind, numeric_nan):
        assert refusal(with_array(HISTOGRAM, first_predictor, change)).code == "damaged-tree"


CHANGES: list[tuple[bytes, Callable[[Node], object], str]] = [
    (FOREST, lambda found: found.update(n_features_in_=scalar(4)), "wrong-count"),
    (FOREST, lambda found: found.update(n_features_in_=scalar(10**9)), "out-of-range"),
    (FOREST, lambda found: found.update(n_features_in_=scalar("3")), "damaged-file"),
    (FOREST, lambda found: found.update(n_outputs_=scalar(2)), "unsupported-model"),
    (FOREST, lambda found: found.update(n_classes_=scalar(1)), "unsupported-model"),
    (FOREST, lambda found: found.update(n_classes_=scalar(3)), "wrong-count"),
    (FOREST, lambda found: found.update(estimators_=scalar(None)), "damaged-file"),
    (FOREST, lambda found: found["estimators_"].update(content=[]), "no-trees"),
    (FOREST, lambda found: found["estimators_"].update(content=[scalar(1)]), "damaged-file"),
    (FOREST, lambda found: found.pop("estimators_"), "missing-key"),
    (FOREST, lambda found: found.update(_sklearn_version=scalar("1.2.2")), "unsupported-version"),
    (FOREST, lambda found: found.update(_sklearn_version=scalar("2.0.0")), "unsupported-version"),
    (FOREST, lambda found: found.update(_sklearn_version=scalar("newest")), "unsupported-version"),
    (BOOSTING, lambda found: found.update(_sklearn_version=scalar("1.3.2")), "unsupported-version"),
    (BOOSTING, lambda found: found.update(learning_rate=scalar(float("nan"))), "damaged-file"),
    (BOOSTING, lambda found: found.update(loss=scalar("magic")), "unknown-objective"),
    (BOOSTING, lambda found: found.update(init_=scalar("one")), "damaged-file"),
    (BOOSTING, lambda found: first_estimator(found).update(strategy=scalar("uniform")), "unsupported-model"),
    (BOOSTING, lambda found: found["estimators_"].update(content=[]), "no-trees"),
    (HISTOGRAM, lambda found: found.update(_sklearn_version=scalar("1.3.2")), "unsupported-version"),
    (HISTOGRAM, lambda found: found.update(_preprocessor=scalar(None)), "damaged-file"),
    (HISTOGRAM, lambda found: found.update(_predictors=scalar(None)), "damaged-file"),
    (HISTOGRAM, lambda found: found.update(n_trees_per_iteration_=scalar(3)), "wrong-count"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "change", "code"), CHANGES, ids=range(len(CHANGES)))
def test_damaged_attributes_are_refused(content: bytes, change: Callable[[Node], object], code: str) -> None:
    assert refusal(with_schema(content, change)).code == code


class Extended(DecisionTreeClassifier):
    """A class of one's own, which might predict otherwise."""


UNSUPPORTED: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: LogisticRegression().fit(X, Y), "unsupported-model", "expected a tree model of scikit-learn"),
    (lambda: make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(X, Y), "unsupported-model", "Pipeline"),
    (lambda: Extended().fit(X, Y), "unsupported-model", "Extended"),
    (DecisionTreeClassifier, "missing-key", "found none"),
    (RandomForestClassifier, "missing-key", "found none"),
    (lambda: DecisionTreeRegressor().fit(X, X[:, :2]), "unsupported-model", "expected a model of one output"),
    (lambda: RandomForestClassifier(2).fit(X, np.column_stack([Y, Y])), "unsupported-model", "of one output"),
    (lambda: DecisionTreeClassifier().fit(X, Y * 0), "unsupported-model", "expected at least two classes"),
    (lambda: GradientBoostingRegressor(init=DecisionTreeRegressor()).fit(X, Y), "unsupported-model", "`init`"),
    (lambda: hist(categorical_features=[1]).fit(X * [1, -1, 1], Y), "unsupported-model", "whole numbers from 0"),
    (lambda: hist(categorical_features=[1]).fit(X + 0.5, Y), "unsupported-model", "found `0.5`"),
]  # fmt: skip


def hist(**settings: Any) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=2, **settings)


@pytest.mark.parametrize(("train", "code", "message"), UNSUPPORTED, ids=range(len(UNSUPPORTED)))
def test_unsupported_models_are_refused(train: Callable[[], Any], code: str, message: str) -> None:
    estimator = train()
    error = refusal(skops.io.dumps(estimator))
    assert (error.code, message in error.message) == (code, True), error.message
    with pytest.raises(ModelError) as caught:
        from_estimator(estimator, "m")
    assert (caught.value.code, caught.value.message) == (error.code, error.message)


def test_something_else_is_no_estimator() -> None:
    for other in (None, 3, "model", [], DecisionTreeClassifier, lambda x: x):
        with pytest.raises(ModelError, match="expected a fitted estimator of scikit-learn"):
            from_estimator(other, "m")


def test_names_come_from_training() -> None:
    frame = pandas.DataFrame(X, columns=["price", "weekday", "clicks"])
    model = read_scikit_learn(skops.io.dumps(DecisionTreeClassifier().fit(frame, Y)), "m")
    assert model.feature_names == ("price", "weekday", "clicks")
    assert read_scikit_learn(FOREST, "m").feature_names == ("x0", "x1", "x2")


def test_neither_scikit_learn_nor_skops_is_imported(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(HISTOGRAM)
    program = (
        "import sys; from pathlib import Path; from decision_engine.trees import LOADERS\n"
        "LOADERS['scikit-learn'](Path(sys.argv[1]).read_bytes(), 'm')\n"
        "print([name for name in ('sklearn', 'skops', 'joblib') if name in sys.modules])"
    )
    command = [sys.executable, "-c", program, tmp_path / "model.skops"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"


@given(st.data())
def test_any_damage_gives_a_model_or_a_model_error(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from([FOREST, BOOSTING, HISTOGRAM]))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 20))
        piece = data.draw(st.sampled_from([b"", b"\0", b"9", b'"', b"-1", b"null", b"[", b"\xff" * 8, b"Node", b"O"]))
        content = content[:start] + piece + content[start + length :]
    try:
        read_scikit_learn(content, "m")
    except ModelError as error:
        assert error.code in MODEL_CODES


@given(st.data())
def test_any_damage_of_the_schema_gives_a_model_or_a_model_error(data: st.DataObject) -> None:
    schema, members = unpacked(data.draw(st.sampled_from([FOREST, BOOSTING, HISTOGRAM])))
    text = json.dumps(schema)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 8))
        piece = data.draw(st.sampled_from(["", "0", "1", "-", '"', "null", "[]", "e", "Node", "List", "Object", "{}"]))
        text = text[:start] + piece + text[start + length :]
    try:
        read_scikit_learn(packed(text.encode(), members), "m")
    except ModelError as error:
        assert error.code in MODEL_CODES
