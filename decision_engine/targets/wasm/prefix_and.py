"""Forests as prefix-AND bit vectors: one row of masks a view, joined by AND, gives every tree's exit leaf.

Each tree has a mask with a bit for each leaf, the leftmost in the lowest bit: 16, 32 or 64 bits, as the largest tree
needs. A test that is false rules out the leaves on its left. For each view and each place of its value (see views.py) a
*row* holds, for all trees, the leaves that are left. A prediction is

    for each block of trees (16 bytes): exits = row of view 0 and row of view 1 and ...
                                        the lowest bit of each mask is a tree's exit leaf

A variant of QuickScorer (Lucchese et al., SIGIR 2015). The rows are large and never shipped: `build_rows` makes them
when the module starts, from a stream of four or five bytes a split (prefix_build.py). Where they would be larger than a
platform's memory allows, only every 2nd, 4th or 8th rank has a row. The few cuts between that rank and the value's own
are then made one by one in the joined masks.

Views of few rows are *crossed*: one table has the AND of each row of the one and each row of the other, so that a
prediction reads one row where it would read two.

Trees of one output stand together, padded to whole blocks by trees of the single leaf -0.0, which changes no sum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from decision_engine.targets.wasm.arrange import ArrangedTree, ArrangedView, Arrangement, Classes, Ranks
from decision_engine.targets.wasm.instructions import Code, call, i32, join
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function
from decision_engine.targets.wasm.prefix_build import (
    CUT_BYTES,
    DESCRIPTOR,
    NAN_LEFT,
    build_rows,
    clear_cuts,
    cross_rows,
)
from decision_engine.targets.wasm.prefix_score import BLOCK, Tables, score_function
from decision_engine.targets.wasm.sums import LEAF_BYTES, pack_leaves
from decision_engine.trees.prefix_and import cross_tables

MOST_LEAVES = 64
PADDING_TREE = ArrangedTree((), (-0.0,))

CROSSED_BYTES = 2 * 1024 * 1024
"""The tables of crossed views have at most so many bytes in all."""
_MOST_COARSE = 3
"""At least every 8th rank has a row."""
_WAYS = tuple((coarse, is_crossed) for coarse in range(_MOST_COARSE + 1) for is_crossed in (True, False))
"""How far ranks are thinned out, and whether views are crossed: what is tried, in this order."""
_MOST_TREES = 0xFFFF
_MOST_TESTS = 0xFFFF


@dataclass(frozen=True, slots=True)
class PrefixAnd:
    """An arrangement with its sizes: `trees` is padded, `lane_bytes` a tree's mask.

    Every 2^`coarse`-th rank has a row. Table v holds the rows of view v, and the tables after them the rows of two
    earlier tables, `crossed`; `rows` counts the rows of each table, one for NaN included.
    """

    arrangement: Arrangement
    trees: tuple[ArrangedTree, ...]
    lane_bytes: int
    coarse: int
    crossed: tuple[tuple[int, int], ...]
    rows: tuple[int, ...]

    @property
    def row_bytes(self) -> int:
        """Bytes of a row, a multiple of 16."""
        return self.lane_bytes * len(self.trees)

    @property
    def leaf_bytes(self) -> int:
        """Bytes of a leaf."""
        return LEAF_BYTES[self.arrangement.summation]

    @property
    def leaf_stride(self) -> int:
        """Bytes from one tree's leaves to the next one's in the leaf table."""
        return self.leaf_bytes * max((len(tree.leaves) for tree in self.trees), default=0)

    @property
    def cuts(self) -> int:
        """How many splits read a numeric view."""
        views = self.arrangement.views
        return sum(isinstance(views[split.view], Ranks) for tree in self.trees for split in tree.splits)

    @property
    def memory(self) -> int:
        """Bytes of all rows, of the cuts, and of the leaf table."""
        cuts = CUT_BYTES * self.cuts + sum(_positions_bytes(view) for view in self.arrangement.views)
        return self.row_bytes * sum(self.rows) + self.leaf_stride * len(self.trees) + cuts


def prefix_and(arrangement: Arrangement, memory_limit_bytes: int) -> PrefixAnd:
    """The bit vectors of an arrangement that has some, in at most so much memory: a row for every rank and crossed
    views if they fit, else as many as do, else the smallest."""
    plans = [_plan(arrangement, *way) for way in _WAYS]
    return next((plan for plan in plans if plan.memory <= memory_limit_bytes), plans[-1])


def smallest_prefix_and(arrangement: Arrangement) -> PrefixAnd | None:
    """The arrangement as bit vectors in the least memory.

    None when a tree has too many leaves, or when a number does not fit 16 bits.
    """
    if any(len(tree.leaves) > MOST_LEAVES for tree in arrangement.trees):
        return None
    if any(_tests(view) > _MOST_TESTS or _row_count(view, 0) > _MOST_TESTS for view in arrangement.views):
        return None
    smallest = _plan(arrangement, *_WAYS[-1])
    return smallest if len(smallest.trees) <= _MOST_TREES else None


def _plan(arrangement: Arrangement, coarse: int, is_crossed: bool) -> PrefixAnd:
    leaves = max((len(tree.leaves) for tree in arrangement.trees), default=0)
    lane_bytes = next(size for size in (2, 4, 8) if leaves <= 8 * size)
    block = BLOCK // lane_bytes
    trees = tuple(tree for group in arrangement.outputs for tree in (*group, *[PADDING_TREE] * (-len(group) % block)))
    rows = [_row_count(view, coarse) for view in arrangement.views]
    row_bytes = lane_bytes * len(trees)
    crossed = cross_tables(rows, row_bytes, CROSSED_BYTES) if is_crossed else ()
    for one, other in crossed:
        rows.append(rows[one] * rows[other])
    return PrefixAnd(arrangement, trees, lane_bytes, coarse, crossed, tuple(rows))


def emit_prefix_and(forest: PrefixAnd, name: str, layout: Layout) -> tuple[Function, Code, tuple[Function, ...]]:
    """The function `name(inputs, outputs)`, the code that builds its tables at start, and the helpers of both."""
    view_width = 1 if len(forest.arrangement.views) <= 256 else 2
    first_rows = layout.reserve(forest.row_bytes * sum(forest.rows))
    rows = tuple(first_rows + forest.row_bytes * sum(forest.rows[:v]) for v in range(len(forest.rows)))
    leaf_table = layout.reserve(forest.leaf_stride * len(forest.trees))
    cuts = layout.reserve(CUT_BYTES * forest.cuts)
    positions = tuple(layout.reserve(_positions_bytes(view), 4) for view in forest.arrangement.views)
    build = call(
        f"build_rows_{view_width}_{forest.leaf_bytes}_{forest.lane_bytes}",
        i32(forest.row_bytes),
        i32(len(forest.trees)),
        *(i32(address) for address in _place_stream(forest, view_width, layout)),
        i32(_place_descriptors(forest, rows, positions, layout)),
        i32(len(forest.arrangement.views)),
        i32(leaf_table),
        i32(forest.leaf_stride),
        i32(cuts),
        i32((1 << forest.coarse) - 1),
    )
    outputs = tuple(map(len, forest.arrangement.outputs))
    tables = Tables(
        forest.arrangement,
        outputs,
        forest.lane_bytes,
        forest.row_bytes,
        forest.rows,
        forest.crossed,
        forest.coarse,
        forest.leaf_bytes,
        forest.leaf_stride,
        rows,
        positions,
        leaf_table,
        layout.reserve(forest.row_bytes),
    )
    crossings = [
        _cross(forest, rows, number, *tables)
        for number, tables in enumerate(forest.crossed, len(forest.arrangement.views))
    ]
    helpers = build_rows(view_width, forest.leaf_bytes, forest.lane_bytes), clear_cuts(forest.lane_bytes), cross_rows()
    return score_function(tables, name, layout), join(build, *crossings), helpers


def _cross(forest: PrefixAnd, rows: tuple[int, ...], to: int, one: int, other: int) -> Code:
    numbers = (
        rows[one],
        forest.rows[one],
        rows[other],
        forest.row_bytes * forest.rows[other],
        forest.row_bytes,
        rows[to],
    )
    return call("cross_rows", *map(i32, numbers))


def _tests(view: ArrangedView) -> int:
    return len(view.thresholds) if isinstance(view, Ranks) else len(view.sets)


def _row_count(view: ArrangedView, coarse: int) -> int:
    """The last row of ranks may stand for a rank that no value has, when they are thinned out."""
    if isinstance(view, Classes):
        return view.count
    return ((len(view.thresholds) - 1) >> coarse) + 2 + view.nan_right


def _positions_bytes(view: ArrangedView) -> int:
    return 4 * (len(view.thresholds) + 2) if isinstance(view, Ranks) else 0


def _place_stream(forest: PrefixAnd, view_width: int, layout: Layout) -> tuple[int, ...]:
    """The addresses of: leaf counts, view numbers, tests, left counts (with the NaN bit), leaves."""
    splits = [
        split for tree in forest.trees for split in sorted(tree.splits, key=lambda split: split.first + split.count)
    ]
    views = [split.view for split in splits]
    return (
        layout.place(bytes(len(tree.leaves) for tree in forest.trees), 1),
        layout.place(struct.pack(f"<{len(views)}{'B' if view_width == 1 else 'H'}", *views), view_width),
        layout.place(struct.pack(f"<{len(splits)}H", *(split.test for split in splits)), 2),
        layout.place(bytes(split.count | NAN_LEFT * split.nan_left for split in splits), 1),
        layout.place(b"".join(pack_leaves(forest.arrangement.summation, tree.leaves) for tree in forest.trees)),
    )


def _place_descriptors(forest: PrefixAnd, rows: tuple[int, ...], positions: tuple[int, ...], layout: Layout) -> int:
    descriptors = b""
    for number, view in enumerate(forest.arrangement.views):
        if isinstance(view, Ranks):
            nan_row = rows[number] + (forest.rows[number] - 1) * forest.row_bytes if view.nan_right else 0
            descriptors += DESCRIPTOR.pack(rows[number], len(view.thresholds), nan_row, 0, positions[number])
        else:
            size = -(-view.count // 8)
            sets = b"".join(sum(1 << number for number in members).to_bytes(size, "little") for members in view.sets)
            descriptors += DESCRIPTOR.pack(rows[number], view.count, size, layout.place(sets, 1), 0)
    return layout.place(descriptors, 4)
