"""What `decide` works out in memory before any decision, and the code that reads it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from decision_engine.ir import nodes as ir
from decision_engine.targets.wasm.instructions import Code


@dataclass(frozen=True, slots=True)
class Prepared:
    """`compute` fills memory from the vector; after it, `values` holds the short code of each node that reads there."""

    compute: Code
    values: Mapping[ir.Ref, Code]
