"""How the leaves of an output are stored and added up: as double, or as float32 where the forest sums so.

A float32 sum takes leaves of four bytes, half the size; its result is promoted to the double that `score_m` writes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from decision_engine.targets.wasm.instructions import Code, f32, f64, get, load, op, put, store
from decision_engine.targets.wasm.module import Variables, declare
from decision_engine.trees.forest import Summation

SUM_LOCALS: dict[Summation, Variables] = {
    Summation.FLOAT64: declare("f64", "sum"),
    Summation.FLOAT32: declare("f32", "sum"),
}
"""The local that holds the sum."""

LEAF_BYTES: dict[Summation, int] = {Summation.FLOAT64: 8, Summation.FLOAT32: 4}
"""The size of a leaf in memory."""


def pack_leaves(summation: Summation, leaves: Sequence[float]) -> bytes:
    """The leaves' bytes."""
    return struct.pack(f"<{len(leaves)}{'d' if summation is Summation.FLOAT64 else 'f'}", *leaves)


def start_sum(summation: Summation, start: float) -> Code:
    """Begin a sum."""
    return put("sum", f64(start) if summation is Summation.FLOAT64 else f32(start))


def add_leaf(summation: Summation, address: Code, offset: int) -> Code:
    """Add the leaf at address + offset."""
    kind = "f64" if summation is Summation.FLOAT64 else "f32"
    return put("sum", op(f"{kind}.add", get("sum"), load(f"{kind}.load", address, offset)))


def store_sum(summation: Summation, output: int) -> Code:
    """Write the sum to its place in `outputs`."""
    total = get("sum") if summation is Summation.FLOAT64 else op("f64.promote_f32", get("sum"))
    return store("f64.store", get("outputs"), total, 8 * output)
