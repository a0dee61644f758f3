"""Shares of a unit: the tests whether its buckets lie within bounds, four at a time, before anything else is decided.

A test `bucket < bound` or `bound <= bucket` is a range of buckets: low <= bucket <= low + span, which holds when
bucket - low <= span in unsigned arithmetic. The tests of one unit fill the lanes of vectors of four; a row of three
vectors (salts, lows, spans) stands in memory for each four tests, and one loop without branches on the data runs over
the rows. A result is an i32, 0 or 1, at its own address; all are 0 when the unit is missing.

Cost: a row takes about as long as one call of `bucket`. So units with fewer tests than `LEAST_SHARES` are left alone.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from decision_engine.ir import nodes as ir
from decision_engine.targets.wasm.instructions import (
    Code,
    branch_if,
    get,
    i32,
    increase,
    join,
    load,
    loop,
    op,
    put,
    store,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Variables, declare
from decision_engine.targets.wasm.prepared import Prepared

LEAST_SHARES = 3
"""As many tests of one unit are worth a vector."""

SHARES_LOCALS: Variables = declare("v128", "a", "b", "h", "present") + declare("i32", "row")
"""The locals that a function with the code of `prepare_shares` must have."""

_LANES = 4
_VECTOR_BYTES = 16
_BUCKETS = 2.0**32


@dataclass(frozen=True, slots=True)
class Share:
    """One test: the unit's hashes, and low <= bucket <= low + span under the salt."""

    unit: tuple[ir.Ref, ir.Ref]
    salt: int
    low: int
    span: int


def prepare_shares(nodes: Sequence[ir.Node], layout: Layout) -> Prepared:
    """The tests among the nodes, of units that have enough of them."""
    by_unit: dict[tuple[ir.Ref, ir.Ref], dict[ir.Ref, Share]] = {}
    for ref in range(len(nodes)):
        share = _share(nodes, ref)
        if share is not None:
            by_unit.setdefault(share.unit, {})[ref] = share
    parts: list[Code] = []
    values: dict[ir.Ref, Code] = {}
    for number, (unit, shares) in enumerate(by_unit.items()):
        if len(shares) < LEAST_SHARES:
            continue
        size = -(-len(shares) // _LANES) * _VECTOR_BYTES
        tables = [layout.place(table.ljust(size, b"\0"), _VECTOR_BYTES) for table in _tables(list(shares.values()))]
        results = layout.reserve(size)
        a, b = (_input(nodes[ref]) for ref in unit)
        parts.append(_rows(f"rows_{number}", a, b, tables, results, size))
        values |= {ref: load("i32.load", i32(0), results + 4 * place) for place, ref in enumerate(shares)}
    return Prepared(join(*parts), values)


def _share(nodes: Sequence[ir.Node], ref: ir.Ref) -> Share | None:
    node = nodes[ref]
    if not isinstance(node, ir.Compare):
        return None
    match node.op, nodes[node.left], nodes[node.right]:
        case ir.Comparison.LESS, ir.Bucket() as bucket, ir.Constant(limit):
            low, end = 0.0, limit
        case ir.Comparison.AT_MOST, ir.Constant(limit), ir.Bucket() as bucket:
            low, end = limit, _BUCKETS
        case _:
            return None
    if not (low.is_integer() and end.is_integer() and 0.0 <= low < end <= _BUCKETS):
        return None
    return Share((bucket.a, bucket.b), bucket.salt, int(low), int(end - low) - 1)


def _input(node: ir.Node) -> Code:
    assert isinstance(node, ir.Input)  # the verifier holds that hashes are inputs
    return load("f64.load", get("vector"), 8 * node.index)


def _tables(shares: Sequence[Share]) -> list[bytes]:
    """The salts, lows and spans."""
    columns = ([share.salt for share in shares], [share.low for share in shares], [share.span for share in shares])
    return [struct.pack(f"<{len(column)}I", *column) for column in columns]


def _rows(label: str, a: Code, b: Code, tables: Sequence[int], results: int, size: int) -> Code:
    """The loop over the rows of one unit."""
    salts, lows, spans = (load("v128.load", get("row"), table) for table in tables)
    is_present = op("i32.and", op("f64.eq", a, a), op("f64.eq", b, b))
    place = op("i32x4.sub", get("h"), lows)
    return join(
        put("a", op("i32x4.splat", op("i32.trunc_sat_f64_u", a))),
        put("b", op("i32x4.splat", op("i32.trunc_sat_f64_u", b))),
        put("present", op("i32x4.splat", is_present)),
        put("row", i32(0)),
        loop(
            label,
            _fmix32(op("i32x4.add", get("b"), salts)),
            _fmix32(op("v128.xor", get("a"), get("h"))),
            store("v128.store", get("row"), op("v128.and", op("i32x4.le_u", place, spans), get("present")), results),
            increase("row", i32(_VECTOR_BYTES)),
            branch_if(label, op("i32.lt_u", get("row"), i32(size))),
        ),
    )


def _fmix32(value: Code) -> Code:
    """Put fmix32 of each lane into `h`; see runtime.fmix32."""

    def fold(shift: int) -> Code:
        return put("h", op("v128.xor", get("h"), op("i32x4.shr_u", get("h"), i32(shift))))

    def multiply(factor: int) -> Code:
        return put("h", op("i32x4.mul", get("h"), op("i32x4.splat", i32(factor))))

    return join(put("h", value), fold(16), multiply(0x85EBCA6B), fold(13), multiply(0xC2B2AE35), fold(16))
