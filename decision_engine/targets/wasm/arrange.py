"""A forest arranged for tables: views with their sorted thresholds or category classes, trees with numbered leaves.

Both table strategies (prefix_and.py, node_table.py) replace the value of a view by a small integer once a row, and
compare integers in the trees:

- A numeric view has its distinct thresholds, sorted. The *rank* of a value is the number of thresholds below it, so
  `value <= thresholds[j]` holds exactly when `rank <= j`. NaN is handled apart.
- A category view has *classes*: categories that the same sets hold are one class, and every category that no set
  holds is the last class. A set is then a set of classes.

The leaves of a tree are numbered from left to right, and each split knows the range of leaves on its left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from decision_engine.trees.forest import CategorySplit, Forest, Split, Summation, Transform, Tree, TreeNode, View


@dataclass(frozen=True, slots=True)
class Ranks:
    """A numeric view. `nan_left`, `nan_right`: some split sends NaN to that side. With neither, it is never NaN."""

    input: int
    transform: Transform
    thresholds: tuple[float, ...]
    nan_left: bool
    nan_right: bool


@dataclass(frozen=True, slots=True)
class Classes:
    """A category view: `categories` (sorted) and the class of each; `sets[s]` holds the classes of set s."""

    input: int
    transform: Transform
    categories: tuple[int, ...]
    classes: tuple[int, ...]
    sets: tuple[frozenset[int], ...]

    @property
    def count(self) -> int:
        """How many classes there are, the last one (every other category) included."""
        return max(self.classes, default=-1) + 2


ArrangedView: TypeAlias = Ranks | Classes


@dataclass(frozen=True, slots=True)
class ArrangedSplit:
    """A split of an arranged tree. `test` is the index of its threshold or set; `nan_left` is false for a set.

    Its left side holds the leaves `first` to `first + count - 1`. `left` and `right` are as in forest.Split.
    """

    view: int
    test: int
    nan_left: bool
    first: int
    count: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class ArrangedTree:
    """`splits` in preorder, so `splits[0]` is the root and a left child that is a split follows its parent."""

    splits: tuple[ArrangedSplit, ...]
    leaves: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`views` holds the views that some split reads; `outputs[k]` the trees of output k in their order.

    `starts` and `summation` are the forest's.
    """

    views: tuple[ArrangedView, ...]
    outputs: tuple[tuple[ArrangedTree, ...], ...]
    starts: tuple[float, ...]
    summation: Summation

    @property
    def trees(self) -> Iterator[ArrangedTree]:
        """All trees, those of the first output first."""
        return (tree for trees in self.outputs for tree in trees)


def arrange(forest: Forest) -> Arrangement:
    """The forest's arrangement; its predictions are the forest's, bit for bit."""
    groups: dict[_Key, list[TreeNode]] = {}
    for tree in forest.trees:
        for split in tree.nodes:
            groups.setdefault(_key(split), []).append(split)
    views = {key: _view(forest.views[key[0]], groups[key]) for key in sorted(groups)}
    tests = {key: _test_numbers(view, groups[key]) for key, view in views.items()}
    places = {key: place for place, key in enumerate(views)}
    trees = [_arranged_tree(tree, places, tests) for tree in forest.trees]
    outputs = tuple(tuple(trees[k :: forest.outputs]) for k in range(forest.outputs))
    return Arrangement(tuple(views.values()), outputs, forest.starts, forest.summation)


_Key: TypeAlias = tuple[int, bool]
"""A view's number, and whether it is read by sets (true) or by thresholds."""


def _key(split: TreeNode) -> _Key:
    return split.view, isinstance(split, CategorySplit)


def _view(view: View, splits: list[TreeNode]) -> ArrangedView:
    numeric = [split for split in splits if isinstance(split, Split)]
    return _ranks(view, numeric) if numeric else _classes(view, _distinct_sets(splits))


def _distinct_sets(splits: list[TreeNode]) -> list[tuple[int, ...]]:
    return list(dict.fromkeys(split.categories for split in splits if isinstance(split, CategorySplit)))


def _test_numbers(view: ArrangedView, splits: list[TreeNode]) -> dict[float | tuple[int, ...], int]:
    tests: list[float | tuple[int, ...]] = []
    tests += view.thresholds if isinstance(view, Ranks) else _distinct_sets(splits)
    return {test: number for number, test in enumerate(tests)}


def _ranks(view: View, splits: list[Split]) -> Ranks:
    can_be_nan = view.transform in (Transform.AS_IS, Transform.ZERO_IS_NAN)
    nan_left = can_be_nan and any(split.nan_left for split in splits)
    nan_right = can_be_nan and not all(split.nan_left for split in splits)
    thresholds = tuple(sorted({split.threshold for split in splits}))
    return Ranks(view.input, view.transform, thresholds, nan_left, nan_right)


def _classes(view: View, sets: list[tuple[int, ...]]) -> Classes:
    holders: dict[int, list[int]] = {}
    for place, categories in enumerate(sets):
        for category in categories:
            holders.setdefault(category, []).append(place)
    categories = tuple(sorted(holders))
    signatures = list(dict.fromkeys(tuple(holders[category]) for category in categories))
    numbers = {signature: number for number, signature in enumerate(signatures)}
    members: list[set[int]] = [set() for _ in sets]
    for signature, class_number in numbers.items():
        for place in signature:
            members[place].add(class_number)
    classes = tuple(numbers[tuple(holders[category])] for category in categories)
    return Classes(view.input, view.transform, categories, classes, tuple(frozenset(m) for m in members))


def _arranged_tree(
    tree: Tree, places: dict[_Key, int], tests: dict[_Key, dict[float | tuple[int, ...], int]]
) -> ArrangedTree:
    order = list(_preorder(tree))
    leaf_count = {node: 1 for node in order if node < 0}
    for node in reversed(order):
        if node >= 0:
            leaf_count[node] = leaf_count[tree.nodes[node].left] + leaf_count[tree.nodes[node].right]
    numbers = {node: number for number, node in enumerate(node for node in order if node >= 0)}
    numbers |= {node: ~number for number, node in enumerate(node for node in order if node < 0)}
    first = {order[0]: 0}
    splits: list[ArrangedSplit] = []
    for node in order:
        if node < 0:
            continue
        split = tree.nodes[node]
        count = leaf_count[split.left]
        first[split.left] = first[node]
        first[split.right] = first[node] + count
        test = tests[_key(split)][split.threshold if isinstance(split, Split) else split.categories]
        nan_left = isinstance(split, Split) and split.nan_left
        sides = numbers[split.left], numbers[split.right]
        splits.append(ArrangedSplit(places[_key(split)], test, nan_left, first[node], count, *sides))
    return ArrangedTree(tuple(splits), tuple(tree.leaves[~node] for node in order if node < 0))


def _preorder(tree: Tree) -> Iterator[int]:
    waiting = [0 if tree.nodes else ~0]
    while waiting:
        node = waiting.pop()
        yield node
        if node >= 0:
            waiting += [tree.nodes[node].right, tree.nodes[node].left]
