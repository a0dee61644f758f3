"""Rebuilding a program node by node: the common frame of the passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from decision_engine.ir.builder import Builder, operands, roots, with_operands
from decision_engine.ir.nodes import Candidate, Decision, Node, Program, Ranking, Ref

Rewriting = Callable[[Builder, Node], Ref]
"""Given the builder and a node whose refs are new ones, adds what replaces the node and returns its ref."""


def rewrite(program: Program, change: Rewriting, *, share: bool = False) -> Program:
    """Rebuild every node in order through `change`; decisions follow. Dead nodes stay (see `live_refs`)."""
    builder = Builder(share=share)
    moved: list[Ref] = []
    for node in program.nodes:
        moved.append(change(builder, with_operands(node, moved.__getitem__)))
    return with_nodes(program, builder.nodes(), moved.__getitem__)


def with_nodes(program: Program, nodes: tuple[Node, ...], to: Callable[[Ref], Ref]) -> Program:
    """The program with `nodes`, its decisions' refs mapped by `to`."""
    return replace(program, nodes=nodes, decisions=tuple(_decision(decision, to) for decision in program.decisions))


def live_refs(program: Program) -> list[Ref]:
    """The refs that some decision needs, ascending."""
    alive = set(roots(program))
    for ref in range(len(program.nodes) - 1, -1, -1):
        if ref in alive:
            alive.update(operands(program.nodes[ref]))
    return sorted(alive)


def _decision(decision: Decision, to: Callable[[Ref], Ref]) -> Decision:
    return replace(
        decision,
        outcome=to(decision.outcome),
        rankings=tuple(
            Ranking(
                ranking.leaf,
                tuple(Candidate(item.payload, to(item.eligible), to(item.score)) for item in ranking.candidates),
                ranking.top,
            )
            for ranking in decision.rankings
        ),
    )
