"""The verifier: what every well-formed program satisfies. A failure is a defect of the compiler, not of a registry."""

from __future__ import annotations

import math
from collections.abc import Iterator

from decision_engine.ir.builder import operands, type_of
from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Bucket,
    Choose,
    Code,
    Decision,
    Input,
    Node,
    NoneOf,
    OneOf,
    Program,
    Ref,
    Score,
    Select,
    TextTest,
    Type,
    UnitHash,
)
from decision_engine.trees.forest import CategorySplit, Forest, Summation
from decision_engine.trees.walk import float32

MAX_CANDIDATES = 64


class VerificationError(Exception):
    """A program breaks a rule of the IR; the message lists every breach."""


def verify(program: Program) -> Program:
    """Return `program` unchanged, or raise VerificationError with all that is wrong."""
    problems = list(_nodes(program))
    if not problems:  # the rest relies on sound nodes
        problems = [*_decisions(program), *_inputs(program), *_forests(program)]
    if problems:
        raise VerificationError("\n".join(problems))
    return program


def _nodes(program: Program) -> Iterator[str]:
    for index, node in enumerate(program.nodes):
        refs = operands(node)
        if any(not 0 <= ref < index for ref in refs):
            yield f"%{index}: an operand does not stand before its use: {node}"
            continue
        expected = _operand_types(node)
        for ref, type_ in zip(refs, expected, strict=True):
            if type_of(program.nodes[ref]) is not type_:
                yield f"%{index}: operand %{ref} should be {type_}: {node}"
        yield from (f"%{index}: {problem}: {node}" for problem in _node_problems(program, node))


def _operand_types(node: Node) -> list[Type]:
    match node:
        case AllOf(items) | AnyOf(items):
            return [Type.BOOL] * len(items)
        case Select():
            return [Type.BOOL, Type.F64, Type.F64]
        case Choose(arms):
            return [Type.BOOL, Type.CODE] * len(arms) + [Type.CODE]
        case _:
            return [Type.F64] * len(operands(node))


def _node_problems(program: Program, node: Node) -> Iterator[str]:
    match node:
        case Input(index) if not 0 <= index < len(program.inputs):
            yield "no such input"
        case Score(forest, inputs, output):
            if not 0 <= forest < len(program.forests):
                yield "no such forest"
            elif (
                len(inputs) != len(program.forests[forest].inputs) or not 0 <= output < program.forests[forest].outputs
            ):
                yield "inputs or output do not fit the forest"
        case OneOf(_, values) | NoneOf(_, values):
            if any(not math.isfinite(value) for value in values) or list(values) != sorted(set(values)):
                yield "values are not finite, sorted and distinct"
        case Bucket(a, b, salt):
            if not 0 <= salt < 2**32:
                yield "salt is not an unsigned 32-bit integer"
            if not (_is_hash(program, a, "a") and _is_hash(program, b, "b")):
                yield "operands are not the two hashes of one unit"
        case _:
            return


def _is_hash(program: Program, ref: Ref, half: str) -> bool:
    node = program.nodes[ref]
    if not isinstance(node, Input) or not 0 <= node.index < len(program.inputs):
        return False
    source = program.inputs[node.index]
    return isinstance(source, UnitHash) and source.half == half


def _decisions(program: Program) -> Iterator[str]:
    names = [decision.name for decision in program.decisions]
    if len(set(names)) != len(names):
        yield "two decisions share a name"
    for decision in program.decisions:
        yield from (f"decision {decision.name}: {problem}" for problem in _decision_problems(program, decision))


def _decision_problems(program: Program, decision: Decision) -> Iterator[str]:
    if not _has_type(program, decision.outcome, Type.CODE):
        yield "outcome is not a code"
    elif any(not 0 <= code < len(decision.leaves) for code in reachable_codes(program, decision.outcome)):
        yield "outcome yields a code without a leaf"
    if not 0 <= decision.neutral < len(decision.leaves):
        yield "no neutral leaf"
    ranked = {ranking.leaf for ranking in decision.rankings}
    for index, leaf in enumerate(decision.leaves):
        if leaf.payload is None and index not in ranked and index in reachable_codes(program, decision.outcome):
            yield f"leaf {index} has neither payload nor ranking"
        if leaf.payload is not None and not 0 <= leaf.payload < len(program.payloads):
            yield f"leaf {index} names no payload"
    for ranking in decision.rankings:
        if not 1 <= len(ranking.candidates) <= MAX_CANDIDATES or not 1 <= ranking.top <= len(ranking.candidates):
            yield "a ranking needs 1 to 64 candidates and a top within them"
        for candidate in ranking.candidates:
            if not (
                _has_type(program, candidate.eligible, Type.BOOL) and _has_type(program, candidate.score, Type.F64)
            ):
                yield "a candidate's refs have wrong types"


def reachable_codes(program: Program, ref: Ref) -> frozenset[int]:
    """The codes that the code node at `ref` can yield, conditions ignored."""
    found: set[int] = set()
    todo = [ref]
    seen: set[Ref] = set()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        node = program.nodes[current]
        if isinstance(node, Code):
            found.add(node.value)
        elif isinstance(node, Choose):
            todo += [code for _, code in node.arms] + [node.otherwise]
    return frozenset(found)


def _has_type(program: Program, ref: Ref, type_: Type) -> bool:
    return 0 <= ref < len(program.nodes) and type_of(program.nodes[ref]) is type_


def _inputs(program: Program) -> Iterator[str]:
    if len(set(program.inputs)) != len(program.inputs):
        yield "two inputs are the same"
    names = {feature.name for feature in program.features}
    for index, source in enumerate(program.inputs):
        feature = getattr(source, "feature", None)
        if feature is not None and feature not in names:
            yield f"input {index} reads an unknown feature"
        if isinstance(source, TextTest) and source.automaton is not None and source.automaton >= len(program.automata):
            yield f"input {index} names no automaton"


def _forests(program: Program) -> Iterator[str]:
    for index, forest in enumerate(program.forests):
        if len(set(forest.views)) != len(forest.views):
            yield f"forest {index}: two views are the same"
        if len(forest.starts) != forest.outputs:
            yield f"forest {index}: base does not have one start for each output"
        if forest.summation is Summation.FLOAT32 and any(float32(x) != x for x in _summands(forest)):
            yield f"forest {index}: base and leaves of a float32 sum are not float32 values"
        categorical = [view.transform.is_category for view in forest.views]
        for tree in forest.trees:
            if any(categorical[node.view] is not isinstance(node, CategorySplit) for node in tree.nodes):
                yield f"forest {index}: a split does not fit its view"
                break


def _summands(forest: Forest) -> Iterator[float]:
    yield from forest.starts
    for tree in forest.trees:
        yield from tree.leaves
