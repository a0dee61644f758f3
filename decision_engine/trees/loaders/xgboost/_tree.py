"""One tree of an XGBoost file, from its arrays to the canonical form.

XGBoost's rules, from its predictor (src/predictor/predict_fn.h, src/common/categorical.h):

- Node 0 is the root; a node whose left child is -1 is a leaf, and its `split_conditions` is the leaf's value. Pruning
  leaves nodes behind that hang from nowhere.
- A numeric split sends x left when float32(x) < condition, NaN to the default side.
- A category split sends a value *right* when it is in the node's set, left when it is not: unseen, negative, 2^24 and
  above included; NaN to the default side. The canonical split goes left on its set, so the children change places.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import NAN_CATEGORY, CategorySplit, Split, Transform, Tree, TreeNode, View
from decision_engine.trees.loaders.nodes import casting_thresholds, check_size
from decision_engine.trees.loaders.views import Views
from decision_engine.trees.loaders.xgboost._document import Section
from decision_engine.trees.loaders.xgboost._ubjson import SAVE_AGAIN

CATEGORIES = 1 << 24
"""XGBoost's limit on categories: integers up to it are exact as float32."""

_LEAF = -1


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The arrays of a tree, one value a node; `conditions` are float32 values, `thresholds` the canonical ones."""

    features: Sequence[int]
    conditions: Sequence[float]
    thresholds: Sequence[float]
    default_left: Sequence[int]
    left: Sequence[int]
    right: Sequence[int]
    is_category: Sequence[int]
    sets: Mapping[int, tuple[int, ...]]


def read_tree(section: Section, weight: float, inputs: int, views: Views) -> Tree:
    """The tree of `section`, over `inputs` features, its leaves multiplied by `weight` in float32.

    Raises ModelError when it is damaged, or has vectors in its leaves.
    """
    nodes = _read_nodes(section, inputs)
    order = _reached(section, nodes)
    _check_values(section, nodes, order, inputs)
    splits = [node for node in order if nodes.left[node] != _LEAF]
    leaves = [node for node in order if nodes.left[node] == _LEAF]
    places = {node: number for number, node in enumerate(splits)}
    places.update({node: ~number for number, node in enumerate(leaves)})
    values = np.array([nodes.conditions[node] for node in leaves], np.float32)
    with np.errstate(over="ignore"):
        weighted = (values * np.float32(weight)).tolist()
    return Tree(tuple(_node(nodes, node, places, views) for node in splits), tuple(weighted))


def _node(nodes: _Nodes, node: int, places: Mapping[int, int], views: Views) -> TreeNode:
    left, right = places[nodes.left[node]], places[nodes.right[node]]
    nan_left = bool(nodes.default_left[node])
    category = Transform.CATEGORY_FLOAT32
    if nodes.is_category[node]:
        missing = () if nan_left else (NAN_CATEGORY,)
        return CategorySplit(
            views.number(View(nodes.features[node], category)), nodes.sets[node] + missing, right, left
        )
    if nodes.conditions[node] == -math.inf:
        # No number is below minus infinity: only NaN can go left.
        missing = (NAN_CATEGORY,) if nan_left else ()
        return CategorySplit(views.number(View(nodes.features[node], category)), missing, left, right)
    view = views.number(View(nodes.features[node], Transform.AS_IS))
    return Split(view, nodes.thresholds[node], nan_left, left, right)


def _read_nodes(section: Section, inputs: int) -> _Nodes:
    left = section.integers("left_children")
    count = len(left)
    check_size(count, f"`{section.pointer}`")
    parameters = section.section("tree_param")
    _refuse_vectors(parameters, inputs)
    if parameters.count("num_nodes", 1, 1 << 31) != count:
        message = f"expected {parameters.text('num_nodes')} values at `{section.at('left_children')}`, found {count}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    conditions = np.array(section.floats("split_conditions", count), np.float64)
    is_category = section.integers("split_type", count) if section.has("split_type") else [0] * count
    with np.errstate(over="ignore"):
        below = np.nextafter(conditions.astype(np.float32), np.float32(-math.inf)).astype(np.float64)
    return _Nodes(
        features=section.integers("split_indices", count),
        conditions=conditions.tolist(),
        # float32(x) < t says the same as float32(x) <= the float32 value before t.
        thresholds=casting_thresholds(below).tolist(),
        default_left=section.integers("default_left", count),
        left=left,
        right=section.integers("right_children", count),
        is_category=is_category,
        sets=_read_sets(section, count) if any(is_category) else {},
    )


def _refuse_vectors(parameters: Section, inputs: int) -> None:
    size = parameters.count("size_leaf_vector", 0, 1 << 31, default=0)
    if size > 1:
        message = f"expected one number in each leaf, found vectors of {size} (`multi_output_tree`)"
        raise ModelError("vector-leaf", message, help='train with `multi_strategy="one_output_per_tree"`')
    if parameters.has("num_feature") and parameters.count("num_feature", 0, 1 << 31) > inputs:
        message = f"expected at most {inputs} features in `{parameters.pointer}`, as the model has"
        raise ModelError("out-of-range", f"{message}, found {parameters.text('num_feature')}", help=SAVE_AGAIN)


def _reached(section: Section, nodes: _Nodes) -> list[int]:
    """The nodes that hang from the root, parents first and left before right; each is reached once."""
    count = len(nodes.left)
    seen = bytearray(count)
    seen[0] = 1
    stack, order = [0], []
    while stack:
        node = stack.pop()
        order.append(node)
        if nodes.left[node] == _LEAF:
            continue
        for key, child in (("right_children", nodes.right[node]), ("left_children", nodes.left[node])):
            if not 0 < child < count:
                place = f"`{section.at(key)}/{node}`"
                raise _damaged(f"expected a child from 1 to {count - 1} at {place}, found {child}")
            if seen[child]:
                raise _damaged(f"expected each node once, found {child} again at `{section.at(key)}/{node}`")
            seen[child] = 1
            stack.append(child)
    return order


def _check_values(section: Section, nodes: _Nodes, order: Sequence[int], inputs: int) -> None:
    """Finite leaves; of splits features within range, a known type, a condition that is not NaN."""
    for node in order:
        condition = nodes.conditions[node]
        place = f"`{section.at('split_conditions')}/{node}`"
        if nodes.left[node] == _LEAF:
            if not math.isfinite(condition):
                help_line = "training diverged: check labels and learning rate"
                raise ModelError(
                    "not-finite", f"expected a finite leaf at {place}, found `{condition}`", help=help_line
                )
            continue
        if not 0 <= nodes.features[node] < inputs:
            place = f"`{section.at('split_indices')}/{node}`"
            raise _damaged(f"expected a feature from 0 to {inputs - 1} at {place}, found {nodes.features[node]}")
        if nodes.is_category[node] not in (0, 1):
            place = f"`{section.at('split_type')}/{node}`"
            raise _damaged(f"expected 0 or 1 at {place}, found {nodes.is_category[node]}")
        if nodes.is_category[node] and node not in nodes.sets:
            raise _damaged(f"expected {node} in `{section.at('categories_nodes')}`, found none")
        if not nodes.is_category[node] and math.isnan(condition):
            raise _damaged(f"expected a threshold at {place}, found `nan`")


def _read_sets(section: Section, count: int) -> dict[int, tuple[int, ...]]:
    """The set of each category split, sorted; the sets stand one after the other and share nothing."""
    categories = section.integers("categories")
    owners = section.integers("categories_nodes")
    starts = section.integers("categories_segments", len(owners))
    sizes = section.integers("categories_sizes", len(owners))
    sets: dict[int, tuple[int, ...]] = {}
    free = 0
    for i, (owner, start, size) in enumerate(zip(owners, starts, sizes, strict=True)):
        if not 0 <= owner < count or owner in sets:
            raise _damaged(f"expected a node of its own at `{section.at('categories_nodes')}/{i}`, found {owner}")
        if start != free or not 0 <= size <= len(categories) - start:
            place = f"`{section.at('categories_segments')}/{i}`"
            raise _damaged(f"expected categories of its own from {free} at {place}, found {size} from {start}")
        free = start + size
        sets[owner] = tuple(sorted(set(categories[start:free])))
    for category in categories:
        if not 0 <= category < CATEGORIES:
            raise _damaged(
                f"expected categories from 0 to {CATEGORIES - 1} in `{section.at('categories')}`, found {category}"
            )
    return sets


def _damaged(message: str) -> ModelError:
    return ModelError("damaged-tree", message, help=SAVE_AGAIN)
