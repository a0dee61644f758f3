"""The functions that build the rows and leaf tables of prefix_and.py when a module starts.

In the stream the splits stand tree by tree, so that split number i (from 1) of a tree has leaf i - 1 as its last leaf
on the left. The numeric ones are first put in the order of their views and tests, as *cuts* (a counting sort). Then
each row is the row before it with a few cuts made, and all of it stays near the processor.

    positions of a view: where the cuts of each of its tests begin, and where the last ones end
    a cut: the tree's number (16 bits), its first leaf on the left (8), how many (7), whether NaN goes left (1)
"""

from __future__ import annotations

import struct

from decision_engine.targets.wasm.instructions import (
    Code,
    block,
    branch,
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
    repeat,
    store,
    when,
)
from decision_engine.targets.wasm.module import Function, declare

NAN_LEFT = 128
"""The bit of a split's left count that says: NaN goes left."""
CUT_BYTES = 4
DESCRIPTOR = struct.Struct("<5I12x")
"""Of a view: its rows; number of thresholds or classes; NaN row (0: none) or size of a set; sets or 0; positions."""

_DESCRIPTOR_SHIFT = DESCRIPTOR.size.bit_length() - 1
_ROWS, _COUNT, _NAN_ROW, _SETS, _POSITIONS = range(0, 20, 4)
_SET_SIZE = _NAN_ROW


def build_rows(view_width: int, leaf_bytes: int, lane_bytes: int) -> Function:
    """build_rows_v_l_m(...): fill the rows, the cuts and the leaf table of one forest from its stream, where a view's
    number has `view_width` bytes, a leaf `leaf_bytes` and a tree's mask `lane_bytes`.

    A rank whose bits within `fine` are all 0 has a row of its own.
    """
    name = f"build_rows_{view_width}_{leaf_bytes}_{lane_bytes}"
    parameters = declare("i32", "row_bytes", "trees", "leaf_counts", "views", "tests", "lefts", "leaves")
    parameters += declare("i32", "descriptors", "view_count", "leaf_table", "leaf_stride", "cuts", "fine")
    body = join(
        put("view", get("views")),
        put("test", get("tests")),
        repeat("count_trees", "tree", get("trees"), _each_split(view_width, _count_split(view_width))),
        repeat("prepare_views", "n", get("view_count"), _descriptor(get("n")), _prepare_view()),
        put("view", get("views")),
        put("test", get("tests")),
        repeat(
            "place_trees",
            "tree",
            get("trees"),
            _each_split(view_width, _place_split(view_width, lane_bytes)),
            _copy_leaves(leaf_bytes),
        ),
        repeat("fill_views", "n", get("view_count"), _descriptor(get("n")), _fill_ranks(lane_bytes)),
    )
    locals = declare("i32", "tree", "i", "n", "count", "view", "test", "left", "descriptor", "sets", "at", "row", "end")
    locals += declare("i32", "class") + declare("i64", "mask")
    return Function(name, parameters, None, locals, body)


def clear_cuts(lane_bytes: int) -> Function:
    """clear_cuts_m(from, to, row, nan_row): make the cuts from `from` up to `to` in a row; and in `nan_row`, unless
    that is 0, those that do not send NaN left."""
    cut = get("cut")
    count = op("i64.extend_i32_u", op("i32.and", op("i32.shr_u", cut, i32(24)), i32(NAN_LEFT - 1)))
    first = op("i64.extend_i32_u", op("i32.and", op("i32.shr_u", cut, i32(16)), i32(255)))
    lane = op("i32.shl", op("i32.and", cut, i32(0xFFFF)), i32(lane_bytes.bit_length() - 1))
    nan_too = op("i32.and", op("i32.ne", get("nan_row"), i32(0)), op("i32.ge_s", cut, i32(0)))
    step = join(
        branch_if("end", op("i32.eq", get("from"), get("to"))),
        put("cut", load("i32.load", get("from"))),
        put("mask", _mask(count, first)),
        put("lane", lane),
        _clear(op("i32.add", get("row"), get("lane")), lane_bytes),
        when(nan_too, _clear(op("i32.add", get("nan_row"), get("lane")), lane_bytes)),
        increase("from", i32(CUT_BYTES)),
        branch("cuts"),
    )
    locals = declare("i32", "cut", "lane") + declare("i64", "mask")
    parameters = declare("i32", "from", "to", "row", "nan_row")
    return Function(f"clear_cuts_{lane_bytes}", parameters, None, locals, block("end", loop("cuts", step)))


def cross_rows() -> Function:
    """cross_rows(one, count, other, size, row_bytes, to): for each of `count` rows at `one`, its AND with each of the
    rows at `other`, `size` bytes in all."""
    both = op("v128.and", load("v128.load", op("i32.add", get("one"), get("column"))), load("v128.load", get("at")))
    step = join(
        store("v128.store", get("to"), both),
        increase("to", i32(16)),
        increase("at", i32(16)),
        put("column", op("i32.add", get("column"), i32(16))),
        put("column", op("select", i32(0), get("column"), op("i32.eq", get("column"), get("row_bytes")))),
        branch_if("blocks", op("i32.lt_u", get("at"), get("end"))),
    )
    body = repeat(
        "rows",
        "n",
        get("count"),
        put("at", get("other")),
        put("end", op("i32.add", get("other"), get("size"))),
        put("column", i32(0)),
        loop("blocks", step),
        increase("one", get("row_bytes")),
    )
    parameters = declare("i32", "one", "count", "other", "size", "row_bytes", "to")
    return Function("cross_rows", parameters, None, declare("i32", "n", "at", "end", "column"), body)


def _each_split(view_width: int, body: Code) -> Code:
    """Run the body for each split of `tree`; `i` is its number, `view` and `test` where it stands in the stream."""
    return join(
        put("count", load("i32.load8_u", op("i32.add", get("leaf_counts"), get("tree")))),
        put("i", i32(1)),
        block(
            "splits_end",
            loop(
                "splits",
                branch_if("splits_end", op("i32.ge_u", get("i"), get("count"))),
                _descriptor(load("i32.load8_u" if view_width == 1 else "i32.load16_u", get("view"))),
                body,
                increase("view", i32(view_width)),
                increase("test", i32(2)),
                increase("i", i32(1)),
                branch("splits"),
            ),
        ),
    )


def _descriptor(view: Code) -> Code:
    return put("descriptor", op("i32.add", get("descriptors"), op("i32.shl", view, i32(_DESCRIPTOR_SHIFT))))


def _field(offset: int) -> Code:
    return load("i32.load", get("descriptor"), offset)


def _position(offset: int) -> Code:
    """The address of an element of a view's positions: that of the split's test, `offset` bytes further on."""
    place = op("i32.add", _field(_POSITIONS), op("i32.shl", load("i32.load16_u", get("test")), i32(2)))
    return op("i32.add", place, i32(offset))


def _count_split(view_width: int) -> Code:
    """Count the bytes of each test's cuts, two places further on."""
    counted = store("i32.store", get("at"), op("i32.add", load("i32.load", get("at")), i32(CUT_BYTES)))
    return when(op("i32.eqz", _field(_SETS)), join(put("at", _position(8)), counted))


def _prepare_view() -> Code:
    """Ranks: add up the counts, so that place t + 1 says where the cuts of test t begin. Classes: keep all leaves."""
    add_up = join(
        put("at", _field(_POSITIONS)),
        store("i32.store", get("at"), get("cuts")),
        repeat(
            "tests",
            "i",
            op("i32.add", _field(_COUNT), i32(1)),
            put("cuts", op("i32.add", get("cuts"), load("i32.load", get("at"), 4))),
            store("i32.store", get("at"), get("cuts"), 4),
            increase("at", i32(4)),
        ),
    )
    keep_all = op("memory.fill", _field(_ROWS), i32(255), op("i32.mul", _field(_COUNT), get("row_bytes")))
    return when(_field(_SETS), keep_all, add_up)


def _place_split(view_width: int, lane_bytes: int) -> Code:
    """Put a numeric split among the cuts; clear the leaves left of another one in the rows of its set's strangers."""
    left = op("i32.and", get("left"), i32(NAN_LEFT - 1))
    first = op("i32.sub", get("i"), left)
    cut = op("i32.or", get("tree"), op("i32.shl", op("i32.or", first, op("i32.shl", get("left"), i32(8))), i32(16)))
    place_cut = join(
        put("at", _position(4)),
        store("i32.store", load("i32.load", get("at")), cut),
        store("i32.store", get("at"), op("i32.add", load("i32.load", get("at")), i32(CUT_BYTES))),
    )
    class_byte = load("i32.load8_u", op("i32.add", get("sets"), op("i32.shr_u", get("class"), i32(3))))
    is_member = op("i32.and", op("i32.shr_u", class_byte, op("i32.and", get("class"), i32(7))), i32(1))
    column = op("i32.add", _field(_ROWS), op("i32.shl", get("tree"), i32(lane_bytes.bit_length() - 1)))
    clear_classes = join(
        put("mask", _mask(op("i64.extend_i32_u", left), op("i64.extend_i32_u", first))),
        increase("sets", op("i32.mul", load("i32.load16_u", get("test")), _field(_SET_SIZE))),
        put("at", column),
        repeat(
            "classes",
            "class",
            _field(_COUNT),
            when(op("i32.eqz", is_member), _clear(get("at"), lane_bytes)),
            increase("at", get("row_bytes")),
        ),
    )
    return join(
        put("left", load("i32.load8_u", get("lefts"))),
        increase("lefts", i32(1)),
        put("sets", _field(_SETS)),
        when(get("sets"), clear_classes, place_cut),
    )


def _copy_leaves(leaf_bytes: int) -> Code:
    size = op("i32.shl", get("count"), i32(leaf_bytes.bit_length() - 1))
    copy = op("memory.copy", get("leaf_table"), get("leaves"), size)
    return join(copy, increase("leaves", size), increase("leaf_table", get("leaf_stride")))


def _fill_ranks(lane_bytes: int) -> Code:
    """Each row of a numeric view is the one before it, with the cuts of the tests between them made."""
    next_row = join(
        op("memory.copy", op("i32.add", get("row"), get("row_bytes")), get("row"), get("row_bytes")),
        increase("row", get("row_bytes")),
    )
    fill = join(
        put("row", _field(_ROWS)),
        op("memory.fill", get("row"), i32(255), get("row_bytes")),
        when(_field(_NAN_ROW), op("memory.fill", _field(_NAN_ROW), i32(255), get("row_bytes"))),
        put("at", _field(_POSITIONS)),
        repeat(
            "tests",
            "i",
            _field(_COUNT),
            when(op("i32.eqz", op("i32.and", get("i"), get("fine"))), next_row),
            call(
                f"clear_cuts_{lane_bytes}",
                load("i32.load", get("at")),
                load("i32.load", get("at"), 4),
                get("row"),
                _field(_NAN_ROW),
            ),
            increase("at", i32(4)),
        ),
    )
    return when(op("i32.eqz", _field(_SETS)), fill)


def _mask(count: Code, first: Code) -> Code:
    """All bits but `count` from `first` on."""
    return op("i64.xor", op("i64.shl", op("i64.sub", op("i64.shl", i64(1), count), i64(1)), first), i64(-1))


def _clear(address: Code, lane_bytes: int) -> Code:
    """AND `mask` into one tree's mask."""
    suffix = "" if lane_bytes == 8 else str(8 * lane_bytes)
    value = load(f"i64.load{suffix}_u" if suffix else "i64.load", address)
    return store(f"i64.store{suffix}", address, op("i64.and", value, get("mask")))
