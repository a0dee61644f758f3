"""Fold constants: what is known at compile time is settled there."""

from __future__ import annotations

import math

from decision_engine.exponential import logistic
from decision_engine.ir.arithmetic import apply, compare
from decision_engine.ir.builder import Builder
from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Binary,
    Bucket,
    Choose,
    Compare,
    Comparison,
    Constant,
    Logistic,
    Missing,
    Node,
    NoneOf,
    OneOf,
    Present,
    Program,
    Ref,
    Select,
    Truth,
)
from decision_engine.passes.rewrite import rewrite

_BUCKETS = 2.0**32


def fold_constants(program: Program) -> Program:
    """Evaluate nodes of constants, flatten and shorten connectives, cut arms whose condition is known."""
    return rewrite(program, _fold)


def _fold(builder: Builder, node: Node) -> Ref:
    match node:
        case AllOf(items):
            return _connective(builder, items, AllOf, absorbing=False)
        case AnyOf(items):
            return _connective(builder, items, AnyOf, absorbing=True)
        case Choose():
            return _choose(builder, node)
        case Select():
            return _select(builder, node)
        case _:
            return builder.add(_value(builder, node) or node)


def _value(builder: Builder, node: Node) -> Constant | Truth | None:
    """The node's constant value, when its operands are constants."""
    match node:
        case Binary(op, left, right):
            operands = _constants(builder, left, right)
            return None if operands is None else Constant(apply(op, *operands))
        case Logistic(x):
            operands = _constants(builder, x)
            return None if operands is None else Constant(logistic(*operands))
        case Compare(comparison, left, right):
            operands = _constants(builder, left, right)
            if operands is not None:
                return Truth(compare(comparison, *operands))
            return Truth(False) if _beyond_all_buckets(builder, node) else None
        case OneOf(x, values) | NoneOf(x, values):
            operands = _constants(builder, x)
            if operands is None:
                return Truth(False) if not values and isinstance(node, OneOf) else None
            return Truth(not math.isnan(operands[0]) and (operands[0] in values) is isinstance(node, OneOf))
        case Missing(x) | Present(x):
            operands = _constants(builder, x)
            return None if operands is None else Truth(math.isnan(operands[0]) is isinstance(node, Missing))
        case _:
            return None


def _beyond_all_buckets(builder: Builder, node: Compare) -> bool:
    """Whether a bucket, which lies in [0, 2^32) or is missing, can never compare so: a share of nobody, or beyond
    all."""
    left, right = builder.node(node.left), builder.node(node.right)
    if isinstance(left, Bucket) and isinstance(right, Constant):
        return node.op is Comparison.LESS and right.value <= 0.0
    if isinstance(left, Constant) and isinstance(right, Bucket):
        return node.op is Comparison.AT_MOST and left.value >= _BUCKETS
    return False


def _constants(builder: Builder, *refs: Ref) -> tuple[float, ...] | None:
    nodes = [builder.node(ref) for ref in refs]
    values = tuple(node.value for node in nodes if isinstance(node, Constant))
    return values if len(values) == len(refs) else None


def _connective(builder: Builder, items: tuple[Ref, ...], kind: type[AllOf] | type[AnyOf], *, absorbing: bool) -> Ref:
    kept: dict[Ref, None] = {}  # a set that keeps the order
    for ref in items:
        node = builder.node(ref)
        if isinstance(node, Truth):
            if node.value is absorbing:
                return builder.add(Truth(absorbing))
        elif isinstance(node, kind):
            kept.update(dict.fromkeys(node.items))
        else:
            kept[ref] = None
    if len(kept) == 1:
        return next(iter(kept))
    return builder.add(kind(tuple(kept)) if kept else Truth(not absorbing))


def _select(builder: Builder, node: Select) -> Ref:
    known = builder.node(node.condition)
    if isinstance(known, Truth):
        return node.then if known.value else node.otherwise
    return node.then if node.then == node.otherwise else builder.add(node)


def _choose(builder: Builder, node: Choose) -> Ref:
    arms: list[tuple[Ref, Ref]] = []
    otherwise = node.otherwise
    for condition, code in node.arms:
        known = builder.node(condition)
        if isinstance(known, Truth) and known.value:
            otherwise = code
            break
        if not isinstance(known, Truth):
            arms.append((condition, code))
    return builder.add(Choose(tuple(arms), otherwise)) if arms else otherwise
