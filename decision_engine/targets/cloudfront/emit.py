"""A program as the body of a JavaScript function, written for few bytes; the host makes a whole file of it.

The text has long names; `minify` makes them short at the end, over the program and its host together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from decision_engine.ir import operands, roots
from decision_engine.ir.nodes import Decision, Input, Program, Ranking, Ref
from decision_engine.targets.analysis import Placement, plan_code
from decision_engine.targets.cloudfront.expressions import Expressions, uses
from decision_engine.targets.cloudfront.forests import emit_forest, forest_inputs
from decision_engine.targets.cloudfront.simplify import simplify

_DEPTH_LIMIT = 60
"""Expressions nest no deeper; the runtime takes 200 levels."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A program's parts.

    `forests` defines the functions of the forests. `body` are the statements of a function that reads the inputs as
    `v0`, `v1`, ... (those in `inputs`) and returns the codes, followed by the ranked payloads of each decision (0 where
    nothing is ranked). Payloads are places in `payloads`; `leaves[d][code]` is the payload of a leaf, -1 for a ranking.
    """

    forests: str
    body: str
    inputs: frozenset[int]
    payloads: tuple[str, ...]
    leaves: tuple[tuple[int, ...], ...]
    neutral: tuple[int, ...]
    has_rankings: bool


def emit_cloudfront(program: Program) -> Emitted:
    """The parts of `program`."""
    return _Emission(program).emitted()


class _Emission:
    """One emission: the program, its plan, the text of its expressions, the payloads met."""

    def __init__(self, program: Program) -> None:
        self._program = program = simplify(program)
        self._plan = plan_code(program, uses, _DEPTH_LIMIT)
        self._expressions = Expressions(program, self._plan)
        self._payloads: list[int] = []
        self._candidates: dict[tuple[int, ...], int] = {}
        self._shared: dict[tuple[Ref, ...], str] = {}

    def emitted(self) -> Emitted:
        decisions = self._program.decisions
        leaves = tuple(tuple(self._payload(leaf.payload) for leaf in decision.leaves) for decision in decisions)
        body = "\n".join(self._body())
        forests = sorted({evaluation.forest for evaluation in self._plan.evaluations})
        return Emitted(
            "\n".join(emit_forest(index, self._program.forests[index]) for index in forests),
            body,
            self._inputs(),
            tuple(self._program.payloads[index].key for index in self._payloads),
            leaves,
            tuple(decision.neutral for decision in decisions),
            any(decision.rankings for decision in decisions),
        )

    def _payload(self, index: int | None) -> int:
        if index is None:
            return -1
        if index not in self._payloads:
            self._payloads.append(index)
        return self._payloads.index(index)

    def _body(self) -> Iterator[str]:
        for ref in self._placed(Placement.EAGER):
            yield f"const n{ref} = {self._expressions.own(ref).text};"
        for number, evaluation in enumerate(self._plan.evaluations):
            read = [evaluation.inputs[place] for place in forest_inputs(self._program.forests[evaluation.forest])]
            call = f"forest_{evaluation.forest}({', '.join(map(self._expressions.text, read))})"
            if number not in self._plan.shared:
                yield f"const score_{number} = () => {call};"
            else:
                yield f"let known_{number};"
                yield f"const score_{number} = () => known_{number} == none ? known_{number} = {call} : known_{number};"
        for ref in self._placed(Placement.LAZY):
            yield f"const n{ref} = () => {self._expressions.own(ref).text};"
        yield from self._eligible()
        codes, ranked = [], []
        for index, decision in enumerate(self._program.decisions):
            code = self._expressions.text(decision.outcome)
            if decision.rankings:
                yield f"const code_{index} = {code};"
                code = f"code_{index}"
            codes.append(code)
            ranked.append(self._ranked(index, decision))
        lists = [f"[{', '.join(codes)}]"]
        if any(decision.rankings for decision in self._program.decisions):
            lists.append(f"[{', '.join(ranked)}]")
        yield f"return [{', '.join(lists)}];"

    def _placed(self, placement: Placement) -> list[Ref]:
        return [ref for ref, found in enumerate(self._plan.placements) if found is placement]

    def _ranked(self, index: int, decision: Decision) -> str:
        text = "0"
        for ranking in reversed(decision.rankings):
            text = f"code_{index} == {ranking.leaf} ? {self._ranking(ranking)} : {text}"
        return text

    def _eligible(self) -> Iterator[str]:
        """The lists that several rankings share."""
        rankings = [ranking for decision in self._program.decisions for ranking in decision.rankings]
        lists = Counter(tuple(candidate.eligible for candidate in ranking.candidates) for ranking in rankings)
        for refs, count in lists.items():
            if count > 1 and not any(self._plan.expensive[ref] for ref in refs):
                self._shared[refs] = f"eligible_{len(self._shared)}"
                yield f"const {self._shared[refs]} = {self._eligible_list(refs)};"

    def _eligible_list(self, refs: tuple[Ref, ...]) -> str:
        texts = [self._expressions.text(ref) for ref in refs]
        return f"[{', '.join('1' if text == 'true' else text for text in texts)}]"

    def _ranking(self, ranking: Ranking) -> str:
        payloads = tuple(candidate.payload for candidate in ranking.candidates)
        if payloads not in self._candidates:
            self._candidates[payloads] = len(self._payloads)
            self._payloads += payloads
        refs = tuple(candidate.eligible for candidate in ranking.candidates)
        eligible = self._shared.get(refs) or self._eligible_list(refs)
        scores = ", ".join(self._expressions.text(candidate.score) for candidate in ranking.candidates)
        return f"rank({self._candidates[payloads]}, {eligible}, [{scores}], {ranking.top})"

    def _inputs(self) -> frozenset[int]:
        """The elements of the vector that the decisions need."""
        nodes = self._program.nodes
        wanted = set(roots(self._program))
        for ref in range(len(nodes) - 1, -1, -1):
            if ref in wanted:
                wanted.update(operands(nodes[ref]))
        return frozenset(node.index for ref in wanted if isinstance(node := nodes[ref], Input))
