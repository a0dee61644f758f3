"""A program as stable text, one node a line: for people, goldens and `edgewise dump`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Binary,
    Bucket,
    Choose,
    Code,
    Compare,
    Constant,
    Decision,
    Input,
    Node,
    Program,
    Score,
    Select,
    Source,
    Truth,
)


def print_program(program: Program) -> str:
    """The program's text: header, inputs, forests, nodes, decisions; it ends with a line feed."""
    return "\n".join(_lines(program)) + "\n"


def _lines(program: Program) -> Iterator[str]:
    yield f"program {program.registry}"
    yield ""
    for index, source in enumerate(program.inputs):
        yield f"input {index} = {_source(source)}"
    for index, automaton in enumerate(program.automata):
        yield f"automaton {index}: {len(automaton.accepting)} states, {len(automaton.bounds) + 1} classes"
    for index, forest in enumerate(program.forests):
        leaves = sum(len(tree.leaves) for tree in forest.trees)
        size = f"{len(forest.trees)} trees, {leaves} leaves"
        sums = f", {forest.summation} from {', '.join(map(repr, forest.base))}" if forest.base else ""
        yield f"forest {index} = {forest.name}: {size}{sums}, inputs {', '.join(forest.inputs)}"
    yield ""
    for index, node in enumerate(program.nodes):
        yield f"%{index} = {_node(node)}"
    for decision in program.decisions:
        yield ""
        yield from _decision(program, decision)


def _source(source: Source) -> str:
    values = [getattr(source, field.name) for field in fields(source)]
    texts = [_literal(value) for value in values if value is not None]
    return f"{type(source).__name__.lower()}({', '.join(texts)})"


def _literal(value: object) -> str:
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, tuple) else str(value)


def _node(node: Node) -> str:
    match node:
        case Constant(value):
            return f"constant {value!r}"
        case Input(index):
            return f"input {index}"
        case Truth(value):
            return f"truth {str(value).lower()}"
        case Code(value):
            return f"code {value}"
        case Bucket(a, b, salt):
            return f"bucket %{a} %{b} salt {salt:#010x}"
        case Score(forest, inputs, output):
            return f"score forest {forest} output {output} of {_refs(inputs)}"
        case Binary(op, left, right) | Compare(op, left, right):
            return f"{op.value} %{left} %{right}"
        case Select(condition, then, otherwise):
            return f"select %{condition} -> %{then}, otherwise %{otherwise}"
        case AllOf(items):
            return f"all_of {_refs(items)}"
        case AnyOf(items):
            return f"any_of {_refs(items)}"
        case Choose(arms, otherwise):
            return (
                "choose "
                + "".join(f"%{condition} -> %{code}, " for condition, code in arms)
                + f"otherwise %{otherwise}"
            )
        case _:
            name = {"OneOf": "one_of", "NoneOf": "none_of"}.get(type(node).__name__, type(node).__name__.lower())
            values = getattr(node, "values", None)
            return f"{name} %{node.x}" + ("" if values is None else f" {list(values)}")


def _refs(refs: tuple[int, ...]) -> str:
    return "(" + " ".join(f"%{ref}" for ref in refs) + ")"


def _decision(program: Program, decision: Decision) -> Iterator[str]:
    yield f"decision {decision.name} = %{decision.outcome}, neutral {decision.neutral}"
    for index, leaf in enumerate(decision.leaves):
        payload = "ranking" if leaf.payload is None else program.payloads[leaf.payload].key
        where = "otherwise" if leaf.rule is None else f"rule {leaf.rule}"
        test = "" if leaf.experiment is None else f" {leaf.experiment}/{leaf.variation}"
        asks = "" if leaf.ask is None else f" asks within {leaf.ask} ms"
        yield f"  leaf {index}: {payload} {leaf.reason} {where}{test}{asks}"
    for ranking in decision.rankings:
        yield f"  ranking for leaf {ranking.leaf}, top {ranking.top}"
        for candidate in ranking.candidates:
            yield f"    {program.payloads[candidate.payload].key} if %{candidate.eligible} by %{candidate.score}"
