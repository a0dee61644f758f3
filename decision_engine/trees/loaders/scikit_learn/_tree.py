"""One tree of scikit-learn's `sklearn.tree._tree.Tree`, as single trees, forests and gradient boosting hold them.

Its rules, from `Tree._apply_dense` and `predict_stages`: inputs are cast to float32 and compared with a double
threshold by `<=`; NaN goes where `missing_go_to_left` says, except in gradient boosting, which compares NaN as well, so
that it goes right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import Split, Tree
from decision_engine.trees.loaders.nodes import Doubles, casting_thresholds, check_size, node_places
from decision_engine.trees.loaders.scikit_learn._saved import SAVE_AGAIN, Array, Saved, array, child, field, integer

_LEAF = -1


@dataclass(frozen=True, slots=True)
class Nodes:
    """A tree's splits, in which a leaf is told by its number, and a row of values for each leaf."""

    splits: tuple[Split, ...]
    values: Doubles

    def tree(self, leaves: Doubles) -> Tree:
        """The tree with one value a leaf."""
        return Tree(self.splits, tuple(leaves.tolist()))


def read_nodes(estimator: Saved, place: str, inputs: int, classes: int, *, nan_goes_right: bool = False) -> Nodes:
    """The tree of a fitted `DecisionTree*` or `ExtraTree*`, called `place` in messages, over `inputs` inputs, with
    `classes` values a leaf."""
    saved = child(estimator, "tree_")
    for key, expected in (("n_features", inputs), ("n_outputs", 1)):
        if integer(saved, key, 0, 1_000_000) != expected:
            message = f"expected {expected} as `{key}` of {place}, found {integer(saved, key, 0, 1_000_000)}"
            raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    records = array(saved, "nodes", "V", (None,))
    check_size(len(records), place)
    left, right = (field(records, key, "iu", saved).tolist() for key in ("left_child", "right_child"))
    is_leaf = [number == _LEAF for number in left]
    places = node_places(left, right, is_leaf, place, SAVE_AGAIN)
    features = field(records, "feature", "iu", saved).tolist()
    thresholds = _thresholds(records, is_leaf, saved, place)
    nan_left = field(records, "missing_go_to_left", "bu", saved).astype(bool).tolist()
    splits = []
    for node, leaf in enumerate(is_leaf):
        if leaf:
            continue
        if not 0 <= features[node] < inputs:
            message = f"expected a feature between 0 and {inputs - 1} at node {node} of {place}, found {features[node]}"
            raise ModelError("damaged-tree", message, help=SAVE_AGAIN)
        goes_left = nan_left[node] and not nan_goes_right
        splits.append(Split(features[node], thresholds[node], goes_left, places[left[node]], places[right[node]]))
    values = array(saved, "values", "f", (len(records), 1, classes))[:, 0, :].astype(np.float64)
    return Nodes(tuple(splits), values[np.array(is_leaf)])


def check_finite(leaves: Doubles, place: str) -> None:
    """ModelError `not-finite` for a leaf that is infinite or not a number."""
    if not np.isfinite(leaves).all():
        odd = leaves[~np.isfinite(leaves)].flat[0]
        message = f"expected finite values of the leaves of {place}, found `{odd}`"
        raise ModelError("not-finite", message, help="training diverged: check labels and learning rate")


def _thresholds(records: Array, is_leaf: list[bool], saved: Saved, place: str) -> list[float]:
    thresholds = field(records, "threshold", "f", saved).astype(np.float64)
    odd = np.isnan(thresholds) & ~np.array(is_leaf)
    if odd.any():
        message = f"expected a threshold at node {int(odd.argmax())} of {place}, found `nan`"
        raise ModelError("damaged-tree", message, help=SAVE_AGAIN)
    casting: list[float] = casting_thresholds(np.nan_to_num(thresholds, posinf=np.inf, neginf=-np.inf)).tolist()
    return casting
