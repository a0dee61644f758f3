"""Node table packing: the trees as three flat arrays, walked without branches; for large trees, or where memory is
short.

Before walking, a row fills `slots`, an array of doubles; slot 0 holds -infinity always. Then every step, at any node
of any tree, is the same, and a leaf stays where it is:

    node = left[node] + (0 if the test of node holds else 1)

    a numeric node, or a leaf: slots[slot[node]] <= value[node]
    a category node (slot[node] >= first_category): bit slots[slot[node]] of the words from value[node] on is set

A leaf has slot 0 and its own number in `left`, and its value in `value`: since -infinity is <= any value, it stays.
So a walk of tree t starts at `roots[t]`, takes `depths[t]` steps (or more: trees may be walked in lockstep to the
deepest of them), and ends at a node whose `value` is the leaf's. The two children of a node are neighbours, the left
one first.

A slot for NaN going left holds -infinity when its view is NaN (`<=` then holds); one for NaN going right keeps NaN
(it fails). A category slot holds the place of the category in the slot's `levels`, or their number for any other
value; that bit is never set.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import CategorySplit, Forest, Summation, Tree, TreeNode, View
from decision_engine.trees.walk import add, view_value

MAX_WORDS = 1 << 24
"""The largest total size of category bit sets, in 32-bit words (64 MB)."""


@dataclass(frozen=True, slots=True)
class NumberSlot:
    """The value of `view`, but -infinity instead of NaN when `nan_left`."""

    view: View
    nan_left: bool


@dataclass(frozen=True, slots=True)
class CategorySlot:
    """The place of the value of `view` among `levels` (ascending), or len(levels)."""

    view: View
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NodeTable:
    """A forest packed so. Slot i + 1 is described by `slots[i]`; number slots come first. Tree t belongs to output t
    % outputs. `starts` and `summation` are the forest's.

    `slot`, `value` and `left` have one element a node; `words` are unsigned 32-bit, lowest bit first.
    """

    slots: tuple[NumberSlot | CategorySlot, ...]
    first_category: int
    slot: tuple[int, ...]
    value: tuple[float, ...]
    left: tuple[int, ...]
    words: tuple[int, ...]
    roots: tuple[int, ...]
    depths: tuple[int, ...]
    outputs: int
    starts: tuple[float, ...]
    summation: Summation

    @property
    def memory_bytes(self) -> int:
        """The size of the arrays with 16 bytes a node (f64 value, i32 left, i32 slot) and 4 a word."""
        return 16 * len(self.slot) + 4 * len(self.words)


def pack_node_table(forest: Forest) -> NodeTable:
    """The packing of any forest; ModelError `too-many-categories` when its sets would take more than `MAX_WORDS`."""
    slots = _slots(forest)
    first_category = 1 + sum(isinstance(slot, NumberSlot) for slot in slots)
    builder = _Builder(slots)
    depths = tuple(builder.add(tree, forest) for tree in forest.trees)
    return NodeTable(
        slots,
        first_category,
        tuple(builder.slot),
        tuple(builder.value),
        tuple(builder.left),
        tuple(builder.words),
        tuple(builder.roots),
        depths,
        forest.outputs,
        forest.starts,
        forest.summation,
    )


def fill_slots(table: NodeTable, row: Sequence[float]) -> list[float]:
    """The slots' values for an input row."""
    values = [-math.inf]
    for slot in table.slots:
        value = view_value(slot.view.transform, row[slot.view.input])
        if isinstance(slot, CategorySlot):
            place = bisect_left(slot.levels, value)
            known = place < len(slot.levels) and slot.levels[place] == value
            value = float(place if known else len(slot.levels))
        elif slot.nan_left and math.isnan(value):
            value = -math.inf
        values.append(value)
    return values


def node_table_scores(table: NodeTable, row: Sequence[float]) -> tuple[float, ...]:
    """The forest's outputs for one input row."""
    values = fill_slots(table, row)
    scores = list(table.starts)
    for i, (root, depth) in enumerate(zip(table.roots, table.depths, strict=True)):
        node = root
        for _ in range(depth):
            value = values[table.slot[node]]
            if table.slot[node] >= table.first_category:
                word = table.words[int(table.value[node]) + (int(value) >> 5)]
                holds = bool(word >> (int(value) & 31) & 1)
            else:
                holds = value <= table.value[node]
            node = table.left[node] + (not holds)
        scores[i % table.outputs] = add(table.summation, scores[i % table.outputs], table.value[node])
    return tuple(scores)


def _slots(forest: Forest) -> tuple[NumberSlot | CategorySlot, ...]:
    """One slot for each category view, and for each numeric view and side of NaN, in the order of the views."""
    numbers: set[tuple[int, bool]] = set()
    levels: dict[int, set[int]] = {}
    for node in (node for tree in forest.trees for node in tree.nodes):
        if isinstance(node, CategorySplit):
            levels.setdefault(node.view, set()).update(node.categories)
        else:
            numbers.add((node.view, node.nan_left))
    number_slots = [NumberSlot(forest.views[view], nan_left) for view, nan_left in sorted(numbers)]
    category_slots = [CategorySlot(forest.views[view], tuple(sorted(levels[view]))) for view in sorted(levels)]
    return (*number_slots, *category_slots)


class _Builder:
    """The growing arrays; nodes are numbered level by level in each tree."""

    def __init__(self, slots: tuple[NumberSlot | CategorySlot, ...]) -> None:
        self.slot: list[int] = []
        self.value: list[float] = []
        self.left: list[int] = []
        self.words: list[int] = []
        self.roots: list[int] = []
        self._numbers = {(s.view, s.nan_left): i for i, s in enumerate(slots, 1) if isinstance(s, NumberSlot)}
        self._categories = {s.view: i for i, s in enumerate(slots, 1) if isinstance(s, CategorySlot)}
        self._places = {
            s.view: {level: i for i, level in enumerate(s.levels)} for s in slots if isinstance(s, CategorySlot)
        }

    def add(self, tree: Tree, forest: Forest) -> int:
        """Append a tree and return its depth."""
        self.roots.append(len(self.slot))
        level = [0 if tree.nodes else ~0]
        depth = -1
        while level:
            depth += 1
            next_level: list[int] = []
            following = len(self.slot) + len(level)
            for number in level:
                if number < 0:
                    self._append(0, tree.leaves[~number], len(self.slot))
                else:
                    node = tree.nodes[number]
                    self._append(*self._test(node, forest.views[node.view]), following + len(next_level))
                    next_level += [node.left, node.right]
            level = next_level
        return depth

    def _append(self, slot: int, value: float, left: int) -> None:
        self.slot.append(slot)
        self.value.append(value)
        self.left.append(left)

    def _test(self, node: TreeNode, view: View) -> tuple[int, float]:
        """The slot and value of a split."""
        if not isinstance(node, CategorySplit):
            return self._numbers[view, node.nan_left], node.threshold
        assert view.transform.is_category
        places = self._places[view]
        offset, count = len(self.words), len(places) // 32 + 1
        if offset + count > MAX_WORDS:
            message = f"expected category sets of at most {MAX_WORDS} words in all, found more"
            raise ModelError("too-many-categories", message, line=1, help="train with fewer categories, or fewer trees")
        words = [0] * count
        for category in node.categories:
            place = places[category]
            words[place >> 5] |= 1 << (place & 31)
        self.words += words
        return self._categories[view], float(offset)
