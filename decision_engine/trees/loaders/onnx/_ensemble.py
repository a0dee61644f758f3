"""The trees of an ensemble in ONNX Runtime's meaning (`TreeEnsembleCommon` of its CPU provider).

A node of mode BRANCH_LEQ, _LT, _GTE, _GT, _EQ or _NEQ takes its true branch when `x MODE value` holds, or when x is
NaN and `nodes_missing_value_tracks_true` says so. A float model casts inputs to float32. Leaves add their weights to
the scores of classes, tree after tree from 0, and the base values come last, all in the model's type: so the base is a
last tree of one leaf. The root of a tree is its first node.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from dataclasses import dataclass

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import NAN_CATEGORY, CategorySplit, Split, Transform, Tree, TreeNode, View
from decision_engine.trees.loaders.nodes import Doubles, casting_thresholds, check_size, check_total, node_places
from decision_engine.trees.loaders.onnx._graph import Ensemble
from decision_engine.trees.loaders.onnx._wire import SAVE_AGAIN, Floats, Integers
from decision_engine.trees.loaders.views import Views

MAX_INPUTS = 100_000

_LARGEST_CATEGORY = 2**24
_COMPARISONS = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT")
_EQUALITIES = ("BRANCH_EQ", "BRANCH_NEQ")


@dataclass(frozen=True, slots=True)
class Weights:
    """What leaves add: `nodes` are places among all nodes, each with the class it scores."""

    nodes: Integers
    classes: Integers
    values: Floats


@dataclass(frozen=True, slots=True)
class Nodes:
    """All nodes of all trees: parallel arrays, in the order of the file."""

    trees: Integers
    numbers: Integers
    features: Integers
    modes: Sequence[str]
    values: Floats
    when_true: Integers
    when_false: Integers
    missing_is_true: Integers
    is_double: bool


def read_nodes(ensemble: Ensemble) -> Nodes:
    """The nodes, with lists of equal lengths, known modes and features, thresholds that are numbers."""
    trees = _integers(ensemble, "nodes_treeids")
    count = len(trees)
    check_total(count)
    modes = ensemble.attributes["nodes_modes"].texts if "nodes_modes" in ensemble.attributes else []
    missing = _integers(ensemble, "nodes_missing_value_tracks_true", optional=True)
    nodes = Nodes(
        trees,
        _integers(ensemble, "nodes_nodeids"),
        _integers(ensemble, "nodes_featureids"),
        modes,
        numbers(ensemble, "nodes_values"),
        _integers(ensemble, "nodes_truenodeids"),
        _integers(ensemble, "nodes_falsenodeids"),
        missing if len(missing) else np.zeros(count, np.int64),
        ensemble.is_double,
    )
    lists = (
        ("nodes_nodeids", nodes.numbers),
        ("nodes_featureids", nodes.features),
        ("nodes_modes", modes),
        ("nodes_values", nodes.values),
        ("nodes_truenodeids", nodes.when_true),
        ("nodes_falsenodeids", nodes.when_false),
        ("nodes_missing_value_tracks_true", nodes.missing_is_true),
    )
    for key, found in lists:
        check_count(key, found, count, "node")
    if count == 0:
        raise ModelError("no-trees", "expected at least one tree, found none", help="train at least one tree")
    starts = _starts(nodes)
    sizes = np.diff(starts, append=count)
    check_size(int(sizes.max()), f"tree {nodes.trees[starts[sizes.argmax()]]}")
    return nodes


def check_count(key: str, found: Sized, count: int, of: str) -> None:
    """ModelError `wrong-count` for a list that is not as long as the others."""
    if len(found) != count:
        message = f"expected {count} values of `{key}`, one for each {of}, found {len(found)}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)


def numbers(ensemble: Ensemble, key: str) -> Floats:
    """The numbers of an attribute, as floats or, for a model of doubles, as a tensor `..._as_tensor`."""
    plain = ensemble.attributes.get(key)
    tensor = ensemble.attributes.get(f"{key}_as_tensor")
    if tensor is not None and tensor.doubles is not None and len(tensor.doubles):
        if not ensemble.is_double or (plain is not None and len(plain.floats)):
            message = f"expected `{key}` once, in the type of the input, found it otherwise"
            raise ModelError("unsupported-model", message, help="convert with one type for inputs and numbers")
        return tensor.doubles
    return plain.floats if plain is not None else np.empty(0)


def read_weights(ensemble: Ensemble, nodes: Nodes, prefix: str, classes: int) -> Weights:
    """The leaves' weights, by attributes that start with `target` or `class`."""
    trees = _integers(ensemble, f"{prefix}_treeids")
    found = (
        _integers(ensemble, f"{prefix}_nodeids"),
        _integers(ensemble, f"{prefix}_ids"),
        numbers(ensemble, f"{prefix}_weights"),
    )
    for key, values in zip((f"{prefix}_nodeids", f"{prefix}_ids", f"{prefix}_weights"), found, strict=True):
        check_count(key, values, len(trees), "weight")
    places = {key: place for place, key in enumerate(zip(nodes.trees.tolist(), nodes.numbers.tolist(), strict=True))}
    where = [places.get(key, -1) for key in zip(trees.tolist(), found[0].tolist(), strict=True)]
    if -1 in where:
        i = where.index(-1)
        message = f"expected a node for each weight, found none with the number {found[0][i]} in tree {trees[i]}"
        raise ModelError("damaged-tree", message, help=SAVE_AGAIN)
    if where and not ((found[1] >= 0) & (found[1] < classes)).all():
        message = f"expected classes or targets between 0 and {classes - 1} in `{prefix}_ids`, found another"
        raise ModelError("out-of-range", message, help=SAVE_AGAIN)
    if not np.isfinite(found[2]).all():
        raise ModelError("not-finite", "expected finite weights of leaves, found another", help="training diverged")
    return Weights(np.array(where, np.int64), found[1], found[2])


def build_trees(nodes: Nodes, weights: Weights, classes: int, inputs: int, views: Views) -> list[list[Tree]]:
    """For each class its trees, in the order of the file: those that hold a weight for it."""
    added = np.zeros((len(nodes.trees), classes))
    given = np.zeros((len(nodes.trees), classes), dtype=bool)
    if len({*zip(weights.nodes.tolist(), weights.classes.tolist(), strict=True)}) != len(weights.nodes):
        message = "expected one weight for a leaf and a class, found several"
        raise ModelError("unsupported-model", message, help=SAVE_AGAIN)
    added[weights.nodes, weights.classes] = weights.values
    given[weights.nodes, weights.classes] = True
    starts = _starts(nodes)
    if len({*nodes.trees[starts].tolist()}) != len(starts):
        raise ModelError("damaged-tree", "expected the nodes of each tree together, found them apart", help=SAVE_AGAIN)
    thresholds = _Thresholds(nodes)
    found: list[list[Tree]] = [[] for _ in range(classes)]
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(nodes.trees)], strict=True):
        splits, leaves = _tree(nodes, thresholds, range(start, end), inputs, views)
        if not given[leaves].any(axis=1).all():
            message = f"expected a weight for each leaf, found a leaf of tree {nodes.trees[start]} without one"
            raise ModelError("damaged-tree", message, help=SAVE_AGAIN)
        for k in np.flatnonzero(given[leaves].any(axis=0)).tolist():
            found[k].append(Tree(splits, tuple(added[leaves, k].tolist())))
    return found


def _starts(nodes: Nodes) -> Integers:
    """Where the nodes of each tree start."""
    return np.flatnonzero(np.concatenate(([True], nodes.trees[1:] != nodes.trees[:-1])))


class _Thresholds:
    """For each node T such that its test, or the opposite one, is `x <= T`: LEQ and GT by the value itself, LT and GTE
    by the number before it."""

    def __init__(self, nodes: Nodes) -> None:
        below = nodes.values if nodes.is_double else nodes.values.astype(np.float32)
        before = np.nextafter(below, below.dtype.type(-math.inf)).astype(np.float64)
        self._at = self._cast(nodes.values, nodes.is_double)
        self._before = self._cast(before, nodes.is_double)

    def of(self, node: int, mode: str) -> float:
        """The threshold of a node of `mode`."""
        return self._at[node] if mode in ("BRANCH_LEQ", "BRANCH_GT") else self._before[node]

    @staticmethod
    def _cast(values: Doubles, is_double: bool) -> list[float]:
        known = np.where(np.isnan(values), 0.0, values)
        found: list[float] = (known if is_double else casting_thresholds(known)).tolist()
        return found


def _tree(
    nodes: Nodes, thresholds: _Thresholds, span: range, inputs: int, views: Views
) -> tuple[tuple[TreeNode, ...], list[int]]:
    """The splits of the tree at `span`, and the places of its leaves among all nodes."""
    name = f"tree {nodes.trees[span.start]}"
    by_number = {number: place for place, number in enumerate(nodes.numbers[span.start : span.stop].tolist())}
    if len(by_number) != len(span):
        raise ModelError("damaged-tree", f"expected each node once in {name}, found one again", help=SAVE_AGAIN)
    modes = nodes.modes[span.start : span.stop]
    when_true = [by_number.get(number, -1) for number in nodes.when_true[span.start : span.stop].tolist()]
    when_false = [by_number.get(number, -1) for number in nodes.when_false[span.start : span.stop].tolist()]
    runs = _join_runs(nodes, span, modes, when_true, when_false)
    # What is left are the nodes that stand for themselves or for a run, numbered anew.
    kept = [i for i in range(len(span)) if runs.get(i, [i])]
    number = {node: i for i, node in enumerate(kept)}
    true, false = ([number.get(branch[node], -1) for node in kept] for branch in (when_true, when_false))
    is_leaf = [modes[node] == "LEAF" for node in kept]
    places = node_places(true, false, is_leaf, name, SAVE_AGAIN)
    splits = []
    for i, node in enumerate(kept):
        if not is_leaf[i]:
            run = [span.start + member for member in runs.get(node, [node])]
            splits.append(_split(nodes, thresholds, run, (places[true[i]], places[false[i]]), inputs, views))
    return tuple(splits), [span.start + node for node in kept if modes[node] == "LEAF"]


def _join_runs(
    nodes: Nodes, span: range, modes: Sequence[str], when_true: list[int], when_false: list[int]
) -> dict[int, list[int]]:
    """Runs of BRANCH_EQ, each the false branch of the one before, on one feature and with one true branch: a set of
    categories, told in the only way that the format has. The first of a run stands for it, with its members, and the
    others have none; the false branch of the first becomes that of the last."""
    features = nodes.features[span.start : span.stop].tolist()
    follower = {
        i: other
        for i, other in enumerate(when_false)
        if other >= 0
        and modes[i] == modes[other] == "BRANCH_EQ"
        and features[i] == features[other]
        and when_true[i] == when_true[other]
    }
    runs: dict[int, list[int]] = {}
    for head in sorted(follower.keys() - set(follower.values())):
        run = [head]
        while run[-1] in follower:
            run.append(follower.pop(run[-1]))
        when_false[head] = when_false[run[-1]]
        runs.update(dict.fromkeys(run[1:], []))
        runs[head] = run
    return runs


def _split(
    nodes: Nodes, thresholds: _Thresholds, run: list[int], branches: tuple[int, int], inputs: int, views: Views
) -> TreeNode:
    """The split of a node, or of a run of nodes that test one feature for several values."""
    node = run[0]
    when_true, when_false = branches
    mode, value, feature = nodes.modes[node], float(nodes.values[node]), int(nodes.features[node])
    missing_is_true = nodes.missing_is_true[node] == 1
    place = f"node {nodes.numbers[node]} of tree {nodes.trees[node]}"
    if not 0 <= feature < inputs:
        message = f"expected a feature between 0 and {inputs - 1} at {place}, found {feature}"
        raise ModelError("damaged-tree", message, help=SAVE_AGAIN)
    if math.isnan(value):
        raise ModelError("damaged-tree", f"expected a threshold at {place}, found `nan`", help=SAVE_AGAIN)
    if mode in _COMPARISONS:
        if value == -math.inf and mode in ("BRANCH_LT", "BRANCH_GTE"):
            message = f"expected a threshold above -infinity for {mode} at {place}, found `-inf`"
            raise ModelError("unsupported-model", message, help="the test always ends the same: leave it out")
        view = views.number(View(feature, Transform.AS_IS))
        threshold = thresholds.of(node, mode)
        if mode in ("BRANCH_LEQ", "BRANCH_LT"):
            return Split(view, threshold, missing_is_true, when_true, when_false)
        return Split(view, threshold, not missing_is_true, when_false, when_true)
    if mode not in _EQUALITIES:
        message = f"expected a mode of ai.onnx.ml 1 to 3 at {place}, found `{mode[:40]}`"
        raise ModelError("unsupported-model", message, help="convert to ai.onnx.ml 3 or earlier")
    values = nodes.values[run].tolist()
    if not all(value.is_integer() and 0 <= value < _LARGEST_CATEGORY for value in values):
        message = f"expected a whole number from 0 for {mode} at {place}, found `{value!r}`"
        raise ModelError("unsupported-model", message, help="number the categories from 0")
    view = views.number(View(feature, Transform.CATEGORY_OR_NAN))
    chosen = {int(value) for value in values}
    # NaN equals nothing: it takes the true branch of BRANCH_EQ by a flag alone, and that of BRANCH_NEQ always.
    if mode == "BRANCH_EQ":
        missing = {NAN_CATEGORY} if (nodes.missing_is_true[run] == 1).any() else set()
        return CategorySplit(view, tuple(sorted(chosen | missing)), when_true, when_false)
    return CategorySplit(view, tuple(sorted(chosen)), when_false, when_true)


def _integers(ensemble: Ensemble, key: str, *, optional: bool = False) -> Integers:
    if key not in ensemble.attributes:
        if optional:
            return np.empty(0, np.int64)
        message = f"expected the attribute `{key}` in the {ensemble.operator}, found none"
        raise ModelError("missing-key", message, help=SAVE_AGAIN)
    return ensemble.attributes[key].integers
