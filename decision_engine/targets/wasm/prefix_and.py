"""Forests as prefix-AND bit vectors: one row of masks a view, joined by AND, gives every tree's exit leaf.

Each tree has a 64-bit mask of its leaves, the leftmost in the lowest bit. A test that is false rules out the leaves
on its left. For each view and each place of its value (see views.py) a *row* holds, for all trees, the leaves that
are left. A prediction is

    for each pair of trees: exits = row of view 0 and row of view 1 and ...
                            the lowest bit of each half is a tree's exit leaf

A variant of QuickScorer (Lucchese et al., SIGIR 2015). The rows are large and never shipped: `build_rows` makes them
when the module starts, from a stream of four or five bytes a split. It clears the leaves of `value <= thresholds[j]`
in row j + 1 alone; AND-ing each row into the next one then carries that to every higher rank.

Trees of one output stand together, padded to an even number by trees of the single leaf -0.0, which changes no sum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import reduce

from decision_engine.targets.wasm.arrange import ArrangedTree, ArrangedView, Arrangement, Classes, Ranks
from decision_engine.targets.wasm.instructions import (
    Code,
    branch_if,
    call,
    f64,
    get,
    i32,
    increase,
    join,
    load,
    loop,
    op,
    put,
    store,
    v128,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function, declare
from decision_engine.targets.wasm.prefix_build import NAN_LEFT, build_rows
from decision_engine.targets.wasm.views import VIEW_LOCALS, class_code, rank_code

MOST_LEAVES = 64
PADDING_TREE = ArrangedTree((), (-0.0,))

_PAIR = 16
"""Bytes of a pair of trees in a row."""
_MOST_UNROLLED_LOADS = 96
_DESCRIPTOR = struct.Struct("<4I")
"""Of a view: its rows; number of thresholds or classes; offset of the NaN row (0: none) or size of a set; sets or 0."""


@dataclass(frozen=True, slots=True)
class PrefixAnd:
    """An arrangement with its sizes: `trees` is padded, `row_bytes` one row, `rows[v]` the number of rows of view v."""

    arrangement: Arrangement
    trees: tuple[ArrangedTree, ...]
    row_bytes: int
    rows: tuple[int, ...]

    @property
    def memory(self) -> int:
        """Bytes of all rows and of the leaf table."""
        return self.row_bytes * sum(self.rows) + self.leaf_stride * len(self.trees)

    @property
    def leaf_stride(self) -> int:
        """Bytes from one tree's leaves to the next one's in the leaf table."""
        return 8 * max((len(tree.leaves) for tree in self.trees), default=0)


def prefix_and(arrangement: Arrangement) -> PrefixAnd | None:
    """The arrangement as bit vectors, or None when a tree has too many leaves or a place does not fit 16 bits."""
    if any(len(tree.leaves) > MOST_LEAVES for tree in arrangement.trees):
        return None
    if any(_tests(view) > 0xFFFF or _row_count(view) > 0xFFFF for view in arrangement.views):
        return None
    trees = tuple(tree for group in arrangement.outputs for tree in (*group, *[PADDING_TREE] * (len(group) % 2)))
    return PrefixAnd(arrangement, trees, 8 * len(trees), tuple(_row_count(view) for view in arrangement.views))


def _tests(view: ArrangedView) -> int:
    return len(view.thresholds) if isinstance(view, Ranks) else len(view.sets)


def _row_count(view: ArrangedView) -> int:
    return view.count if isinstance(view, Classes) else len(view.thresholds) + 1 + view.nan_right


def emit_prefix_and(forest: PrefixAnd, name: str, layout: Layout) -> tuple[Function, Code, tuple[Function, ...]]:
    """The function `name(inputs, outputs)`, the code that builds its tables at start, and the helpers of both."""
    view_width = 1 if len(forest.rows) <= 256 else 2
    first_rows = layout.reserve(forest.row_bytes * sum(forest.rows))
    rows = [first_rows + forest.row_bytes * sum(forest.rows[:v]) for v in range(len(forest.rows))]
    leaf_table = layout.reserve(forest.leaf_stride * len(forest.trees))
    start = call(
        f"build_rows_{view_width}",
        i32(first_rows),
        i32(forest.row_bytes * sum(forest.rows)),
        i32(forest.row_bytes),
        i32(len(forest.trees)),
        *(i32(address) for address in _place_stream(forest, view_width, layout)),
        i32(_place_descriptors(forest, rows, layout)),
        i32(len(rows)),
        i32(leaf_table),
        i32(forest.leaf_stride),
    )
    body = join(*_row_places(forest, layout), put("leaf", i32(leaf_table)), *_sums(forest, rows, leaf_table))
    locals = VIEW_LOCALS + declare("i32", *(f"row_{v}" for v in range(len(rows))), "leaf")
    locals += declare("v128", "exits") + declare("f64", "sum")
    score = Function(name, declare("i32", "inputs", "outputs"), None, locals, body, exported=True)
    return score, start, (build_rows(view_width),)


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
        layout.place(b"".join(struct.pack(f"<{len(tree.leaves)}d", *tree.leaves) for tree in forest.trees)),
    )


def _place_descriptors(forest: PrefixAnd, rows: list[int], layout: Layout) -> int:
    descriptors = b""
    for view, address in zip(forest.arrangement.views, rows, strict=True):
        if isinstance(view, Ranks):
            nan_row = (len(view.thresholds) + 1) * forest.row_bytes if view.nan_right else 0
            descriptors += _DESCRIPTOR.pack(address, len(view.thresholds), nan_row, 0)
        else:
            size = -(-view.count // 8)
            sets = b"".join(sum(1 << number for number in members).to_bytes(size, "little") for members in view.sets)
            descriptors += _DESCRIPTOR.pack(address, view.count, size, layout.place(sets, 1))
    return layout.place(descriptors, 4)


def _row_places(forest: PrefixAnd, layout: Layout) -> list[Code]:
    """Code that puts the offset of each view's row from its first row into the local `row_v`."""
    parts: list[Code] = []
    for number, view in enumerate(forest.arrangement.views):
        row = f"row_{number}"
        if isinstance(view, Classes):
            parts.append(put(row, op("i32.mul", class_code(view, layout), i32(forest.row_bytes))))
            continue
        # row_bytes is a multiple of 16, and rank_code gives 8 * rank.
        parts += [rank_code(view, row, layout), put(row, op("i32.mul", get(row), i32(forest.row_bytes // 8)))]
        if view.nan_right:
            nan_row = (len(view.thresholds) + 1) * forest.row_bytes
            parts.append(increase(row, op("i32.mul", op("f64.ne", get("x"), get("x")), i32(nan_row))))
    return parts


def _sums(forest: PrefixAnd, rows: list[int], leaf_table: int) -> list[Code]:
    """Code for each output: the ordered sum over its pairs of trees. The locals `row_v` and `leaf` move along them."""
    unrolled = 4 if 4 * len(rows) <= _MOST_UNROLLED_LOADS else 1
    parts: list[Code] = []
    end = leaf_table
    for number, trees in enumerate(forest.arrangement.outputs):
        pairs = (len(trees) + 1) // 2
        whole = pairs - pairs % unrolled
        end += 2 * whole * forest.leaf_stride
        group = join(*(_pair(forest, rows, place) for place in range(unrolled)), _advance(forest, len(rows), unrolled))
        parts.append(put("sum", f64(0.0)))
        if whole:
            parts.append(loop("trees", group, branch_if("trees", op("i32.ne", get("leaf"), i32(end)))))
        parts += [_pair(forest, rows, place) for place in range(pairs - whole)]
        parts.append(store("f64.store", get("outputs"), get("sum"), 8 * number))
        if number + 1 < len(forest.arrangement.outputs):
            parts.append(_advance(forest, len(rows), pairs - whole))
            end += 2 * (pairs - whole) * forest.leaf_stride
    return parts


def _pair(forest: PrefixAnd, rows: list[int], place: int) -> Code:
    """Add the leaves of the pair of trees `place` pairs further on."""
    masks = [load("v128.load", get(f"row_{v}"), address + _PAIR * place) for v, address in enumerate(rows)]
    exits = reduce(lambda left, right: op("v128.and", left, right), masks) if masks else v128(b"\xff" * 16)

    def add_leaf(lane: int) -> Code:
        exit_leaf = op("i32.wrap_i64", op("i64.ctz", op("i64x2.extract_lane", get("exits"), lane=lane)))
        address = op("i32.add", get("leaf"), op("i32.shl", exit_leaf, i32(3)))
        value = load("f64.load", address, (2 * place + lane) * forest.leaf_stride)
        return put("sum", op("f64.add", get("sum"), value))

    return join(put("exits", exits), add_leaf(0), add_leaf(1))


def _advance(forest: PrefixAnd, views: int, pairs: int) -> Code:
    if not pairs:
        return ()
    rows = (increase(f"row_{v}", i32(_PAIR * pairs)) for v in range(views))
    return join(*rows, increase("leaf", i32(2 * pairs * forest.leaf_stride)))
