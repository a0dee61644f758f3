"""The passes: program in, program with the same meaning out."""

from collections.abc import Callable

from decision_engine.ir import Program
from decision_engine.passes.fold import fold_constants
from decision_engine.passes.order import order_conditions
from decision_engine.passes.share import share_equal_nodes
from decision_engine.passes.unreachable import drop_unreachable_rules
from decision_engine.passes.unused import drop_unused_features

PASSES: tuple[Callable[[Program], Program], ...] = (
    share_equal_nodes,
    fold_constants,
    share_equal_nodes,
    drop_unreachable_rules,
    order_conditions,
    drop_unused_features,
)
"""In order. Trees are packed by the targets (`targets/choice.py` says how), since the layout depends on the
platform."""


def optimise(program: Program) -> Program:
    """Run every pass."""
    for run in PASSES:
        program = run(program)
    return program


__all__ = ["PASSES", "optimise"]
