"""The functions of a program's forests: each one's strategy, `score_m`, `score_rows_m`, and what builds the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from decision_engine.targets.wasm.arrange import arrange
from decision_engine.targets.wasm.instructions import (
    Code,
    block,
    branch,
    branch_if,
    call,
    get,
    i32,
    increase,
    join,
    loop,
    op,
    put,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function, declare
from decision_engine.targets.wasm.node_table import emit_node_table, node_table
from decision_engine.targets.wasm.prefix_and import emit_prefix_and, prefix_and
from decision_engine.trees.forest import Forest


@dataclass(frozen=True, slots=True)
class ForestLayout:
    """How a forest was emitted: `strategy` is `prefix-and` or `node-table`; `memory` its tables' bytes at run time."""

    name: str
    strategy: str
    memory: int


@dataclass(frozen=True, slots=True)
class EmittedForests:
    """All forests: their functions, the code of the start function, the helpers in use, and the layouts in order."""

    functions: tuple[Function, ...]
    start: Code
    helpers: tuple[Function, ...]
    layouts: tuple[ForestLayout, ...]


def emit_forests(forests: Sequence[Forest], layout: Layout, memory_limit_bytes: int) -> EmittedForests:
    """Emit each forest as bit vectors while all tables together fit `memory_limit_bytes`, else as a node table."""
    functions: list[Function] = []
    layouts: list[ForestLayout] = []
    starts: list[Code] = []
    helpers: dict[str, Function] = {}
    left = memory_limit_bytes
    for number, forest in enumerate(forests):
        arrangement = arrange(forest)
        name = f"score_{number}"
        vectors = prefix_and(arrangement)
        if vectors is not None and vectors.memory <= left:
            strategy, memory = "prefix-and", vectors.memory
            score, start, used = emit_prefix_and(vectors, name, layout)
        else:
            table = node_table(arrangement)
            strategy, memory = "node-table", table.memory
            score, start, used = emit_node_table(table, name, layout)
        left -= memory
        functions += [score, rows_function(f"score_rows_{number}", name, 8 * len(forest.inputs), 8 * forest.outputs)]
        starts.append(start)
        helpers |= {helper.name: helper for helper in used}
        layouts.append(ForestLayout(forest.name, strategy, memory))
    return EmittedForests(
        tuple(functions), join(*starts), tuple(helpers[name] for name in sorted(helpers)), tuple(layouts)
    )


def rows_function(name: str, function: str, step_from: int, step_to: int) -> Function:
    """`name(from, rows, to)`: call `function(from, to)` for each of `rows` contiguous rows of these sizes in bytes."""
    body = block(
        "end",
        loop(
            "each",
            branch_if("end", op("i32.eqz", get("rows"))),
            call(function, get("from"), get("to")),
            increase("from", i32(step_from)),
            increase("to", i32(step_to)),
            put("rows", op("i32.sub", get("rows"), i32(1))),
            branch("each"),
        ),
    )
    return Function(name, declare("i32", "from", "rows", "to"), None, (), body, exported=True)
