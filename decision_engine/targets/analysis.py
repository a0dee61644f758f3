"""What emitters of text ask of a program: the places of codes, what is computed once, what only when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from decision_engine.ir.builder import operands, roots
from decision_engine.ir.nodes import (
    Choose,
    Code,
    Constant,
    Decision,
    Input,
    Node,
    Program,
    Ref,
    Score,
    Truth,
)

ABI_VERSION = 1
"""The version of what an artefact exports: how `decide` and the forests are called, and what the codes mean."""


@dataclass(frozen=True, slots=True)
class CodesLayout:
    """What `decide` fills in: codes[d] is the leaf of decision d, then come the slots of the rankings.

    `rankings[d][r]` is the place of ranking r of decision d: a count, then `top` indices of candidates, unused ones 0.
    `size` is the number of codes.
    """

    rankings: tuple[tuple[int, ...], ...]
    size: int


class Placement(StrEnum):
    """Where the code of a node stands."""

    UNUSED = "unused"
    """Nowhere: no decision reads it."""
    INLINE = "inline"
    """Inside its one use, or cheap enough to repeat."""
    EAGER = "eager"
    """In a variable, at the start of each call."""
    LAZY = "lazy"
    """In a function that remembers its value for the rest of the call."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One run of a forest; every `Score` with this forest and these inputs reads its outputs."""

    forest: int
    inputs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a program is laid out as code; the tuples with one element a node are indexed by `Ref`.

    `evaluation_of` maps each used `Score` node to an index of `evaluations`; `shared` are those read at several places.
    """

    placements: tuple[Placement, ...]
    expensive: tuple[bool, ...]
    evaluations: tuple[Evaluation, ...]
    evaluation_of: Mapping[Ref, int]
    shared: frozenset[int]
    codes: CodesLayout


def lay_out_codes(decisions: Iterable[Decision]) -> CodesLayout:
    """The places of all rankings, in the order of (decision, ranking), after one code for each decision."""
    decisions = tuple(decisions)
    places: list[tuple[int, ...]] = []
    end = len(decisions)
    for decision in decisions:
        starts = []
        for ranking in decision.rankings:
            starts.append(end)
            end += 1 + ranking.top
        places.append(tuple(starts))
    return CodesLayout(tuple(places), end)


def find_expensive(nodes: Iterable[Node]) -> tuple[bool, ...]:
    """For each node, whether its value depends on a `Score`: such a node is computed only when it is needed."""
    found: list[bool] = []
    for node in nodes:
        found.append(isinstance(node, Score) or any(found[ref] for ref in operands(node)))
    return tuple(found)


def cheap_first(refs: Iterable[Ref], expensive: tuple[bool, ...]) -> list[Ref]:
    """`refs` in the order of their evaluation: those without a `Score` come first; the order given holds otherwise."""
    return sorted(refs, key=lambda ref: expensive[ref])


def plan_code(program: Program, uses: Callable[[Node], Iterable[Ref]], depth_limit: int) -> Plan:
    """The layout of `program` for a target whose text of a node names its operands as often as `uses` gives them.

    No inlined expression nests deeper than `depth_limit`: a node beyond it gets a variable or a function of its own.
    """
    expensive = find_expensive(program.nodes)
    counts, evaluation_of = _count(program, uses)
    evaluations = {
        evaluation: number for number, evaluation in enumerate(sorted(set(evaluation_of.values()), key=_key))
    }
    numbers = {ref: evaluations[evaluation] for ref, evaluation in evaluation_of.items()}
    readers = [0] * len(evaluations)
    for ref, number in numbers.items():
        readers[number] += counts[ref]
    shared = frozenset(number for number, count in enumerate(readers) if count > 1)
    placements = _place(program, counts, expensive, depth_limit)
    return Plan(placements, expensive, tuple(evaluations), numbers, shared, lay_out_codes(program.decisions))


def _key(evaluation: Evaluation) -> tuple[int, tuple[Ref, ...]]:
    return evaluation.forest, evaluation.inputs


def _count(program: Program, uses: Callable[[Node], Iterable[Ref]]) -> tuple[list[int], dict[Ref, Evaluation]]:
    """How often the text names each node, and the evaluation of each used `Score`, whose inputs count once."""
    counts = [0] * len(program.nodes)
    for ref in roots(program):
        counts[ref] += 1
    evaluation_of: dict[Ref, Evaluation] = {}
    counted: set[Evaluation] = set()
    for ref in reversed(range(len(program.nodes))):
        node = program.nodes[ref]
        if not counts[ref]:
            continue
        if isinstance(node, Score):
            evaluation = Evaluation(node.forest, node.inputs)
            evaluation_of[ref] = evaluation
            if evaluation in counted:
                continue
            counted.add(evaluation)
        for operand in uses(node):
            counts[operand] += 1
    return counts, evaluation_of


def _place(program: Program, counts: list[int], expensive: tuple[bool, ...], depth_limit: int) -> tuple[Placement, ...]:
    outcomes = {decision.outcome for decision in program.decisions}
    placements: list[Placement] = []
    depths: list[int] = []
    for ref, node in enumerate(program.nodes):
        own = len(node.arms) if isinstance(node, Choose) else 1
        depth = own + max((depths[operand] for operand in operands(node)), default=0)
        is_outcome = ref in outcomes and counts[ref] == 1
        if not counts[ref]:
            placement = Placement.UNUSED
        elif isinstance(node, Constant | Input | Truth | Code | Score):
            placement, depth = Placement.INLINE, 1
        elif is_outcome or (counts[ref] == 1 and depth <= depth_limit):
            placement = Placement.INLINE
        else:
            # A named choice is a function too, since it is written as a list of returns.
            placement = Placement.LAZY if expensive[ref] or isinstance(node, Choose) else Placement.EAGER
        placements.append(placement)
        depths.append(depth if placement is Placement.INLINE else 1)
    return tuple(placements)
