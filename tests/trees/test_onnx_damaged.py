"""An ONNX file that is damaged, hostile or unsupported is refused with what was expected and what was found."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from decision_engine.models import MODEL_CODES
from decision_engine.trees import ModelError
from decision_engine.trees.loaders.onnx import _graph, read_onnx
from tests.trees.onnx_models import random_model

Attributes = dict[str, Any]

TREE: Attributes = {
    "nodes_treeids": [0, 0, 0, 0, 0, 1],
    "nodes_nodeids": [0, 1, 2, 3, 4, 0],
    "nodes_featureids": [0, 1, 0, 0, 0, 0],
    "nodes_modes": ["BRANCH_LEQ", "BRANCH_EQ", "LEAF", "LEAF", "LEAF", "LEAF"],
    "nodes_values": [0.5, 3.0, 0.0, 0.0, 0.0, 0.0],
    "nodes_truenodeids": [1, 2, 0, 0, 0, 0],
    "nodes_falsenodeids": [4, 3, 0, 0, 0, 0],
    "target_treeids": [0, 0, 0, 1],
    "target_nodeids": [2, 3, 4, 0],
    "target_ids": [0, 0, 0, 0],
    "target_weights": [1.0, 2.0, 3.0, 4.0],
}
AS_CLASSES: Attributes = {
    **{key: value for key, value in TREE.items() if key.startswith("nodes")},
    **{key.replace("target", "class"): value for key, value in TREE.items() if key.startswith("target")},
    "class_weights": [1.0, -2.0, 3.0, 4.0],
    "classlabels_int64s": [0, 1],
}


def built(attributes: Attributes, operator: str = "TreeEnsembleRegressor", element: int = TensorProto.FLOAT) -> Any:
    """A model of one ensemble."""
    outputs = ["label", "scores"] if operator.endswith("Classifier") else ["scores"]
    node = helper.make_node(operator, ["X"], outputs, domain="ai.onnx.ml", **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("X", element, [None, 2])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)],
    )
    return helper.make_model(graph)


def changed(**changes: Any) -> bytes:
    """The sound model with attributes changed; None takes one out."""
    attributes = {key: value for key, value in {**TREE, **changes}.items() if value is not None}
    return bytes(built(attributes).SerializeToString())


def classifier(**changes: Any) -> bytes:
    """The sound classifier with attributes changed."""
    attributes = {key: value for key, value in {**AS_CLASSES, **changes}.items() if value is not None}
    return bytes(built(attributes, "TreeEnsembleClassifier").SerializeToString())


def refusal(content: bytes) -> ModelError:
    """The error with which a file is refused."""
    with pytest.raises(ModelError) as caught:
        read_onnx(content, "m")
    assert caught.value.code in MODEL_CODES and caught.value.line is None and caught.value.help
    return caught.value


def replaced(key: str, place: int, value: Any) -> bytes:
    """The sound model with one value changed."""
    values = list(TREE[key])
    values[place] = value
    return changed(**{key: values})


def test_the_sound_models_load() -> None:
    assert len(read_onnx(changed(), "m").forest.trees) == 2
    assert len(read_onnx(classifier(), "m").forest.trees) == 2


@pytest.mark.parametrize(
    ("key", "place", "value", "code"),
    [
        ("nodes_truenodeids", 0, 0, "damaged-tree"),
        ("nodes_truenodeids", 1, 1, "damaged-tree"),
        ("nodes_truenodeids", 0, 4, "damaged-tree"),
        ("nodes_falsenodeids", 1, 2, "damaged-tree"),
        ("nodes_falsenodeids", 0, 99, "damaged-tree"),
        ("nodes_falsenodeids", 0, -1, "damaged-tree"),
        ("nodes_falsenodeids", 0, 2**62, "damaged-tree"),
        ("nodes_nodeids", 1, 2, "damaged-tree"),
        ("nodes_treeids", 1, 7, "damaged-tree"),
        ("nodes_featureids", 0, 2, "damaged-tree"),
        ("nodes_featureids", 0, -1, "damaged-tree"),
        ("nodes_values", 0, float("nan"), "damaged-tree"),
        ("nodes_values", 1, 2.5, "unsupported-model"),
        ("nodes_values", 1, -3.0, "unsupported-model"),
        ("nodes_modes", 0, "BRANCH_MEMBER", "unsupported-model"),
        ("nodes_modes", 0, "LEAF", "damaged-tree"),
        ("target_nodeids", 0, 9, "damaged-tree"),
        ("target_treeids", 0, 9, "damaged-tree"),
        ("target_nodeids", 0, 3, "unsupported-model"),
        ("target_ids", 0, 1, "out-of-range"),
        ("target_ids", 0, -1, "out-of-range"),
        ("target_weights", 0, float("nan"), "not-finite"),
        ("target_weights", 0, float("inf"), "not-finite"),
        ("target_weights", 0, 3.3e38, "not-finite"),
    ],
)
def test_a_damaged_value_is_refused(key: str, place: int, value: Any, code: str) -> None:
    assert refusal(replaced(key, place, value)).code == code


@pytest.mark.parametrize("key", [key for key in TREE if key != "nodes_modes"])
def test_a_list_that_is_missing_or_too_short_is_refused(key: str) -> None:
    assert refusal(changed(**{key: None})).code in ("missing-key", "wrong-count")
    assert refusal(changed(**{key: TREE[key][:-1]})).code in ("wrong-count", "damaged-tree")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nodes_modes": ["LEAF"]}, "wrong-count"),
        ({"nodes_missing_value_tracks_true": [1]}, "wrong-count"),
        ({"n_targets": 2}, "unsupported-model"),
        ({"aggregate_function": "MAX"}, "unsupported-model"),
        ({"aggregate_function": "AVERAGE", "base_values": [0.5]}, "unsupported-model"),
        ({"base_values": [0.5, 0.5]}, "wrong-count"),
        ({"base_values": [float("nan")]}, "not-finite"),
        ({"post_transform": "PROBIT"}, "unknown-objective"),
        ({"post_transform": "LOGISTIC"}, "unknown-objective"),
        ({"target_nodeids": [2, 3, 3, 0], "target_ids": [0] * 4}, "unsupported-model"),
        ({key: value[:3] if key[:6] == "target" else value for key, value in TREE.items()}, "damaged-tree"),
    ],
    ids=range(11),
)  # fmt: skip
def test_unsupported_regressions_are_refused(changes: Attributes, code: str) -> None:
    assert refusal(changed(**changes)).code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"classlabels_int64s": [0]}, "unsupported-model"),
        ({"classlabels_int64s": None}, "unsupported-model"),
        ({"classlabels_int64s": [0, 1, 2]}, "unsupported-model"),
        ({"post_transform": "SOFTMAX"}, "unknown-objective"),
        ({"post_transform": "SOFTMAX_ZERO"}, "unknown-objective"),
        ({"base_values": [0.1, 0.2]}, "unsupported-model"),
        ({"class_ids": [1] * 4, "base_values": [0.1]}, "unsupported-model"),
        ({"class_weights": [0.1] * 4, "post_transform": "LOGISTIC"}, "unsupported-model"),
        ({"class_weights": [0.1] * 4, "base_values": [0.1]}, "unsupported-model"),
    ],
    ids=range(9),
)
def test_unsupported_classifiers_are_refused(changes: Attributes, code: str) -> None:
    assert refusal(classifier(**changes)).code == code


def with_node(operator: str, inputs: list[str], output: str, *, first: bool) -> bytes:
    """The sound model with one more operator."""
    model = built(TREE)
    node = helper.make_node(operator, inputs, [output])
    nodes = [node, *model.graph.node] if first else [*model.graph.node, node]
    if first:
        nodes[1].input[0] = output
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def test_graphs_that_compute_more_are_refused() -> None:
    assert len(read_onnx(with_node("Identity", ["scores"], "out", first=False), "m").forest.trees) == 2
    assert "found `Sigmoid`" in refusal(with_node("Sigmoid", ["scores"], "out", first=False)).message
    error = refusal(with_node("Cast", ["X"], "wide", first=True))
    assert (error.code, "operators before it" in error.message) == ("unsupported-model", True)
    model = built(TREE)
    model.graph.node.append(model.graph.node[0])
    assert "found 2" in refusal(model.SerializeToString()).message
    del model.graph.node[:]
    assert "found 0" in refusal(model.SerializeToString()).message
    for element in (TensorProto.INT64, TensorProto.STRING, TensorProto.FLOAT16):
        assert refusal(built(TREE, element=element).SerializeToString()).code == "unsupported-model"


def test_the_ensemble_of_later_releases_is_refused() -> None:
    node = helper.make_node("TreeEnsemble", ["X"], ["scores"], domain="ai.onnx.ml", nodes_modes=[0])
    model = built(TREE)
    del model.graph.node[:]
    model.graph.node.append(node)
    error = refusal(model.SerializeToString())
    assert error.code == "unsupported-model" and "ai.onnx.ml 1 to 3" in error.help


@pytest.mark.parametrize(
    "content", [b"", b"tree\nversion=v4\n", b"\x80\x04.", b"PK\x03\x04", b"\xff" * 40, b"\x3a\x05ab"]
)
def test_other_files_are_refused(content: bytes) -> None:
    assert refusal(content).code == "not-onnx"


def test_a_file_cut_off_anywhere_is_refused() -> None:
    content = changed()
    for length in range(len(content) - 40):
        assert refusal(content[:length]).code in MODEL_CODES


def test_a_million_nodes_are_refused_at_once() -> None:
    count = 1_000_001
    zeros = [0] * count
    content = changed(
        **dict.fromkeys(["nodes_treeids", "nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids"], zeros),
        **dict.fromkeys(["target_treeids", "target_ids"], zeros),
        nodes_nodeids=list(range(count)),
        target_nodeids=list(range(count)),
        target_weights=np.ones(count, np.float32).tolist(),
        nodes_values=np.zeros(count, np.float32).tolist(),
        nodes_modes=["LEAF"] * count,
    )
    start = time.process_time()
    error = refusal(content)
    assert (error.code, error.message) == (
        "model-too-large",
        "expected at most 262,143 nodes in tree 0, found 1,000,001",
    )
    assert time.process_time() - start < 20


def test_an_attribute_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_graph, "MAX_MESSAGE", 20)
    assert refusal(changed()).code == "model-too-large"


def test_many_operators_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_graph, "MAX_NODES", 0)
    assert refusal(changed()).code == "model-too-large"


def test_a_cycle_of_equalities_is_refused() -> None:
    content = changed(
        nodes_modes=["BRANCH_LEQ", "BRANCH_EQ", "LEAF", "BRANCH_EQ", "LEAF", "LEAF"],
        nodes_truenodeids=[1, 2, 0, 2, 0, 0],
        nodes_falsenodeids=[4, 3, 0, 1, 0, 0],
        nodes_featureids=[0, 1, 0, 1, 0, 0],
    )
    assert refusal(content).code == "damaged-tree"


def test_onnx_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(changed())
    program = (
        "import sys; from pathlib import Path; from decision_engine.trees import LOADERS\n"
        "LOADERS['onnx'](Path(sys.argv[1]).read_bytes(), 'm')\n"
        "print([name for name in ('onnx', 'onnxruntime', 'google.protobuf') if name in sys.modules])"
    )
    command = [sys.executable, "-c", program, tmp_path / "model.onnx"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def sized(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def packed_lists(model: Any) -> bytes:
    """The model with each list of numbers packed into one field, as writers of proto3 do."""
    node = b"".join(sized(1, name.encode()) for name in model.graph.node[0].input)
    node += sized(4, model.graph.node[0].op_type.encode()) + sized(7, b"ai.onnx.ml")
    for attribute in model.graph.node[0].attribute:
        body = sized(1, attribute.name.encode())
        body += sized(7, np.array(attribute.floats, "<f4").tobytes()) if attribute.floats else b""
        body += sized(8, b"".join(map(varint, attribute.ints))) if attribute.ints else b""
        body += b"".join(sized(9, text) for text in attribute.strings)
        body += sized(4, attribute.s) if attribute.s else b""
        body += varint(3 << 3) + varint(attribute.i) if attribute.i else b""
        node += sized(5, body)
    graph = sized(1, node) + sized(11, model.graph.input[0].SerializeToString())
    return sized(7, graph)


def test_many_short_runs_are_refused_at_once() -> None:
    runs = sized(1, b"nodes_treeids") + b"\x40\x00\x3d\0\0\0\0" * 500_000
    node = sized(1, b"X") + sized(4, b"TreeEnsembleRegressor") + sized(7, b"ai.onnx.ml") + sized(5, runs)
    begin = time.process_time()
    error = refusal(sized(7, sized(1, node) + sized(11, built(TREE).graph.input[0].SerializeToString())))
    assert (error.code, "at most 100 runs" in error.message) == ("damaged-file", True)
    assert time.process_time() - begin < 10


def test_packed_lists_are_the_same_model() -> None:
    for index in range(5):
        model = random_model(np.random.default_rng(index), index)
        assert read_onnx(packed_lists(model), "m") == read_onnx(model.SerializeToString(), "m")


SOUND: list[Callable[[], bytes]] = [changed, classifier]


@given(st.data())
def test_any_damage_gives_a_model_or_a_model_error(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(SOUND))()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 12))
        pieces = [b"", b"\0", b"\x40\x01", b"\x3d", b"\xff" * 12, b"\x80", b"BRANCH_LT", b"nodes_values", b"\x12\x7f"]
        content = content[:start] + data.draw(st.sampled_from(pieces)) + content[start + length :]
    try:
        read_onnx(content, "m")
    except ModelError as error:
        assert error.code in MODEL_CODES


def test_the_reader_agrees_with_the_library() -> None:
    content = changed(nodes_values=[0.1, 3.0, 1e-45, -0.0, 3.4e38, 0.0])
    [node] = onnx.ModelProto.FromString(content).graph.node
    ensemble = _graph.read_ensemble(content)
    for attribute in node.attribute:
        found = ensemble.attributes[attribute.name]
        assert found.floats.tolist() == list(attribute.floats)
        assert found.integers.tolist() == list(attribute.ints)
        assert found.texts == [text.decode() for text in attribute.strings]
