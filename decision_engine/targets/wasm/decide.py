"""The function `decide` of a module, and those that it calls: rankings, evaluations of forests, remembered nodes.

`decide` first prepares the tests that are cheaper all at once (shares.py, levels.py); any function reads them from
memory. What else is shared, and when it is evaluated, is the plan's choice (targets/analysis.py). An EAGER node is a
global that `decide` sets next. A LAZY node and an evaluation of a forest are functions that remember their result
within one call of `decide`: the global `run` counts the calls, and `done_...` holds the run in which the result was
made.
"""

from __future__ import annotations

from decision_engine.ir import nodes as ir
from decision_engine.ir.builder import operands
from decision_engine.targets.analysis import Evaluation, Placement, plan_code
from decision_engine.targets.wasm.expressions import NODE_LOCALS, node_code, value_type
from decision_engine.targets.wasm.instructions import (
    Code,
    call,
    get,
    i32,
    i64,
    increase,
    join,
    load,
    op,
    put,
    read,
    repeat,
    store,
    when,
    write,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.levels import LEVELS_LOCALS, prepare_levels
from decision_engine.targets.wasm.module import Function, Global, declare
from decision_engine.targets.wasm.runtime import CANDIDATE_BYTES
from decision_engine.targets.wasm.shares import SHARES_LOCALS, prepare_shares

_DEPTH_LIMIT = 256
"""Code nested deeper is cut; it bounds the operand stack, and the work of joining code."""


class Decide:
    """One emission: the program, its plan, and the code of its nodes. Scratch cells go to `layout`."""

    def __init__(self, program: ir.Program, layout: Layout) -> None:
        self._program = program
        self._layout = layout
        prepared = [prepare(program.nodes, layout) for prepare in (prepare_shares, prepare_levels)]
        self._prepare = join(*(part.compute for part in prepared))
        self._prepared = {ref: code for part in prepared for ref, code in part.values.items()}
        known = {program.nodes[ref] for ref in self._prepared}
        self._plan = plan_code(program, lambda node: () if node in known else operands(node), _DEPTH_LIMIT)
        self._candidates = layout.reserve(CANDIDATE_BYTES * _most_candidates(program))
        self._results = [
            layout.reserve(8 * program.forests[evaluation.forest].outputs, 8) for evaluation in self._plan.evaluations
        ]
        self._codes: dict[ir.Ref, Code] = {}
        for ref, placement in enumerate(self._plan.placements):
            if placement is not Placement.UNUSED and ref not in self._prepared:
                node = program.nodes[ref]
                self._codes[ref] = node_code(ref, node, self._value, self._score, self._plan.expensive, layout)

    @property
    def code_count(self) -> int:
        """How many codes `decide` writes."""
        return self._plan.codes.size

    def functions(self) -> list[Function]:
        """`decide` first; the others are not exported."""
        rankings = [
            self._ranking(f"ranking_{d}_{r}", ranking)
            for d, decision in enumerate(self._program.decisions)
            for r, ranking in enumerate(decision.rankings)
        ]
        evaluations = [self._evaluation(number, found) for number, found in enumerate(self._plan.evaluations)]
        return [
            self._decide(),
            *rankings,
            *evaluations,
            *(self._lazy_node(ref) for ref in self._placed(Placement.LAZY)),
        ]

    def globals(self) -> list[Global]:
        """The count of runs, shared values, and what has been done in which run."""
        lazy = self._placed(Placement.LAZY)
        shared = sorted([*self._placed(Placement.EAGER), *lazy])
        done = [f"done_node_{ref}" for ref in lazy]
        done += [f"done_evaluation_{number}" for number in range(len(self._plan.evaluations))]
        return [
            Global("run", "i64", 0),
            *(Global(f"node_{ref}", value_type(self._program.nodes[ref]), 0) for ref in shared),
            *(Global(name, "i64", 0) for name in done),
        ]

    def _placed(self, placement: Placement) -> list[ir.Ref]:
        placements = enumerate(self._plan.placements)
        return [ref for ref, found in placements if found is placement and ref not in self._prepared]

    def _value(self, ref: ir.Ref) -> Code:
        """The code that uses a node as an operand."""
        if ref in self._prepared:
            return self._prepared[ref]
        match self._plan.placements[ref]:
            case Placement.EAGER:
                return read(f"node_{ref}")
            case Placement.LAZY:
                return call(f"node_{ref}", get("vector"))
            case _:
                return self._codes[ref]

    def _score(self, ref: ir.Ref, output: int) -> Code:
        number = self._plan.evaluation_of[ref]
        result = load("f64.load", i32(0), self._results[number] + 8 * output)
        return join(call(f"evaluate_{number}", get("vector")), result)

    def _decide(self) -> Function:
        decisions = self._program.decisions
        outcomes = [self._value(decision.outcome) for decision in decisions]
        locals_ = NODE_LOCALS + SHARES_LOCALS + LEVELS_LOCALS
        body = join(
            write("run", op("i64.add", read("run"), i64(1))),
            self._prepare,
            *(write(f"node_{ref}", self._codes[ref]) for ref in self._placed(Placement.EAGER)),
            *(store("i32.store", get("codes"), code, 4 * number) for number, code in enumerate(outcomes)),
            *self._rankings(),
        )
        return Function("decide", declare("i32", "vector", "codes"), None, locals_, body, exported=True)

    def _rankings(self) -> list[Code]:
        """Clear the codes of all rankings, then run those whose leaf their decision has."""
        decisions = self._program.decisions
        size = 4 * (self.code_count - len(decisions))
        if not size:
            return []
        parts = [op("memory.fill", op("i32.add", get("codes"), i32(4 * len(decisions))), i32(0), i32(size))]
        for d, decision in enumerate(decisions):
            for r, ranking in enumerate(decision.rankings):
                is_chosen = op("i32.eq", load("i32.load", get("codes"), 4 * d), i32(ranking.leaf))
                slots = op("i32.add", get("codes"), i32(4 * self._plan.codes.rankings[d][r]))
                parts.append(when(is_chosen, call(f"ranking_{d}_{r}", get("vector"), slots)))
        return parts

    def _ranking(self, name: str, ranking: ir.Ranking) -> Function:
        """`name(vector, slots)`: list the eligible candidates, order them, write the count and the first places."""
        listed = op("i32.shr_u", op("i32.sub", get("place"), i32(self._candidates)), i32(4))
        enough = op("i32.gt_u", get("count"), i32(ranking.top))
        slot = op("i32.add", get("slots"), op("i32.shl", get("n"), i32(2)))
        number = load("i32.load", op("i32.shl", get("n"), i32(4)), self._candidates + 8)
        body = join(
            put("place", i32(self._candidates)),
            *(self._list_candidate(number, candidate) for number, candidate in enumerate(ranking.candidates)),
            put("count", listed),
            call("order_candidates", i32(self._candidates), get("count")),
            put("count", op("select", i32(ranking.top), get("count"), enough)),
            store("i32.store", get("slots"), get("count")),
            repeat("each", "n", get("count"), store("i32.store", slot, number, 4)),
        )
        locals_ = NODE_LOCALS + declare("i32", "place", "count", "n")
        return Function(name, declare("i32", "vector", "slots"), None, locals_, body)

    def _list_candidate(self, number: int, candidate: ir.Candidate) -> Code:
        listing = join(
            store("f64.store", get("place"), self._value(candidate.score)),
            store("i32.store", get("place"), i32(number), 8),
            increase("place", i32(CANDIDATE_BYTES)),
        )
        return when(self._value(candidate.eligible), listing)

    def _evaluation(self, number: int, evaluation: Evaluation) -> Function:
        """`evaluate_n(vector)`: score a forest on its inputs, unless this run has done so."""
        score = f"score_{evaluation.forest}"
        first = self._first_of_run(evaluation.inputs)
        if first is not None:
            code = call(score, op("i32.add", get("vector"), i32(8 * first)), i32(self._results[number]))
        else:
            row = self._layout.reserve(8 * len(evaluation.inputs), 8)
            values = (self._value(ref) for ref in evaluation.inputs)
            fill = [store("f64.store", i32(0), value, row + 8 * place) for place, value in enumerate(values)]
            code = join(*fill, call(score, i32(row), i32(self._results[number])))
        body = _once(f"done_evaluation_{number}", code)
        return Function(f"evaluate_{number}", declare("i32", "vector"), None, NODE_LOCALS, body)

    def _first_of_run(self, inputs: tuple[ir.Ref, ...]) -> int | None:
        """The first index when the refs are neighbouring elements of the vector, in order: a row that needs no copy."""
        nodes = [self._program.nodes[ref] for ref in inputs]
        indices = [node.index for node in nodes if isinstance(node, ir.Input)]
        if not indices or len(indices) < len(nodes):
            return None
        return indices[0] if indices == list(range(indices[0], indices[0] + len(indices))) else None

    def _lazy_node(self, ref: ir.Ref) -> Function:
        body = join(_once(f"done_node_{ref}", write(f"node_{ref}", self._codes[ref])), read(f"node_{ref}"))
        kind = value_type(self._program.nodes[ref])
        return Function(f"node_{ref}", declare("i32", "vector"), kind, NODE_LOCALS, body)


def _most_candidates(program: ir.Program) -> int:
    rankings = (ranking for decision in program.decisions for ranking in decision.rankings)
    return max((len(ranking.candidates) for ranking in rankings), default=0)


def _once(done: str, code: Code) -> Code:
    """Run the code unless the global `done` says that this run has."""
    return when(op("i64.ne", read(done), read("run")), join(code, write(done, read("run"))))
