"""A program as one ES module: `decide(v, codes)`, `forests`, and the numbers that a host checks.

The module imports nothing, evaluates no text, and keeps to syntax of ES2020 without regular expressions and BigInt.
"""

from __future__ import annotations

from collections.abc import Iterator

from decision_engine.ir.nodes import IR_VERSION, Choose, Decision, Program, Ranking, Ref
from decision_engine.targets.analysis import ABI_VERSION, Placement, Plan, plan_code
from decision_engine.targets.choice import ForestChoice, Offer, choose_forests
from decision_engine.targets.javascript.expressions import Expressions, uses
from decision_engine.targets.javascript.forests import CROSSED_BYTES, emit_forest
from decision_engine.targets.javascript.runtime import needed_by
from decision_engine.targets.javascript.text import number
from decision_engine.targets.text import describe, indent, plain

TERNARY_LEAVES = 256
"""A forest of at most so many leaves in all is emitted as nested conditionals."""
MEMORY_LIMIT_BYTES = 24 << 20
"""Bytes for the tables of all forests; one whose prefix-AND rows go beyond becomes a node table."""
_LANE_BYTES = (4, 8)
"""A tree's mask: one Int32, or two halves."""

_DEPTH_LIMIT = 16
_STATEMENTS = 200
"""A function of more statements is cut in two: engines do not optimise very long functions."""


def emit_javascript(
    program: Program, *, memory_limit_bytes: int = MEMORY_LIMIT_BYTES, ternary_leaves: int = TERNARY_LEAVES
) -> str:
    """The module's text. `decide(v, codes)` reads a Float64Array of `width` and fills an Int32Array of `codes`.

    codes[d] is the leaf of decision d; then, for each ranking, come the count of its candidates and their indices, best
    first, padded with 0 to its `top` (all 0 when the leaf is another). `forests[f](inputs, outputs)` fills the raw
    outputs of forest f.
    """
    choices = javascript_choices(program, memory_limit_bytes=memory_limit_bytes, ternary_leaves=ternary_leaves)
    return _Module(program, choices).text()


def javascript_choices(
    program: Program, *, memory_limit_bytes: int = MEMORY_LIMIT_BYTES, ternary_leaves: int = TERNARY_LEAVES
) -> tuple[ForestChoice, ...]:
    """How `emit_javascript` emits each forest with these limits."""
    return choose_forests(program.forests, Offer(ternary_leaves, _LANE_BYTES, CROSSED_BYTES, memory_limit_bytes))


class _Module:
    """One emission: the program, its plan, and the text of its expressions."""

    def __init__(self, program: Program, choices: tuple[ForestChoice, ...]) -> None:
        self._program = program
        self._plan: Plan = plan_code(program, uses, _DEPTH_LIMIT)
        self._expressions = Expressions(program, self._plan)
        self._choices = choices
        lazy = (f"n{ref}" for ref in self._placed(Placement.LAZY))
        scores = (f"score_{number_}" for number_ in sorted(self._plan.shared))
        self._known = {name: place for place, name in enumerate((*scores, *lazy))}

    def text(self) -> str:
        values = [*self._evaluations(), *self._lazy_nodes()]
        decisions = [line for part in map(self._decision, range(len(self._program.decisions))) for line in part]
        decide = self._decide()
        code = "\n".join([*self._forests(), *self._state(), *values, *decisions, *decide])
        header = "\n".join([*self._header(), *self._exports()])
        return f"{header}\n{needed_by(code)}\n{code}\n"

    def _placed(self, placement: Placement) -> list[Ref]:
        return [ref for ref, found in enumerate(self._plan.placements) if found is placement]

    def _header(self) -> Iterator[str]:
        yield f"// Edgewise: the decisions of registry {plain(self._program.registry)}. Generated; do not edit."
        yield "//"
        for index, source in enumerate(self._program.inputs):
            yield f"// v[{index}]: {describe(source)}"
        yield "//"
        for index, decision in enumerate(self._program.decisions):
            yield f"// codes[{index}]: {plain(decision.name)}"
        yield ""

    def _exports(self) -> Iterator[str]:
        yield f"export const width = {len(self._program.inputs)};"
        yield f"export const codes = {self._plan.codes.size};"
        yield f"export const ir = {IR_VERSION};"
        yield f"export const abi = {ABI_VERSION};"
        yield f"export const forests = [{', '.join(f'forest_{i}' for i in range(len(self._program.forests)))}];"
        yield ""

    def _forests(self) -> Iterator[str]:
        for index, (forest, choice) in enumerate(zip(self._program.forests, self._choices, strict=True)):
            yield from emit_forest(index, forest, choice)
            yield ""

    def _state(self) -> Iterator[str]:
        for values, index in self._expressions.sets.items():
            yield f"const set_{index} = new Set([{', '.join(map(number, values))}]);"
        if self._known:
            yield "// Which of the values below that are computed when first needed are known in this call."
            yield f"const known = new Uint8Array({len(self._known)});"
        tops = [ranking.top for decision in self._program.decisions for ranking in decision.rankings]
        if tops:
            yield "// The scores of the candidates placed so far."
            yield f"const best = new Float64Array({max(tops)});"
        for ref in self._placed(Placement.EAGER):
            yield f"let n{ref};"
        yield ""

    def _evaluations(self) -> Iterator[str]:
        for number_, evaluation in enumerate(self._plan.evaluations):
            forest = self._program.forests[evaluation.forest]
            yield f"// {plain(forest.name)}"
            yield f"const inputs_{number_} = new Float64Array({len(evaluation.inputs)});"
            yield f"const outputs_{number_} = new Float64Array({forest.outputs});"
            body = [
                f"inputs_{number_}[{place}] = {self._expressions.text(ref)};"
                for place, ref in enumerate(evaluation.inputs)
            ]
            body.append(f"forest_{evaluation.forest}(inputs_{number_}, outputs_{number_});")
            yield f"function score_{number_}(v) {{"
            yield from indent(self._once(f"score_{number_}", body), "  ")
            yield f"  return outputs_{number_};"
            yield "}"
            yield ""

    def _lazy_nodes(self) -> Iterator[str]:
        for ref in self._placed(Placement.LAZY):
            name = f"n{ref}"
            value = self._expressions.own(ref).text
            if isinstance(self._program.nodes[ref], Choose):
                yield from self._returns(f"{name}_choice", ref)
                value = f"{name}_choice(v)"
            yield f"let {name}_value;"
            yield f"function {name}(v) {{"
            yield from indent(self._once(name, [f"{name}_value = {value};"]), "  ")
            yield f"  return {name}_value;"
            yield "}"
            yield ""

    def _once(self, name: str, body: list[str]) -> list[str]:
        """`body` under a guard that runs it at most once a call; bare when only one place reads `name`."""
        if name not in self._known:
            return body
        place = self._known[name]
        return [f"if (known[{place}] === 0) {{", f"  known[{place}] = 1;", *indent(body, "  "), "}"]

    def _returns(self, name: str, ref: Ref) -> Iterator[str]:
        """A function that gives the code of node `ref`; a choice is a list of returns, so that it does not nest."""
        node = self._program.nodes[ref]
        yield f"function {name}(v) {{"
        if isinstance(node, Choose):
            for condition, code in node.arms:
                yield f"  if ({self._expressions.text(condition)}) return {self._expressions.text(code)};"
            yield f"  return {self._expressions.text(node.otherwise)};"
        else:
            yield f"  return {self._expressions.text(ref)};"
        yield "}"

    def _decision(self, index: int) -> Iterator[str]:
        decision = self._program.decisions[index]
        yield f"// {plain(decision.name)}"
        if self._plan.placements[decision.outcome] is Placement.INLINE:
            yield from self._returns(f"decision_{index}", decision.outcome)
        else:
            yield f"function decision_{index}(v) {{"
            yield f"  return {self._expressions.text(decision.outcome)};"
            yield "}"
        yield ""
        for number_, ranking in enumerate(decision.rankings):
            yield f"// {plain(decision.name)}, leaf {ranking.leaf}: the best {ranking.top} of {len(ranking.candidates)}"
            yield f"function ranking_{index}_{number_}(v, codes) {{"
            yield from self._ranking(ranking, self._plan.codes.rankings[index][number_])
            yield "}"
            yield ""

    def _ranking(self, ranking: Ranking, at: int) -> Iterator[str]:
        for place, candidate in enumerate(ranking.candidates):
            payload = plain(self._program.payloads[candidate.payload].key)
            score = self._expressions.text(candidate.score)
            eligible = self._expressions.text(candidate.eligible)
            yield f"  if ({eligible}) place(codes, {at}, {ranking.top}, {place}, {score}); // {payload}"

    def _decide(self) -> list[str]:
        lines = []
        body = ["known.fill(0);"] if self._known else []
        eager = [f"n{ref} = {self._expressions.own(ref).text};" for ref in self._placed(Placement.EAGER)]
        for start in range(0, len(eager), _STATEMENTS):
            name = f"prepare_{start // _STATEMENTS}"
            lines += [f"function {name}(v) {{", *indent(eager[start : start + _STATEMENTS], "  "), "}", ""]
            body.append(f"{name}(v);")
        decisions = self._program.decisions
        if self._plan.codes.size > len(decisions):
            body.append(f"codes.fill(0, {len(decisions)}, {self._plan.codes.size});")
        for index, decision in enumerate(decisions):
            body += self._call(index, decision)
        return [*lines, "export function decide(v, codes) {", *indent(body, "  "), "}"]

    def _call(self, index: int, decision: Decision) -> list[str]:
        lines = [f"codes[{index}] = decision_{index}(v);"]
        for number_, ranking in enumerate(decision.rankings):
            lines.append(f"if (codes[{index}] === {ranking.leaf}) ranking_{index}_{number_}(v, codes);")
        return lines
