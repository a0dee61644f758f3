"""One tree of a LightGBM text model, from its section to the canonical form.

LightGBM's rules, from its NumericalDecision and CategoricalDecision (include/LightGBM/tree.h) and the row reader of
its C API:

- `decision_type` holds bit 0: a category split; bit 1: missing goes left; bits 2-3: the missing type (0 None, 1 Zero,
  2 NaN).
- A category split reads its set in bits from `cat_threshold`; a value that is NaN, negative or too large for the set
  goes right.
- Every value with |x| <= 1e-35 as float32 is read as 0.0 before any tree sees it. So a threshold within that band
  stands for one at an end of it (`_settle`): `x <= t` then agrees for every x, and no view has to round small values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import CategorySplit, Split, Transform, Tree, TreeNode, View
from decision_engine.trees.loaders.lightgbm._text import (
    SAVE_AGAIN,
    Field,
    Section,
    check_keys,
    floats,
    integer,
    integers,
)
from decision_engine.trees.loaders.views import Views

MAX_LEAVES = 131_072
"""LightGBM's own limit on leaves a tree."""

ZERO_BAND = 1.0000000180025095e-35
"""LightGBM's kZeroThreshold: 1e-35 as float32, as a double."""

_BELOW_ZERO_BAND = math.nextafter(-ZERO_BAND, -math.inf)
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_TYPES = (Transform.NAN_IS_ZERO, Transform.ZERO_IS_NAN, Transform.AS_IS)
_KEYS = frozenset(
    [
        "num_leaves",
        "num_cat",
        "split_feature",
        "split_gain",
        "threshold",
        "decision_type",
        "left_child",
        "right_child",
        "leaf_value",
        "leaf_weight",
        "leaf_count",
        "internal_value",
        "internal_weight",
        "internal_count",
        "cat_boundaries",
        "cat_threshold",
        "is_linear",
        "shrinkage",
    ]
)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The arrays of a section that give one number for each split."""

    features: tuple[int, ...]
    thresholds: tuple[float, ...]
    types: tuple[int, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]


def read_tree(section: Section, inputs: int, views: Views) -> Tree:
    """The tree of `section`, over `inputs` features; ModelError when it is damaged or linear."""
    _refuse_linear(section)
    check_keys(section, _KEYS)
    leaf_count = integer(section.get("num_leaves"), 1, MAX_LEAVES)
    leaves = _read_leaves(section.get("leaf_value"), leaf_count)
    if leaf_count == 1:
        return Tree((), leaves)
    splits = leaf_count - 1
    rows = _Rows(
        integers(section.get("split_feature"), splits, "split"),
        floats(section.get("threshold"), splits, "split"),
        integers(section.get("decision_type"), splits, "split"),
        integers(section.get("left_child"), splits, "split"),
        integers(section.get("right_child"), splits, "split"),
    )
    _check_values(section, rows, inputs)
    _check_shape(section, rows, leaf_count)
    category_sets = _read_category_sets(section)
    _check_category_indices(section, rows, len(category_sets))
    return Tree(tuple(_node(rows, i, category_sets, views) for i in range(splits)), leaves)


def _node(rows: _Rows, i: int, category_sets: list[tuple[int, ...]], views: Views) -> TreeNode:
    kind = rows.types[i]
    if kind & _CATEGORICAL:
        view = views.number(View(rows.features[i], Transform.CATEGORY))
        return CategorySplit(view, category_sets[int(rows.thresholds[i])], rows.left[i], rows.right[i])
    transform = _MISSING_TYPES[kind >> 2]
    nan_left = bool(kind & _DEFAULT_LEFT) and transform is not Transform.NAN_IS_ZERO
    view = views.number(View(rows.features[i], transform))
    return Split(view, _settle(rows.thresholds[i]), nan_left, rows.left[i], rows.right[i])


def _settle(threshold: float) -> float:
    """The threshold that decides every x as LightGBM decides it after reading x within the zero band as 0.0."""
    if -ZERO_BAND <= threshold < 0.0:
        return _BELOW_ZERO_BAND
    return ZERO_BAND if 0.0 <= threshold < ZERO_BAND else threshold


def _refuse_linear(section: Section) -> None:
    linear = section.fields.get("is_linear")
    if linear is not None and linear.value != "0":
        message = f"expected a tree of constant leaves (`is_linear=0`), found `is_linear={linear.value[:8]}`"
        raise ModelError("linear-tree", message, line=linear.line, help="train with `linear_tree=false`")


def _read_leaves(entry: Field, count: int) -> tuple[float, ...]:
    leaves = floats(entry, count, "leaf")
    for number, leaf in enumerate(leaves):
        if not math.isfinite(leaf):
            message = f"expected a finite value of leaf {number}, found `{leaf}`"
            raise ModelError(
                "not-finite", message, line=entry.line, help="training diverged: check labels and learning rate"
            )
    return leaves


def _check_values(section: Section, rows: _Rows, inputs: int) -> None:
    """Features within range, known decision types, no NaN threshold."""
    for i, (feature, threshold, kind) in enumerate(zip(rows.features, rows.thresholds, rows.types, strict=True)):
        if not 0 <= feature < inputs:
            raise _damaged(
                section, "split_feature", f"expected a feature between 0 and {inputs - 1} at split {i}, found {feature}"
            )
        if not 0 <= kind < len(_MISSING_TYPES) << 2:
            raise _damaged(
                section, "decision_type", f"expected a decision type between 0 and 11 at split {i}, found {kind}"
            )
        if math.isnan(threshold):
            raise _damaged(section, "threshold", f"expected a threshold at split {i}, found `nan`")


def _check_shape(section: Section, rows: _Rows, leaf_count: int) -> None:
    """Every split and leaf is reached from the root, once: no cycle, nothing shared, nothing lost."""
    splits = leaf_count - 1
    seen_splits, seen_leaves = bytearray(splits), bytearray(leaf_count)
    seen_splits[0] = 1
    stack = [0]
    while stack:
        node = stack.pop()
        for key, child in (("left_child", rows.left[node]), ("right_child", rows.right[node])):
            if not -leaf_count <= child < splits:
                raise _damaged(
                    section,
                    key,
                    f"expected a child between {-leaf_count} and {splits - 1} at split {node}, found {child}",
                )
            seen, place = (seen_splits, child) if child >= 0 else (seen_leaves, ~child)
            if seen[place]:
                raise _damaged(section, key, f"expected each child once, found {child} again at split {node}")
            seen[place] = 1
            if child >= 0:
                stack.append(child)
    lost = seen_splits.find(0)
    if lost >= 0:
        raise _damaged(section, "left_child", f"expected every split to hang from the root, found split {lost} apart")


def _read_category_sets(section: Section) -> list[tuple[int, ...]]:
    """The sets of categories, each sorted, by the number that the threshold of a category split gives."""
    count = integer(section.get("num_cat"), 0, MAX_LEAVES)
    if count == 0:
        return []
    boundaries = integers(section.get("cat_boundaries"), count + 1, "category set, and the end")
    if boundaries[0] != 0 or any(start > end for start, end in pairwise(boundaries)):
        raise _damaged(section, "cat_boundaries", "expected boundaries that grow from 0, found others")
    words = integers(section.get("cat_threshold"), boundaries[-1], "32 categories up to the last boundary")
    for word in words:
        if not 0 <= word < 1 << 32:
            raise _damaged(section, "cat_threshold", f"expected 32-bit words, found {word}")
    return [_categories(words[start:end]) for start, end in pairwise(boundaries)]


def _categories(words: tuple[int, ...]) -> tuple[int, ...]:
    found = []
    for i, word in enumerate(words):
        rest = word
        while rest:
            lowest = rest & -rest
            found.append(32 * i + lowest.bit_length() - 1)
            rest ^= lowest
    return tuple(found)


def _check_category_indices(section: Section, rows: _Rows, count: int) -> None:
    """Each category split names a set of its own; a set shared by many would make a small file a large forest."""
    free = set(range(count))
    for i, (threshold, kind) in enumerate(zip(rows.thresholds, rows.types, strict=True)):
        if kind & _CATEGORICAL:
            if threshold not in free:
                message = f"expected a category set of its own below {count} at split {i}, found `{threshold!r}`"
                raise _damaged(section, "threshold", message)
            free.discard(int(threshold))


def _damaged(section: Section, key: str, message: str) -> ModelError:
    return ModelError("damaged-tree", message, line=section.get(key).line, help=SAVE_AGAIN)
