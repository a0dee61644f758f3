"""How a forest is emitted, chosen by size and memory, with the reason in plain words.

Nested conditionals for a tiny forest; prefix-AND rows where every tree has at most 64 leaves and the rows fit the
memory that the platform leaves; else a table of nodes that is walked. A target says what it can do by `Offer`; figures
for each strategy stand in docs/forests.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from decision_engine.trees.forest import CategorySplit, Forest, Transform, Tree
from decision_engine.trees.prefix_and import MAX_LEAVES, cross_tables, fits_prefix_and

_DEEPEST = 16
"""Conditionals nest no deeper than this."""
_LARGEST_SET = 8
"""In conditionals a category is compared with at most so many others."""


class Strategy(StrEnum):
    """The form of a forest's code."""

    TERNARIES = "ternaries"
    PREFIX_AND = "prefix-and"
    NODE_TABLE = "node-table"


@dataclass(frozen=True, slots=True)
class ForestChoice:
    """How the forest `name` is emitted: `memory_bytes` its tables take at run time; `why` is a clause for people."""

    name: str
    strategy: Strategy
    trees: int
    leaves: int
    memory_bytes: int
    why: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a target can do: `ternary_leaves`, up to which size it takes conditionals (0: never); `lane_bytes`, the
    sizes that a tree's mask can have; `crossed_bytes`, how much it spends on tables of crossed views;
    `memory_limit_bytes` for the tables of all forests."""

    ternary_leaves: int
    lane_bytes: tuple[int, ...]
    crossed_bytes: int
    memory_limit_bytes: int


def choose_forests(forests: Sequence[Forest], offer: Offer) -> tuple[ForestChoice, ...]:
    """One choice for each forest; those that come first take their memory first."""
    choices: list[ForestChoice] = []
    left = offer.memory_limit_bytes
    for forest in forests:
        choices.append(_choose(forest, offer, left))
        left -= choices[-1].memory_bytes
    return tuple(choices)


def prefix_and_choice(forest: Forest, memory_bytes: int, left_bytes: int, *, ranks: int = 1) -> ForestChoice:
    """Prefix-AND in `memory_bytes` of the `left_bytes` allowed, with a row for every one of so many ranks."""
    rows = "" if ranks == 1 else f", with a row of masks for every {ranks} thresholds"
    why = (
        f"every tree has at most {MAX_LEAVES} leaves and the tables take {_size(memory_bytes)} of the "
        f"{_size(left_bytes)} allowed{rows}"
    )
    return _choice(forest, Strategy.PREFIX_AND, memory_bytes, why)


def node_table_choice(forest: Forest, memory_bytes: int, left_bytes: int, rows_bytes: int | None) -> ForestChoice:
    """A node table; `rows_bytes` is what prefix-AND would take, None where no tables of it are possible."""
    most = max((len(tree.leaves) for tree in forest.trees), default=0)
    if most > MAX_LEAVES:
        why = f"a tree has {most} leaves, and prefix-AND takes at most {MAX_LEAVES}"
    elif rows_bytes is None:
        why = "the forest has more trees or thresholds than prefix-AND numbers"
    else:
        why = f"prefix-AND tables would take {_size(rows_bytes)}, more than the {_size(left_bytes)} allowed"
    return _choice(forest, Strategy.NODE_TABLE, memory_bytes, why)


def prefix_and_bytes(forest: Forest, lane_bytes: Iterable[int], crossed_bytes: int) -> int:
    """The size of all prefix-AND rows of a forest that `fits_prefix_and`, with the least mask of those sizes."""
    most = max((len(tree.leaves) for tree in forest.trees), default=0)
    thresholds: dict[int, set[float]] = {}
    levels: dict[int, set[int]] = {}
    for node in (node for tree in forest.trees for node in tree.nodes):
        if isinstance(node, CategorySplit):
            levels.setdefault(node.view, set()).update(node.categories)
        else:
            thresholds.setdefault(node.view, set()).add(node.threshold)
    # A row for every rank, and one for NaN; a row for every level, and one for all others.
    numbers = [
        len(thresholds[v]) + 1 + (forest.views[v].transform is not Transform.NAN_IS_ZERO) for v in sorted(thresholds)
    ]
    rows = [*numbers, *(len(levels[v]) + 1 for v in sorted(levels))]
    row_bytes = len(forest.trees) * next(size for size in lane_bytes if most <= 8 * size)
    for one, other in cross_tables(rows, row_bytes, crossed_bytes):
        rows.append(rows[one] * rows[other])
    return sum(rows) * row_bytes


def _choose(forest: Forest, offer: Offer, left: int) -> ForestChoice:
    leaves = _leaves(forest)
    if leaves <= offer.ternary_leaves and all(map(_is_small, forest.trees)):
        why = f"it has {leaves} leaves in all, and up to {offer.ternary_leaves} conditionals start and run fastest"
        return _choice(forest, Strategy.TERNARIES, 0, why)
    rows = prefix_and_bytes(forest, offer.lane_bytes, offer.crossed_bytes) if fits_prefix_and(forest) else None
    if rows is not None and rows <= left:
        return prefix_and_choice(forest, rows, left)
    # A leaf and a split take a double and two integers each.
    return node_table_choice(forest, 16 * (2 * leaves - len(forest.trees)), left, rows)


def _is_small(tree: Tree) -> bool:
    depth = 0
    level = [0] if tree.nodes else []
    while level:
        depth += 1
        nodes = [tree.nodes[number] for number in level]
        if any(isinstance(node, CategorySplit) and len(node.categories) > _LARGEST_SET for node in nodes):
            return False
        level = [child for node in nodes for child in (node.left, node.right) if child >= 0]
    return depth <= _DEEPEST


def _choice(forest: Forest, strategy: Strategy, memory_bytes: int, why: str) -> ForestChoice:
    return ForestChoice(forest.name, strategy, len(forest.trees), _leaves(forest), memory_bytes, why)


def _leaves(forest: Forest) -> int:
    return sum(len(tree.leaves) for tree in forest.trees)


def _size(count: int) -> str:
    """A size for people: `850 bytes`, `12.3 KB`, `1.1 MB`, `24 MB`."""
    for unit, size in (("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"
