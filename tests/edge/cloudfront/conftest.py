"""Programs and functions that the tests of CloudFront share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from decision_engine.ir import Program
from decision_engine.models import Models, load_models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.trees import CategorySplit, Forest, Tree
from feature_registry import Registry, load

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "online_shop"


@cache
def shop() -> tuple[Registry, Program]:
    """The example shop as the edge runs it, its model whole."""
    registry = load(EXAMPLE / "registry", SIGNATURES)
    return registry, compile_program(registry, edge_only=True)


@cache
def small_shop() -> tuple[Registry, Models, Program]:
    """The example shop with a model that fits: the first trees of its own, cut to a few leaves each."""
    registry, _ = shop()
    models = {name: replace(model, forest=small_forest(model.forest)) for name, model in load_models(registry).items()}
    return registry, models, compile_program(registry, models, edge_only=True)


def small_forest(forest: Forest, trees: int = 8, leaves: int = 6) -> Forest:
    """The first trees, each cut to `leaves` leaves, which become whole multiples of 1/32."""
    return replace(forest, trees=tuple(_cut(tree, leaves) for tree in forest.trees[:trees]))


def _cut(tree: Tree, most: int) -> Tree:
    """The nodes nearest to the root, until there are `most` leaves; what is cut off becomes the mean of its leaves."""
    kept, queue = [], [0]
    while queue and len(kept) < most - 1:
        number = queue.pop(0)
        kept.append(number)
        queue += [child for child in (tree.nodes[number].left, tree.nodes[number].right) if child >= 0]
    places = {number: place for place, number in enumerate(sorted(kept))}
    found: list[float] = []

    def child(number: int) -> int:
        if number in places:
            return places[number]
        under = _leaves(tree, number)
        found.append(round(sum(under) / len(under) * 32) / 32)
        return ~(len(found) - 1)

    nodes = tuple(
        replace(node, left=child(node.left), right=child(node.right)) for node in (tree.nodes[n] for n in sorted(kept))
    )
    return Tree(nodes, tuple(found))


def _leaves(tree: Tree, number: int) -> list[float]:
    if number < 0:
        return [tree.leaves[~number]]
    node = tree.nodes[number]
    assert isinstance(node, CategorySplit) or node.threshold == node.threshold
    return _leaves(tree, node.left) + _leaves(tree, node.right)
