"""Forests as compact node tables, eight trees walked at once without a branch on the data: for any number of leaves.

Each row first fills *cells*, one integer a test input: two for a numeric view (the rank, with NaN as 0 or as the
largest number, for splits that send NaN left and right), one for each set of a category view (0 when the set holds
the value's class, else 1). Then every split is alike: go left when cell < bound. A node is

    cell: which cell to read, bound: what to compare with, skip: bytes from the end of this node to its right child

The left child follows its parent. A leaf has bound 0 and skip back to itself, so a walk that has arrived stays; its
double follows. Eight walks go on together until none of them moves: their loads overlap, and only that one branch is
to be predicted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import reduce

from decision_engine.targets.wasm.arrange import ArrangedTree, Arrangement, Classes, Ranks
from decision_engine.targets.wasm.instructions import (
    Code,
    branch_if,
    call,
    get,
    i32,
    increase,
    join,
    load,
    loop,
    op,
    put,
    repeat,
    store,
    tee,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function, declare
from decision_engine.targets.wasm.sums import SUM_LOCALS, add_leaf, pack_leaves, start_sum, store_sum
from decision_engine.targets.wasm.views import VIEW_LOCALS, class_code, rank_code

WALKS = 8
"""Trees walked at once."""
MOST_SET_ROWS = 4 * 1024 * 1024
"""Bytes of a category view's rows of cells, at most."""


@dataclass(frozen=True, slots=True)
class Width:
    """The sizes of a table's integers: `cell` bytes of a cell, a bound and a cell's number; `node` bytes of a node."""

    cell: int
    node: int
    node_format: struct.Struct
    load: str
    store: str
    nan: int


NARROW = Width(2, 8, struct.Struct("<HHi"), "i32.load16_u", "i32.store16", 0xFFFF)
WIDE = Width(4, 16, struct.Struct("<IIi4x"), "i32.load", "i32.store", 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class NodeTable:
    """An arrangement with the first cell of each view; `cells` counts them."""

    arrangement: Arrangement
    width: Width
    first_cells: tuple[int, ...]
    cells: int

    @property
    def memory(self) -> int:
        """Bytes of nodes, leaves and set rows."""
        nodes = sum(
            len(t.splits) * self.width.node + len(t.leaves) * (self.width.node + 8) for t in self.arrangement.trees
        )
        views = self.arrangement.views
        rows = [_set_rows_size(view, self.width) for view in views if isinstance(view, Classes)]
        return nodes + sum(size for size in rows if size <= MOST_SET_ROWS)


def node_table(arrangement: Arrangement) -> NodeTable:
    """The arrangement as a table, with 16-bit cells where they suffice."""
    sizes = [len(view.sets) if isinstance(view, Classes) else 2 for view in arrangement.views]
    first_cells = tuple(sum(sizes[:number]) for number in range(len(sizes)))
    most = max((len(view.thresholds) for view in arrangement.views if isinstance(view, Ranks)), default=0)
    width = NARROW if max(most, sum(sizes)) < NARROW.nan else WIDE
    return NodeTable(arrangement, width, first_cells, sum(sizes))


def emit_node_table(table: NodeTable, name: str, layout: Layout) -> tuple[Function, Code, tuple[Function, ...]]:
    """The function `name(inputs, outputs)`, the code that builds its tables at start, and the helpers of both."""
    cells = layout.reserve(table.cells * table.width.cell)
    cell_codes: list[Code] = []
    starts: list[Code] = []
    for view, first in zip(table.arrangement.views, table.first_cells, strict=True):
        address = cells + first * table.width.cell
        if isinstance(view, Ranks):
            cell_codes.append(_fill_rank_cells(view, address, table.width, layout))
        else:
            start, fill = _set_cells(view, address, table.width, layout)
            starts.append(start)
            cell_codes.append(fill)
    body = join(*cell_codes, *_walk_all(table, cells, layout))
    cursors = tuple(f"node_{walk}" for walk in range(WALKS))
    locals = VIEW_LOCALS + declare("i32", "rank", "roots", "moved", "next", *cursors)
    locals += SUM_LOCALS[table.arrangement.summation]
    score = Function(name, declare("i32", "inputs", "outputs"), None, locals, body, exported=True)
    return score, join(*starts), helpers(table.width) if starts else ()


def _fill_rank_cells(view: Ranks, address: int, width: Width, layout: Layout) -> Code:
    rank = op("i32.shr_u", get("rank"), i32(3))
    # -1 has all bits: or-ing it in gives the largest number, which no bound exceeds.
    nan_right = op("i32.or", rank, op("i32.sub", i32(0), op("f64.ne", get("x"), get("x"))))
    return join(
        rank_code(view, "rank", layout),
        store(width.store, i32(0), rank, address),
        store(width.store, i32(0), nan_right, address + width.cell),
    )


def _set_cells(view: Classes, address: int, width: Width, layout: Layout) -> tuple[Code, Code]:
    """Code for the start, and code that fills the view's cells: by copying the row of the value's class, made at start.

    Where these rows would be large, the cells are filled from the sets' bits for every row instead.
    """
    size = -(-view.count // 8)
    bits = b"".join(sum(1 << number for number in members).to_bytes(size, "little") for members in view.sets)
    sets = (i32(layout.place(bits, 1)), i32(len(view.sets)), i32(size))
    if _set_rows_size(view, width) > MOST_SET_ROWS:
        return (), call(f"fill_set_cells_{width.cell}", i32(address), class_code(view, layout), *sets)
    row_size = len(view.sets) * width.cell
    rows = layout.reserve(_set_rows_size(view, width))
    row = op("i32.add", op("i32.mul", class_code(view, layout), i32(row_size)), i32(rows))
    start = call(f"build_set_rows_{width.cell}", i32(rows), i32(view.count), *sets)
    return start, op("memory.copy", i32(address), row, i32(row_size))


def _set_rows_size(view: Classes, width: Width) -> int:
    return view.count * len(view.sets) * width.cell


def helpers(width: Width) -> tuple[Function, Function]:
    """The functions that tables of this width call.

    fill_set_cells_w(cells, class, sets, count, size): a cell for each of `count` sets; 0: the set holds the class.
    build_set_rows_w(cells, classes, sets, count, size): the same for all classes, row after row.
    """
    fill_name = f"fill_set_cells_{width.cell}"
    byte = load("i32.load8_u", op("i32.add", get("sets"), op("i32.shr_u", get("class"), i32(3))))
    bit = op("i32.and", op("i32.shr_u", byte, op("i32.and", get("class"), i32(7))), i32(1))
    fill = repeat(
        "each_set",
        "set",
        get("count"),
        store(width.store, get("cells"), op("i32.eqz", bit)),
        increase("cells", i32(width.cell)),
        increase("sets", get("size")),
    )
    build = repeat(
        "each_class",
        "class",
        get("classes"),
        call(fill_name, *(get(name) for name in ("cells", "class", "sets", "count", "size"))),
        increase("cells", op("i32.mul", get("count"), i32(width.cell))),
    )
    filled = declare("i32", "cells", "class", "sets", "count", "size")
    built = declare("i32", "cells", "classes", "sets", "count", "size")
    return (
        Function(fill_name, filled, None, declare("i32", "set"), fill),
        Function(f"build_set_rows_{width.cell}", built, None, declare("i32", "class"), build),
    )


def _walk_all(table: NodeTable, cells: int, layout: Layout) -> list[Code]:
    """Code for each output: walk its trees in groups of eight, add the leaves in the order of trees."""
    summation = table.arrangement.summation
    padding = layout.place(_leaf(-0.0, table))
    roots: list[int] = []
    ends: list[int] = []
    for trees in table.arrangement.outputs:
        roots += [layout.place(_nodes(tree, table), 8) for tree in trees]
        roots += [padding] * (-len(trees) % WALKS)
        ends.append(4 * len(roots))
    first_root = layout.place(struct.pack(f"<{len(roots)}I", *roots), 4)
    parts = [put("roots", i32(first_root))]
    for number, (begin, end) in enumerate(zip([0, *ends], ends, strict=False)):
        parts.append(start_sum(summation, table.arrangement.starts[number]))
        if begin != end:
            again = branch_if("groups", op("i32.ne", get("roots"), i32(first_root + end)))
            parts.append(loop("groups", _walk_group(table, cells), increase("roots", i32(4 * WALKS)), again))
        parts.append(store_sum(summation, number))
    return parts


def _walk_group(table: NodeTable, cells: int) -> Code:
    walks, width = range(WALKS), table.width
    starts = [put(f"node_{walk}", load("i32.load", get("roots"), 4 * walk)) for walk in walks]
    steps = [_step(width, f"node_{walk}", cells) for walk in walks]
    # Each step leaves old xor new on the stack.
    moved = reduce(lambda left, right: op("i32.or", left, right), steps)
    sums = [add_leaf(table.arrangement.summation, get(f"node_{walk}"), width.node) for walk in walks]
    return join(*starts, loop("walk", branch_if("walk", moved)), *sums)


def _step(width: Width, node: str, cells: int) -> Code:
    """Move one walk on; leaves a number that is not 0 when it has moved."""
    cell_number = load(width.load, get(node))
    cell = load(width.load, op("i32.shl", cell_number, i32(width.cell.bit_length() - 1)), cells)
    is_right = op("i32.ge_u", cell, load(width.load, get(node), width.cell))
    skip = op("i32.and", load("i32.load", get(node), 2 * width.cell), op("i32.sub", i32(0), is_right))
    following = op("i32.add", op("i32.add", get(node), i32(width.node)), skip)
    return join(op("i32.xor", get(node), tee("next", following)), put(node, get("next")))


def _nodes(tree: ArrangedTree, table: NodeTable) -> bytes:
    """The bytes of a tree: splits and leaves in preorder."""
    split_size, leaf_size = table.width.node, table.width.node + 8
    sizes: dict[int, int] = {~number: leaf_size for number in range(len(tree.leaves))}
    for number in reversed(range(len(tree.splits))):
        split = tree.splits[number]
        sizes[number] = split_size + sizes[split.left] + sizes[split.right]
    parts: list[bytes] = []
    waiting = [0 if tree.splits else ~0]
    while waiting:
        node = waiting.pop()
        if node < 0:
            parts.append(_leaf(tree.leaves[~node], table))
            continue
        split = tree.splits[node]
        cell, bound = table.first_cells[split.view], 1
        if isinstance(table.arrangement.views[split.view], Classes):
            cell += split.test
        else:
            cell, bound = cell + (not split.nan_left), split.test + 1
        parts.append(table.width.node_format.pack(cell, bound, sizes[split.left]))
        waiting += [split.right, split.left]
    return b"".join(parts)


def _leaf(value: float, table: NodeTable) -> bytes:
    content = pack_leaves(table.arrangement.summation, (value,))
    return table.width.node_format.pack(0, 0, -table.width.node) + content.ljust(8, b"\0")
