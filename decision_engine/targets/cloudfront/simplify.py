"""Rewritings that save bytes where the meaning stays, bit for bit."""

from __future__ import annotations

import math

from decision_engine.ir.builder import Builder
from decision_engine.ir.nodes import Arithmetic, Binary, Constant, Logistic, Node, Program, Ref, Score
from decision_engine.passes.fold import fold_constants
from decision_engine.passes.rewrite import rewrite
from decision_engine.passes.share import share_equal_nodes


def simplify(program: Program) -> Program:
    """Zero times a probability is zero, since a score is never missing; then what is constant is folded again."""
    return share_equal_nodes(fold_constants(rewrite(program, _zero_products, share=True)))


def _zero_products(builder: Builder, node: Node) -> Ref:
    if isinstance(node, Binary) and node.op is Arithmetic.MULTIPLY:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if _is_zero(builder.node(one)) and _is_probability(builder, builder.node(other)):
                return builder.add(Constant(0.0))
    return builder.add(node)


def _is_zero(node: Node) -> bool:
    return isinstance(node, Constant) and node.value == 0.0 and math.copysign(1.0, node.value) > 0


def _is_probability(builder: Builder, node: Node) -> bool:
    return isinstance(node, Logistic) and isinstance(builder.node(node.x), Score)
