"""Share equal nodes: the program becomes a DAG in which no two nodes are equal."""

from __future__ import annotations

from decision_engine.ir.builder import Builder
from decision_engine.ir.nodes import Node, Program, Ref
from decision_engine.passes.rewrite import rewrite


def share_equal_nodes(program: Program) -> Program:
    """Merge nodes that are equal bit for bit; one walk is enough, since operands come before their users."""
    return rewrite(program, _add, share=True)


def _add(builder: Builder, node: Node) -> Ref:
    return builder.add(node)
