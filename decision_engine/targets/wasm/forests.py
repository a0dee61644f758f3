"""The functions of a program's forests: each one's strategy, `score_m`, `score_rows_m`, and what builds the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from decision_engine.targets.choice import ForestChoice, node_table_choice, prefix_and_choice
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
from decision_engine.targets.wasm.node_table import NodeTable, emit_node_table, node_table
from decision_engine.targets.wasm.prefix_and import PrefixAnd, emit_prefix_and, prefix_and, smallest_prefix_and
from decision_engine.trees.forest import Forest


@dataclass(frozen=True, slots=True)
class EmittedForests:
    """All forests: their functions, the code of the start function, the helpers in use, and the choices in order."""

    functions: tuple[Function, ...]
    start: Code
    helpers: tuple[Function, ...]
    choices: tuple[ForestChoice, ...]


def emit_forests(forests: Sequence[Forest], layout: Layout, memory_limit_bytes: int) -> EmittedForests:
    """Emit each forest as bit vectors while all tables together fit `memory_limit_bytes`, else as a node table."""
    functions: list[Function] = []
    choices: list[ForestChoice] = []
    starts: list[Code] = []
    helpers: dict[str, Function] = {}
    planned = plan_forests(forests, memory_limit_bytes)
    for number, (forest, (choice, plan)) in enumerate(zip(forests, planned, strict=True)):
        name = f"score_{number}"
        emit = (
            emit_prefix_and(plan, name, layout) if isinstance(plan, PrefixAnd) else emit_node_table(plan, name, layout)
        )
        score, start, used = emit
        functions += [score, rows_function(f"score_rows_{number}", name, 8 * len(forest.inputs), 8 * forest.outputs)]
        starts.append(start)
        helpers |= {helper.name: helper for helper in used}
        choices.append(choice)
    used_helpers = tuple(helpers[name] for name in sorted(helpers))
    return EmittedForests(tuple(functions), join(*starts), used_helpers, tuple(choices))


def plan_forests(
    forests: Sequence[Forest], memory_limit_bytes: int
) -> tuple[tuple[ForestChoice, PrefixAnd | NodeTable], ...]:
    """The choice for each forest, and its tables; forests that come first take their memory first."""
    planned: list[tuple[ForestChoice, PrefixAnd | NodeTable]] = []
    left = memory_limit_bytes
    for forest in forests:
        planned.append(_plan(forest, left))
        left -= planned[-1][0].memory_bytes
    return tuple(planned)


def _plan(forest: Forest, left: int) -> tuple[ForestChoice, PrefixAnd | NodeTable]:
    arrangement = arrange(forest)
    smallest = smallest_prefix_and(arrangement)
    if smallest is not None and smallest.memory <= left:
        vectors = prefix_and(arrangement, left)
        return prefix_and_choice(forest, vectors.memory, left, ranks=1 << vectors.coarse), vectors
    table = node_table(arrangement)
    return node_table_choice(forest, table.memory, left, None if smallest is None else smallest.memory), table


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
