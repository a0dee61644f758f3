"""Drop unreachable rules: arms that an earlier arm shadows, and rankings whose leaf cannot be chosen."""

from __future__ import annotations

from dataclasses import replace

from decision_engine.ir.builder import Builder
from decision_engine.ir.nodes import Choose, Node, Program, Ref
from decision_engine.ir.verify import reachable_codes
from decision_engine.passes.rewrite import rewrite


def drop_unreachable_rules(program: Program) -> Program:
    """Remove arms whose condition (the same node) stands in an earlier arm; then rankings that nothing selects.

    Arms after a condition that is always true are cut by constant folding, which runs before.
    """
    return _drop_rankings(rewrite(program, _drop_arms))


def _drop_arms(builder: Builder, node: Node) -> Ref:
    if not isinstance(node, Choose):
        return builder.add(node)
    arms: dict[Ref, Ref] = {}
    for condition, code in node.arms:
        arms.setdefault(condition, code)
    return builder.add(Choose(tuple(arms.items()), node.otherwise))


def _drop_rankings(program: Program) -> Program:
    decisions = []
    for decision in program.decisions:
        codes = reachable_codes(program, decision.outcome)
        rankings = tuple(ranking for ranking in decision.rankings if ranking.leaf in codes)
        decisions.append(replace(decision, rankings=rankings))
    return replace(program, decisions=tuple(decisions))
