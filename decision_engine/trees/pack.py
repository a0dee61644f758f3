"""Choosing how a forest is packed: which of the two layouts JavaScript and Python emit (wasm arranges its own)."""

from __future__ import annotations

from typing import TypeAlias

from decision_engine.trees.forest import Forest
from decision_engine.trees.node_table import NodeTable, pack_node_table
from decision_engine.trees.prefix_and import PrefixAnd, fits_prefix_and, pack_prefix_and

Packing: TypeAlias = PrefixAnd | NodeTable


def choose_packing(forest: Forest, memory_limit_bytes: int) -> Packing:
    """Prefix-AND where every tree has at most 64 leaves and the built rows fit the limit, else the node table.

    The node table is returned even when it passes the limit itself: the budget check of compilation says so, with a
    breakdown.
    """
    if fits_prefix_and(forest):
        packing = pack_prefix_and(forest)
        if packing.memory_bytes <= memory_limit_bytes:
            return packing
    return pack_node_table(forest)
