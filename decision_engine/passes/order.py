"""Order conditions: within a connective the cheap items come first, trees last."""

from __future__ import annotations

from decision_engine.ir.builder import Builder, operands
from decision_engine.ir.nodes import AllOf, AnyOf, Bucket, Node, NoneOf, OneOf, Program, Ref, Score
from decision_engine.passes.rewrite import rewrite


def order_conditions(program: Program) -> Program:
    """Sort the items of every connective by cost, stably: no result changes, since items have no side effects."""
    costs: list[int] = []

    def add(builder: Builder, node: Node) -> Ref:
        if isinstance(node, AllOf | AnyOf):
            node = type(node)(tuple(sorted(node.items, key=costs.__getitem__)))
        ref = builder.add(node)
        costs.append(_own_cost(program, node) + sum(costs[operand] for operand in set(operands(node))))
        return ref

    return rewrite(program, add)


def _own_cost(program: Program, node: Node) -> int:
    """A rough count of machine operations for the node itself."""
    match node:
        case Score(forest):
            return 20 * len(program.forests[forest].trees) + 100
        case Bucket():
            return 12
        case OneOf(_, values) | NoneOf(_, values):
            return max(1, len(values).bit_length())
        case _:
            return 1
