"""Building a program's node list, with or without sharing of equal nodes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Iterator
from dataclasses import fields, replace

from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Binary,
    Bucket,
    Choose,
    Code,
    Compare,
    Constant,
    Input,
    Logistic,
    Missing,
    Node,
    NoneOf,
    OneOf,
    Present,
    Program,
    Ref,
    Score,
    Select,
    Truth,
    Type,
)


class Builder:
    """An append-only node list. With `share`, an equal node is not added again: its first index is returned."""

    def __init__(self, *, share: bool) -> None:
        self._nodes: list[Node] = []
        self._index: dict[Hashable, Ref] = {}
        self._share = share

    def add(self, node: Node) -> Ref:
        """Return the index of `node`, whose operands must be in the list already."""
        if self._share:
            key = _key(node)
            known = self._index.get(key)
            if known is not None:
                return known
            self._index[key] = len(self._nodes)
        self._nodes.append(node)
        return len(self._nodes) - 1

    def node(self, ref: Ref) -> Node:
        """The node at `ref`."""
        return self._nodes[ref]

    def nodes(self) -> tuple[Node, ...]:
        """All nodes so far, in topological order."""
        return tuple(self._nodes)


def operands(node: Node) -> tuple[Ref, ...]:
    """The refs that `node` reads, in order, repeats included."""
    match node:
        case Constant() | Input() | Truth() | Code():
            return ()
        case Bucket(a, b):
            return (a, b)
        case Score(_, inputs):
            return inputs
        case Binary(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Select(condition, then, otherwise):
            return (condition, then, otherwise)
        case Logistic(x) | OneOf(x) | NoneOf(x) | Missing(x) | Present(x):
            return (x,)
        case AllOf(items) | AnyOf(items):
            return items
        case Choose(arms, otherwise):
            return (*(ref for arm in arms for ref in arm), otherwise)


def roots(program: Program) -> Iterator[Ref]:
    """The refs that decisions read, in order, repeats included."""
    for decision in program.decisions:
        yield decision.outcome
        for ranking in decision.rankings:
            for candidate in ranking.candidates:
                yield candidate.eligible
                yield candidate.score


def with_operands(node: Node, to: Callable[[Ref], Ref]) -> Node:
    """A copy of `node` whose refs are mapped by `to`."""
    match node:
        case Constant() | Input() | Truth() | Code():
            return node
        case Bucket(a, b, salt):
            return Bucket(to(a), to(b), salt)
        case Score(forest, inputs, output):
            return Score(forest, tuple(map(to, inputs)), output)
        case Binary(op, left, right):
            return Binary(op, to(left), to(right))
        case Compare(comparison, left, right):
            return Compare(comparison, to(left), to(right))
        case Select(condition, then, otherwise):
            return Select(to(condition), to(then), to(otherwise))
        case Logistic(x) | OneOf(x) | NoneOf(x) | Missing(x) | Present(x):
            return replace(node, x=to(x))
        case AllOf(items):
            return AllOf(tuple(map(to, items)))
        case AnyOf(items):
            return AnyOf(tuple(map(to, items)))
        case Choose(arms, otherwise):
            return Choose(tuple((to(condition), to(code)) for condition, code in arms), to(otherwise))


def type_of(node: Node) -> Type:
    """The type of the node's value."""
    match node:
        case Constant() | Input() | Bucket() | Score() | Binary() | Select() | Logistic():
            return Type.F64
        case Truth() | Compare() | OneOf() | NoneOf() | Missing() | Present() | AllOf() | AnyOf():
            return Type.BOOL
        case Code() | Choose():
            return Type.CODE


def _key(node: Node) -> Hashable:
    """Equality of nodes by bits: 0.0 and -0.0 differ, NaN equals NaN."""
    if isinstance(node, Constant):
        return Constant, struct.pack("<d", node.value)
    return type(node), tuple(getattr(node, field.name) for field in fields(node))
