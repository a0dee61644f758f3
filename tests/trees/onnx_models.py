"""Random tree ensembles in ONNX, hostile rows and ONNX Runtime's own scores on one thread.

The same index always gives the same case. Two of three models are made node by node, with all that the operators can
say; the others come from converters. The runtime's scores are those before its post transform, which is set to NONE.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from decision_engine.trees import Forest, LoadedModel
from decision_engine.trees.loaders.onnx import read_onnx
from tests.trees.models import Floats, hostile_rows

MODELS = 120

_COLUMNS = 4
_BRANCHES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")
_KEYS = (
    "treeids",
    "nodeids",
    "featureids",
    "modes",
    "values",
    "truenodeids",
    "falsenodeids",
    "missing_value_tracks_true",
)
_VALUES = (0.0, -0.0, 1e-45, -1e-45, 1e-38, 3.4e38, -3.4e38, math.inf, 0.1, -0.1, 1.0, 16777216.0, 2.5)


@dataclass(frozen=True)
class Case:
    """A model, `rows` in its type, as float64, and the runtime's scores `expected` (rows by outputs)."""

    name: str
    content: bytes
    rows: Floats
    expected: Floats

    @functools.cached_property
    def model(self) -> LoadedModel:
        """The model, loaded."""
        return read_onnx(self.content, self.name)

    @property
    def forest(self) -> Forest:
        """Its forest."""
        return self.model.forest


def iter_cases(count: int = MODELS) -> Iterator[Case]:
    """Cases 0 to count - 1."""
    return map(case, range(count))


@functools.cache
def case(index: int) -> Case:
    """Make or convert model number `index`, and let the runtime score its hostile rows."""
    rng = np.random.default_rng([20261123, index])
    made = _converted(rng, index) if index % 3 == 2 else random_model(rng, index // 3 * 2 + index % 3)
    content = made.SerializeToString()
    forest = read_onnx(content, "rows").forest
    rows = hostile_rows(rng, forest, rng.normal(size=(200, len(forest.inputs))).round(1))[:300]
    if made.graph.input[0].type.tensor_type.elem_type == TensorProto.FLOAT:
        with np.errstate(over="ignore"):
            rows = rows.astype(np.float32).astype(np.float64)
    return Case(f"{index:03}-{made.graph.name}", content, rows, oracle(made, rows))


def oracle(model: Any, rows: Floats) -> Floats:
    """The runtime's scores before the post transform; of two classes with one score, the second's."""
    bare = onnx.ModelProto.FromString(model.SerializeToString())
    [node] = [node for node in bare.graph.node if node.op_type.startswith("TreeEnsemble")]
    for attribute in node.attribute:
        if attribute.name == "post_transform":
            attribute.s = b"NONE"
    output = node.output[-1]
    source = bare.graph.input[0]
    graph = helper.make_graph(
        [node], "bare", [source], [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    )
    bare.graph.CopyFrom(graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(bare.SerializeToString(), options, providers=["CPUExecutionProvider"])
    dtype = np.float32 if source.type.tensor_type.elem_type == TensorProto.FLOAT else np.float64
    [scores] = session.run([output], {source.name: rows.astype(dtype)})
    found = np.asarray(scores, dtype=np.float64).reshape(len(rows), -1)
    classes = {value for one in node.attribute if one.name == "class_ids" for value in one.ints}
    return np.ascontiguousarray(found[:, 1:] if found.shape[1] == 2 and len(classes) == 1 else found)


@dataclass
class Nodes:
    """Nodes of random trees as attributes of an operator."""

    rng: np.random.Generator
    modes: tuple[str, ...]
    dtype: type
    lists: dict[str, list[Any]] = field(default_factory=lambda: {f"nodes_{key}": [] for key in _KEYS})
    leaves: list[tuple[int, int]] = field(default_factory=list)

    def add_tree(self, tree: int, depth: int) -> None:
        """A random tree, numbered from its root."""
        self._add(tree, depth, [0])

    def _add(self, tree: int, depth: int, free: list[int]) -> int:
        number = free[0]
        free[0] += 1
        place = len(self.lists["nodes_modes"])
        is_leaf = depth == 0 or (number and self.rng.random() < 0.25)
        mode = "LEAF" if is_leaf else str(self.rng.choice(self.modes))
        column = int(self.rng.integers(_COLUMNS))
        for key, value in zip(
            self.lists,
            (tree, number, column, mode, self._value(mode), 0, 0, int(self.rng.integers(2))),
            strict=True,
        ):
            self.lists[key].append(value)
        if is_leaf:
            self.leaves.append((tree, number))
        else:
            for key in self.rng.permutation(["nodes_truenodeids", "nodes_falsenodeids"]):
                self.lists[key][place] = self._add(tree, depth - 1, free)
        return number

    def _value(self, mode: str) -> float:
        if mode == "LEAF":
            return 0.0
        if mode in ("BRANCH_EQ", "BRANCH_NEQ"):
            return float(self.rng.integers(0, 7))
        if self.rng.random() < 0.3:
            return float(self.rng.choice(_VALUES))
        return float(self.dtype(self.rng.normal()))


def random_model(rng: np.random.Generator, index: int) -> Any:
    """A model made node by node; doubles in some regressions."""
    kind = ("sum", "binary", "classes", "average", "shares", "doubles")[index % 6]
    dtype = np.float64 if kind == "doubles" else np.float32
    modes = _BRANCHES[:1] if index % 4 == 0 else _BRANCHES[:4] if index % 4 == 1 else _BRANCHES
    nodes = Nodes(rng, modes, dtype)
    trees = int(rng.integers(1, 8)) if index % 5 else 90
    for tree in range(trees):
        nodes.add_tree(tree * 3, int(rng.integers(0, 6)))
    classes = 3 if kind in ("classes", "shares") else 1
    used = int(rng.integers(2)) if kind == "binary" else 0
    weights = [(*leaf, used + k) for leaf in nodes.leaves for k in range(classes)]
    if kind == "classes" and index % 4 < 2:  # each tree scores one class, as boosters do
        weights = [(*leaf, leaf[0] // 3 % 3) for leaf in nodes.leaves]
    # Each class is scored by a tree at least.
    for k in {0, 1, 2} - {one[2] for one in weights} if kind == "classes" else ():
        nodes.add_tree(3 * trees + 3 * k, 0)
        weights.append((*nodes.leaves[-1], k))
    values = (
        rng.random(len(weights)) if kind == "shares" else rng.normal(size=len(weights)) * 10.0 ** rng.integers(-3, 4)
    )
    return _model(kind, nodes, weights, values.astype(dtype), _base(rng, kind, index, used))


def _base(rng: np.random.Generator, kind: str, index: int, used: int) -> list[float]:
    if index % 2 or kind in ("average", "shares"):
        return []
    size = {"binary": 1 + used, "classes": 3}.get(kind, 1)
    return [float(x) for x in rng.normal(size=size).astype(np.float32)]


def _model(kind: str, nodes: Nodes, weights: list[tuple[int, int, int]], values: Any, base: list[float]) -> Any:
    is_classifier = kind in ("binary", "classes", "shares")
    prefix = "class" if is_classifier else "target"
    attributes: dict[str, Any] = dict(nodes.lists)
    attributes |= {
        f"{prefix}_treeids": [one[0] for one in weights],
        f"{prefix}_nodeids": [one[1] for one in weights],
        f"{prefix}_ids": [one[2] for one in weights],
        f"{prefix}_weights": [float(x) for x in values],
    }
    if base:
        attributes["base_values"] = base
    if is_classifier:
        attributes["classlabels_int64s"] = [0, 1] if kind == "binary" else [0, 1, 2]
        attributes["post_transform"] = {"binary": "LOGISTIC", "classes": "SOFTMAX"}.get(kind, "NONE")
    else:
        attributes |= {"n_targets": 1, "aggregate_function": "AVERAGE" if kind == "average" else "SUM"}
    element = TensorProto.FLOAT
    if kind == "doubles":
        element = TensorProto.DOUBLE
        for key in ("nodes_values", "target_weights", "base_values"):
            if key in attributes:
                found = attributes.pop(key)
                attributes[f"{key}_as_tensor"] = helper.make_tensor(key, element, [len(found)], found)
    operator = "TreeEnsembleClassifier" if is_classifier else "TreeEnsembleRegressor"
    outputs = ["label", "scores"] if is_classifier else ["scores"]
    node = helper.make_node(operator, ["X"], outputs, domain="ai.onnx.ml", **attributes)
    graph = helper.make_graph(
        [node],
        kind,
        [helper.make_tensor_value_info("X", element, [None, _COLUMNS])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def _converted(rng: np.random.Generator, index: int) -> Any:
    """A model of scikit-learn or LightGBM, converted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converters, for what they import
        import onnxmltools
        import skl2onnx
        from onnxmltools.convert.common.data_types import FloatTensorType

        features = rng.normal(size=(200, _COLUMNS)).round(1).astype(np.float32)
        features[:, 3] = rng.integers(0, 8, 200)
        signal = features[:, 0] + np.sin(features[:, 3] * 3) + rng.normal(size=200) / 3
        binary, three = (signal > 0).astype(int), np.digitize(signal, [-0.5, 0.5])
        trees = int(rng.integers(1, 12))
        turn = index // 3 % 9
        makers: tuple[Callable[[], Any], ...] = (
            lambda: RandomForestClassifier(trees, max_leaf_nodes=20).fit(features, binary),
            lambda: GradientBoostingClassifier(n_estimators=trees).fit(features, binary),
            lambda: GradientBoostingClassifier(n_estimators=trees).fit(features, three),
            lambda: RandomForestRegressor(trees, max_leaf_nodes=20).fit(features, signal),
            lambda: ExtraTreesClassifier(trees, max_leaf_nodes=20).fit(features, three),
            lambda: GradientBoostingRegressor(n_estimators=trees).fit(features, signal),
            lambda: _light(lightgbm.LGBMClassifier, trees).fit(features, binary, categorical_feature=[3]),
            lambda: _light(lightgbm.LGBMRegressor, trees).fit(features, signal, categorical_feature=[3]),
            lambda: _light(lightgbm.LGBMClassifier, trees).fit(features, three),
        )
        estimator = makers[turn]()
        if turn < 6:
            return skl2onnx.to_onnx(estimator, features[:1])
        kind = [("X", FloatTensorType([None, _COLUMNS]))]
        return onnxmltools.convert_lightgbm(estimator, initial_types=kind)


def _light(kind: Any, trees: int) -> Any:
    return kind(n_estimators=trees, verbose=-1, num_threads=1, min_child_samples=3, cat_smooth=1, min_data_per_group=1)
