"""Operations on the longest path: a static count, the same for every target, as a proxy of time.

The definition. A request that asks for all decisions evaluates each node of the IR at most once, and each forest once
for each list of inputs it is given. So the longest path counts

- 1 for each node that decisions can reach, and 1 more for each operand or listed value beyond the second;
- for each evaluation of a forest, over its trees: the tests on the longest way down, and 1 for the addition;
- for each ranking of n candidates that shows k of them: n * k comparisons.

Codes are free. Both sides of a choice count, as do all arms of all decisions: no request runs more, most run less.
"""

from __future__ import annotations

from dataclasses import dataclass

from decision_engine.ir import Node, Program, operands, roots
from decision_engine.ir.nodes import Code, Constant, NoneOf, OneOf, Score, Truth
from decision_engine.trees import Forest, Tree


@dataclass(frozen=True, slots=True)
class Operations:
    """The count by what causes it; `forests` has one entry for each forest of the program, in order."""

    rules: int
    forests: tuple[int, ...]
    rankings: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.rules + sum(self.forests) + self.rankings


def count_operations(program: Program) -> Operations:
    """The operations on the longest path of `program`."""
    reached = _reached(program)
    evaluations = {(node.forest, node.inputs) for ref in reached if isinstance(node := program.nodes[ref], Score)}
    costs = [forest_operations(forest) for forest in program.forests]
    forests = [0] * len(costs)
    for forest, _ in evaluations:
        forests[forest] += costs[forest]
    rankings = sum(
        len(ranking.candidates) * ranking.top for decision in program.decisions for ranking in decision.rankings
    )
    return Operations(sum(_cost(program.nodes[ref]) for ref in reached), tuple(forests), rankings)


def forest_operations(forest: Forest) -> int:
    """The longest way down each tree, and one addition a tree."""
    return sum(_depth(tree) + 1 for tree in forest.trees)


def _depth(tree: Tree) -> int:
    deepest = 0
    todo = [(0, 1)] if tree.nodes else []
    while todo:
        number, depth = todo.pop()
        deepest = max(deepest, depth)
        node = tree.nodes[number]
        todo += [(child, depth + 1) for child in (node.left, node.right) if child >= 0]
    return deepest


def _reached(program: Program) -> set[int]:
    found: set[int] = set()
    todo = list(roots(program))
    while todo:
        ref = todo.pop()
        if ref not in found:
            found.add(ref)
            todo += operands(program.nodes[ref])
    return found


def _cost(node: Node) -> int:
    match node:
        case Constant() | Truth() | Code() | Score():  # a forest counts by itself
            return 0
        case OneOf(_, values) | NoneOf(_, values):
            return max(1, len(values))
        case _:
            return max(1, len(operands(node)) - 1)
