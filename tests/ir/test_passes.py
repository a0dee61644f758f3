"""What each pass does to small programs. That none changes a result is held by the random programs and the
conformance cases."""

from __future__ import annotations

import math

from decision_engine.ir import Node, Program, verify
from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Arithmetic,
    Binary,
    Choose,
    Code,
    Compare,
    Comparison,
    Constant,
    Input,
    Missing,
    NoneOf,
    OneOf,
    Score,
    Truth,
)
from decision_engine.passes import PASSES, optimise
from decision_engine.passes.fold import fold_constants
from decision_engine.passes.order import order_conditions
from decision_engine.passes.share import share_equal_nodes
from decision_engine.passes.unreachable import drop_unreachable_rules
from decision_engine.passes.unused import drop_unused_features
from decision_engine.trees import Forest, Tree
from tests.ir.programs import program

LESS = Compare(Comparison.LESS, 0, 1)


def _outcome(found: Program) -> Node:
    return found.nodes[found.decisions[0].outcome]


def test_a_rule_that_is_always_true_ends_the_rules() -> None:
    folded = fold_constants(program(Truth(True), Truth(False), Code(0), Code(1), Choose(((1, 2), (0, 3)), 2)))
    assert _outcome(folded) == Code(1)


def test_arithmetic_of_constants_is_done_once() -> None:
    two, three = Constant(2.0), Constant(3.0)
    folded = fold_constants(program(two, three, Binary(Arithmetic.MULTIPLY, 0, 1), Code(0)))
    assert Constant(6.0) in folded.nodes


def test_a_missing_constant_makes_comparisons_false() -> None:
    for test in (Compare(Comparison.NOT_EQUAL, 0, 0), OneOf(0, (1.0,)), NoneOf(0, (1.0,))):
        folded = fold_constants(program(Constant(math.nan), test, Code(0), Code(1), Choose(((1, 2),), 3)))
        assert _outcome(folded) == Code(1)
    folded = fold_constants(program(Constant(math.nan), Missing(0), Code(0), Code(1), Choose(((1, 2),), 3)))
    assert _outcome(folded) == Code(0)


def test_connectives_are_flattened_and_shortened() -> None:
    nodes = (
        Input(0),
        Constant(1.0),
        LESS,
        Truth(True),
        AllOf((2, 3)),
        AllOf((4, 2)),
        Code(0),
        Code(1),
        Choose(((5, 6),), 7),
    )
    folded = share_equal_nodes(fold_constants(program(*nodes)))
    outcome = _outcome(folded)
    assert isinstance(outcome, Choose)
    assert folded.nodes[outcome.arms[0][0]] == LESS
    never = fold_constants(program(Truth(False), AnyOf((0,)), Code(0), Code(1), Choose(((1, 2),), 3)))
    assert _outcome(never) == Code(1)


def test_equal_nodes_are_shared_but_zeros_of_two_signs_are_not() -> None:
    nodes = (Constant(0.0), Constant(-0.0), Constant(0.0), Constant(math.nan), Constant(math.nan), Code(0))
    shared = share_equal_nodes(program(*nodes))
    assert len(shared.nodes) == 4


def test_an_arm_behind_the_same_condition_goes() -> None:
    nodes = (Input(0), Constant(1.0), LESS, Code(0), Code(1), Code(2), Choose(((2, 3), (2, 4)), 5))
    outcome = _outcome(drop_unreachable_rules(program(*nodes)))
    assert isinstance(outcome, Choose)
    assert len(outcome.arms) == 1


def test_unused_inputs_and_features_go() -> None:
    kept = drop_unused_features(
        program(Input(0), Input(1), Constant(1.0), Missing(1), Code(0), Code(1), Choose(((3, 4),), 5))
    )
    assert [feature.name for feature in kept.features] == ["age"]
    assert len(kept.inputs) == 1
    assert Input(0) in kept.nodes


def test_trees_come_last_within_a_connective() -> None:
    forest = Forest("m", ("x",), (), (Tree((), (1.0,)),))
    before = program(
        Input(0), Constant(1.0), Score(0, (0,), 0), Compare(Comparison.LESS, 2, 1), LESS, AllOf((3, 4)), Code(0)
    )
    before = Program(**{**{name: getattr(before, name) for name in before.__slots__}, "forests": (forest,)})
    (found,) = (node for node in order_conditions(before).nodes if isinstance(node, AllOf))
    assert found.items == (4, 3)


def test_the_passes_together_keep_programs_sound_and_settle() -> None:
    nodes = (Input(0), Constant(1.0), LESS, Truth(True), AllOf((2, 3)), Code(0), Code(1), Choose(((4, 5),), 6))
    once = verify(optimise(program(*nodes)))
    assert optimise(once) == once
    assert len(PASSES) == len(set(PASSES)) + 1, "sharing runs twice: folding makes new equal nodes"
