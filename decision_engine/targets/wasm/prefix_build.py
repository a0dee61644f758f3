"""The function that builds the rows and leaf tables of prefix_and.py when a module starts.

In the stream the splits of a tree stand in order, so that split number i (from 1) has leaf i - 1 as its last leaf on
the left. In a view's descriptor stand: the address of its rows; the number of its thresholds or classes; the offset of
its NaN row (0: none) or the size of one set; the address of its sets (0: a numeric view).
"""

from __future__ import annotations

from decision_engine.targets.wasm.instructions import (
    Code,
    block,
    branch,
    branch_if,
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


def build_rows(view_width: int) -> Function:
    """build_rows_w(...): fill the rows and the leaf table of one forest from its stream; `view_width` in bytes."""
    parameters = declare(
        "i32", "rows", "size", "row_bytes", "trees", "leaf_counts", "views", "tests", "lefts", "leaves"
    )
    parameters += declare("i32", "descriptors", "view_count", "leaf_table", "leaf_stride")
    tree = join(
        put("count", load("i32.load8_u", op("i32.add", get("leaf_counts"), get("tree")))),
        op("memory.copy", get("leaf_table"), get("leaves"), op("i32.shl", get("count"), i32(3))),
        increase("leaves", op("i32.shl", get("count"), i32(3))),
        increase("leaf_table", get("leaf_stride")),
        put("i", i32(1)),
        block(
            "splits_end",
            loop(
                "splits",
                branch_if("splits_end", op("i32.ge_u", get("i"), get("count"))),
                _clear_split(view_width),
                increase("lefts", i32(1)),
                increase("tests", i32(2)),
                increase("views", i32(view_width)),
                increase("i", i32(1)),
                branch("splits"),
            ),
        ),
    )
    body = join(
        op("memory.fill", get("rows"), i32(255), get("size")),
        repeat("trees", "tree", get("trees"), tree),
        repeat("views", "i", get("view_count"), _and_into_next_rows()),
    )
    locals = declare(
        "i32", "tree", "i", "count", "left", "descriptor", "column", "test", "set", "class", "end"
    ) + declare("i64", "mask")
    return Function(f"build_rows_{view_width}", parameters, None, locals, body)


def _clear_split(view_width: int) -> Code:
    """Clear the leaves left of one split in the rows where its test is false first (ranks) or at all (classes)."""
    view = load("i32.load8_u" if view_width == 1 else "i32.load16_u", get("views"))
    bits = op("i64.sub", op("i64.shl", i64(1), op("i64.extend_i32_u", get("left"))), i64(1))
    shifted = op("i64.shl", bits, op("i64.extend_i32_u", op("i32.sub", get("i"), get("left"))))
    is_nan_left = op("i32.and", load("i32.load8_u", get("lefts")), i32(NAN_LEFT))
    nan_row = load("i32.load", get("descriptor"), 8)
    class_byte = load("i32.load8_u", op("i32.add", get("set"), op("i32.shr_u", get("class"), i32(3))))
    is_member = op("i32.and", op("i32.shr_u", class_byte, op("i32.and", get("class"), i32(7))), i32(1))
    ranks = join(
        _clear(op("i32.mul", op("i32.add", get("test"), i32(1)), get("row_bytes"))),
        when(op("i32.eqz", is_nan_left), when(nan_row, _clear(nan_row))),
    )
    classes = join(
        put("set", op("i32.add", get("set"), op("i32.mul", get("test"), load("i32.load", get("descriptor"), 8)))),
        repeat(
            "classes",
            "class",
            load("i32.load", get("descriptor"), 4),
            when(op("i32.eqz", is_member), _clear(op("i32.mul", get("class"), get("row_bytes")))),
        ),
    )
    return join(
        put("left", op("i32.and", load("i32.load8_u", get("lefts")), i32(NAN_LEFT - 1))),
        put("mask", op("i64.xor", shifted, i64(-1))),
        put("test", load("i32.load16_u", get("tests"))),
        put("descriptor", op("i32.add", get("descriptors"), op("i32.shl", view, i32(4)))),
        put("column", op("i32.add", load("i32.load", get("descriptor")), op("i32.shl", get("tree"), i32(3)))),
        put("set", load("i32.load", get("descriptor"), 12)),
        when(get("set"), classes, ranks),
    )


def _clear(offset: Code) -> Code:
    """AND `mask` into the row at `offset` from the view's first, in this tree's column."""
    address = op("i32.add", get("column"), offset)
    return store("i64.store", address, op("i64.and", load("i64.load", address), get("mask")))


def _and_into_next_rows() -> Code:
    """For a numeric view: AND each row into the next one, in order, the NaN row left out."""
    earlier = op("i32.sub", get("column"), get("row_bytes"))
    both = op("v128.and", load("v128.load", get("column")), load("v128.load", earlier))
    size = op("i32.mul", load("i32.load", get("descriptor"), 4), get("row_bytes"))
    return join(
        put("descriptor", op("i32.add", get("descriptors"), op("i32.shl", get("i"), i32(4)))),
        when(
            op("i32.eqz", load("i32.load", get("descriptor"), 12)),
            join(
                put("column", op("i32.add", load("i32.load", get("descriptor")), get("row_bytes"))),
                put("end", op("i32.add", get("column"), size)),
                loop(
                    "rows",
                    store("v128.store", get("column"), both),
                    increase("column", i32(16)),
                    branch_if("rows", op("i32.lt_u", get("column"), get("end"))),
                ),
            ),
        ),
    )
