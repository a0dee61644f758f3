"""Where code is placed: what decides nothing is left out, scores run at most once and only when they are needed."""

from decision_engine.ir import operands
from decision_engine.ir.nodes import AnyOf, Compare, Comparison, Constant, Input, Node, Score
from decision_engine.targets.analysis import Placement, cheap_first, find_expensive, lay_out_codes, plan_code
from tests.targets.random_programs import deep_program, random_program

NODES: tuple[Node, ...] = (
    Input(0),
    Constant(1.0),
    Score(0, (0,), 0),
    Compare(Comparison.LESS, 1, 2),
    Compare(Comparison.LESS, 0, 1),
    AnyOf((3, 4)),
)


def test_what_depends_on_a_score_is_expensive() -> None:
    assert find_expensive(NODES) == (False, False, True, True, False, True)


def test_cheap_items_come_first_and_keep_their_order() -> None:
    assert cheap_first((3, 4, 2, 0), find_expensive(NODES)) == [4, 0, 3, 2]


def test_rankings_follow_one_code_for_each_decision() -> None:
    for number in range(30):
        decisions = random_program(number).decisions
        layout = lay_out_codes(decisions)
        end = len(decisions)
        for decision, places in zip(decisions, layout.rankings, strict=True):
            for ranking, place in zip(decision.rankings, places, strict=True):
                assert place == end
                end += 1 + ranking.top
        assert layout.size == end


def test_a_shared_node_is_lazy_exactly_when_it_depends_on_a_score() -> None:
    for number in range(30):
        program = random_program(number)
        plan = plan_code(program, operands, 16)
        for placement, is_expensive in zip(plan.placements, plan.expensive, strict=True):
            assert not (placement is Placement.EAGER and is_expensive)


def test_deep_chains_are_cut() -> None:
    plan = plan_code(deep_program(100), operands, 10)
    assert plan.placements.count(Placement.EAGER) >= 20
