"""The function that scores one row by the tables of prefix_and.py.

A processor has few registers: not more than `MOST_ROWS` rows are walked along at once. The AND of the earlier ones
stands in `joined`, where the cuts between ranks are made too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from decision_engine.targets.wasm.arrange import Arrangement, Classes, Ranks
from decision_engine.targets.wasm.instructions import (
    Code,
    branch_if,
    call,
    get,
    i32,
    i64,
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
from decision_engine.targets.wasm.sums import SUM_LOCALS, add_leaf, start_sum, store_sum
from decision_engine.targets.wasm.views import VIEW_LOCALS, class_code, rank_code

BLOCK = 16
"""Bytes of a row that are joined at once."""
MOST_ROWS = 9
_UNROLLED = 2
"""Blocks in the body of a loop."""

_Source: TypeAlias = tuple[str, int]
"""A local and the address that it is the offset from."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What a forest's function reads: sizes as in `PrefixAnd`, and addresses. `outputs` counts the trees of each."""

    arrangement: Arrangement
    outputs: tuple[int, ...]
    lane_bytes: int
    row_bytes: int
    row_counts: tuple[int, ...]
    crossed: tuple[tuple[int, int], ...]
    coarse: int
    leaf_bytes: int
    leaf_stride: int
    rows: tuple[int, ...]
    positions: tuple[int, ...]
    leaf_table: int
    joined: int

    @property
    def trees_in_block(self) -> int:
        """How many trees stand in one block of a row."""
        return BLOCK // self.lane_bytes


def score_function(tables: Tables, name: str, layout: Layout) -> Function:
    """`name(inputs, outputs)`: find each view's row, join the rows, add up the leaves."""
    views = range(len(tables.arrangement.views))
    early, last = _passes(tables)
    sources = [(f"row_{v}", tables.rows[v]) for v in last]
    if early:
        sources.insert(0, ("at", tables.joined))
    body = join(
        *(_place_row(tables, number, layout) for number in views),
        *(_cross_places(tables, number, *both) for number, both in enumerate(tables.crossed, len(views))),
        *(_join_rows(tables, chunk, is_first=number == 0) for number, chunk in enumerate(early)),
        *(_cut_between(tables, number) for number in views if tables.coarse),
        put("at", i32(0)) if early else (),
        put("leaf", i32(tables.leaf_table)),
        *_sums(tables, sources),
    )
    names = [*(f"row_{table}" for table in range(len(tables.rows))), *(f"rank_{number}" for number in views)]
    locals = VIEW_LOCALS + declare("i32", *names, "leaf", "at") + declare("i64", "half") + declare("v128", "exits")
    locals += SUM_LOCALS[tables.arrangement.summation]
    return Function(name, declare("i32", "inputs", "outputs"), None, locals, body, exported=True)


def _passes(tables: Tables) -> tuple[list[list[int]], list[int]]:
    """The tables whose rows are joined first, pass by pass, and those that are joined while leaves are added."""
    inside = {table for both in tables.crossed for table in both}
    left = [table for table in range(len(tables.rows)) if table not in inside]
    count = len(left)
    passes = max(-(-count // MOST_ROWS), 2 if tables.coarse else 1)
    chunks = [left[count * n // passes : count * (n + 1) // passes] for n in range(passes)]
    # The first pass needs a row: with one view, it is the last pass that has none.
    return ([chunks[-1]], chunks[0]) if count == 1 and passes == 2 else (chunks[:-1], chunks[-1])


def _place_row(tables: Tables, number: int, layout: Layout) -> Code:
    """Put the offset of the view's row from its first row into `row_v`, and 8 * the rank of its value into `rank_v`."""
    view, row, rank = tables.arrangement.views[number], f"row_{number}", f"rank_{number}"
    if isinstance(view, Classes):
        return put(row, op("i32.mul", class_code(view, layout), i32(tables.row_bytes)))
    place = op("i32.shr_u", get(rank), i32(3 + tables.coarse))
    parts = [rank_code(view, rank, layout), put(row, op("i32.mul", place, i32(tables.row_bytes)))]
    if view.nan_right:
        nan_row = (tables.row_counts[number] - 1) * tables.row_bytes
        parts.append(increase(row, op("i32.mul", op("f64.ne", get("x"), get("x")), i32(nan_row))))
    return join(*parts)


def _cross_places(tables: Tables, number: int, one: int, other: int) -> Code:
    """Put the offset of the row of two crossed tables into their `row_v`."""
    places = op("i32.mul", get(f"row_{one}"), i32(tables.row_counts[other]))
    return put(f"row_{number}", op("i32.add", places, get(f"row_{other}")))


def _join_rows(tables: Tables, chunk: list[int], *, is_first: bool) -> Code:
    """One pass: the AND of some tables' rows, and of what the passes before have joined, into `joined`."""
    sources = [(f"row_{table}", tables.rows[table]) for table in chunk]
    if not is_first:
        sources.append(("at", tables.joined))
    blocks = tables.row_bytes // BLOCK
    whole = blocks - blocks % _UNROLLED
    moved = list(dict.fromkeys(("at", *(local for local, _ in sources))))

    def step(place: int) -> Code:
        return store("v128.store", get("at"), _joined(sources, place), tables.joined + BLOCK * place)

    parts = [put("at", i32(0))]
    if whole:
        steps = [step(place) for place in range(_UNROLLED)]
        moves = [increase(local, i32(BLOCK * _UNROLLED)) for local in moved]
        again = branch_if("blocks", op("i32.ne", get("at"), i32(BLOCK * whole)))
        parts.append(loop("blocks", *steps, *moves, again))
    return join(*parts, *(step(place) for place in range(blocks - whole)))


def _cut_between(tables: Tables, number: int) -> Code:
    """Make the cuts of the tests between the rank that has a row and the value's own."""
    if not isinstance(tables.arrangement.views[number], Ranks):
        return ()
    rank = get(f"rank_{number}")
    with_row = op("i32.shl", op("i32.shr_u", rank, i32(3 + tables.coarse)), i32(2 + tables.coarse))
    return call(
        f"clear_cuts_{tables.lane_bytes}",
        load("i32.load", with_row, tables.positions[number]),
        load("i32.load", op("i32.shr_u", rank, i32(1)), tables.positions[number]),
        i32(tables.joined),
        i32(0),
    )


def _sums(tables: Tables, sources: list[_Source]) -> list[Code]:
    """Code for each output: the ordered sum over its blocks of trees. The sources and `leaf` move along them."""
    parts: list[Code] = []
    end = tables.leaf_table
    block_stride = tables.trees_in_block * tables.leaf_stride
    for number, trees in enumerate(tables.outputs):
        blocks = -(-trees // tables.trees_in_block)
        whole = blocks - blocks % _UNROLLED
        end += whole * block_stride
        parts.append(start_sum(tables.arrangement.summation, tables.arrangement.starts[number]))
        if whole:
            body = join(*(_block(tables, sources, n) for n in range(_UNROLLED)), _advance(tables, sources, _UNROLLED))
            parts.append(loop("trees", body, branch_if("trees", op("i32.ne", get("leaf"), i32(end)))))
        parts += [_block(tables, sources, place) for place in range(blocks - whole)]
        parts.append(store_sum(tables.arrangement.summation, number))
        if number + 1 < len(tables.outputs):
            parts.append(_advance(tables, sources, blocks - whole))
            end += (blocks - whole) * block_stride
    return parts


def _block(tables: Tables, sources: list[_Source], place: int) -> Code:
    """Add the leaves of the block of trees `place` blocks further on."""
    parts = [put("exits", _joined(sources, place))]
    for tree in range(tables.trees_in_block):
        lane, in_half = divmod(tree, tables.trees_in_block // 2)
        if in_half == 0:
            parts.append(put("half", op("i64x2.extract_lane", get("exits"), lane=lane)))
        # A tree's mask is never empty, so the lowest bit of what is left of the half is this tree's.
        mask = op("i64.shr_u", get("half"), i64(8 * tables.lane_bytes * in_half)) if in_half else get("half")
        exit_leaf = op("i32.wrap_i64", op("i64.ctz", mask))
        address = op("i32.add", get("leaf"), op("i32.shl", exit_leaf, i32(tables.leaf_bytes.bit_length() - 1)))
        offset = (tables.trees_in_block * place + tree) * tables.leaf_stride
        parts.append(add_leaf(tables.arrangement.summation, address, offset))
    return join(*parts)


def _joined(sources: list[_Source], place: int) -> Code:
    """The AND of one block of all sources."""
    masks = [load("v128.load", get(local), address + BLOCK * place) for local, address in sources]
    return reduce(lambda left, right: op("v128.and", left, right), masks) if masks else v128(b"\xff" * 16)


def _advance(tables: Tables, sources: list[_Source], blocks: int) -> Code:
    if not blocks:
        return ()
    rows = (increase(local, i32(BLOCK * blocks)) for local, _ in sources)
    return join(*rows, increase("leaf", i32(tables.trees_in_block * blocks * tables.leaf_stride)))
