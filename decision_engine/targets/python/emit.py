"""A program as one Python module: `decide(v)`, `FORESTS`, and the numbers that a host checks.

The module imports from the standard library alone and keeps no state between calls, so threads may share it.
"""

from __future__ import annotations

from collections.abc import Iterator

from decision_engine.ir.nodes import IR_VERSION, Choose, Program, Ranking, Ref
from decision_engine.targets.analysis import ABI_VERSION, Placement, plan_code
from decision_engine.targets.choice import ForestChoice, Offer, choose_forests
from decision_engine.targets.python.expressions import Expressions, StoredExpressions, uses
from decision_engine.targets.python.forests import emit_forest
from decision_engine.targets.python.runtime import imports_of, needed_by
from decision_engine.targets.text import describe, indent, plain

MEMORY_LIMIT_BYTES = 64 << 20
"""Bytes for the tables of all forests; one whose prefix-AND rows go beyond becomes a node table."""
_LANE_BYTES = (1, 2, 4, 8)
"""A tree's mask in a big integer."""

_DEPTH_LIMIT = 12
"""Python's parser refuses deep nesting, and is slow before."""


def emit_python(program: Program, *, memory_limit_bytes: int = MEMORY_LIMIT_BYTES) -> str:
    """The module's text, for Python 3.11 or later. `decide(v)` takes `WIDTH` floats and gives `CODES` integers.

    codes[d] is the leaf of decision d; then, for each ranking, come the count of its candidates and their indices, best
    first, padded with 0 to its `top` (all 0 when the leaf is another). `FORESTS[f](inputs)` gives the raw outputs of
    forest f.
    """
    return _Module(program, python_choices(program, memory_limit_bytes=memory_limit_bytes)).text()


def python_choices(program: Program, *, memory_limit_bytes: int = MEMORY_LIMIT_BYTES) -> tuple[ForestChoice, ...]:
    """How `emit_python` emits each forest with this limit."""
    return choose_forests(program.forests, Offer(0, _LANE_BYTES, 0, memory_limit_bytes))


class _Module:
    """One emission. `m` is the list of values that one call of `decide` shares with the functions beside it."""

    def __init__(self, program: Program, choices: tuple[ForestChoice, ...]) -> None:
        self._program = program
        self._plan = plan_code(program, uses, _DEPTH_LIMIT)
        self._choices = choices
        self._eager = self._placed(Placement.EAGER)
        self._lazy = self._placed(Placement.LAZY)
        places = [*sorted(self._plan.shared), *self._lazy, *self._eager]
        shared = len(self._plan.shared)
        self._score_places = {number: place for place, number in enumerate(places[:shared])}
        self._node_places = {ref: place for place, ref in enumerate(places[shared:], shared)}
        self._inside = Expressions(program, self._plan)
        self._beside = StoredExpressions(program, self._plan, self._node_places)

    def text(self) -> str:
        beside = [*self._evaluations(), *self._lazy_nodes()]
        code = "\n".join([*self._forests(), *beside, *self._decide()])
        pieces = needed_by(code)
        code = "\n\n".join([*(f"{piece}" for piece in pieces), code])
        constants = ['NAN = float("nan")', 'INFINITY = float("inf")', *self._constants()]
        head = "\n".join([*self._header(), *imports_of(code), "", *constants])
        return f"{head}\n\n\n{code}\n"

    def _placed(self, placement: Placement) -> list[Ref]:
        return [ref for ref, found in enumerate(self._plan.placements) if found is placement]

    def _header(self) -> Iterator[str]:
        yield f"# Edgewise: the decisions of registry {plain(self._program.registry)}. Generated; do not edit."
        yield "#"
        for index, source in enumerate(self._program.inputs):
            yield f"# v[{index}]: {describe(source)}"
        yield "#"
        for index, decision in enumerate(self._program.decisions):
            yield f"# codes[{index}]: {plain(decision.name)}"
        yield ""

    def _constants(self) -> Iterator[str]:
        yield f"WIDTH = {len(self._program.inputs)}"
        yield f"CODES = {self._plan.codes.size}"
        yield f"IR_VERSION = {IR_VERSION}"
        yield f"ABI_VERSION = {ABI_VERSION}"

    def _forests(self) -> Iterator[str]:
        for index, (forest, choice) in enumerate(zip(self._program.forests, self._choices, strict=True)):
            yield from emit_forest(index, forest, choice)
            yield from ("", "")
        names = [f"forest_{index}" for index in range(len(self._program.forests))]
        yield f"FORESTS = ({', '.join(names)}{',' if len(names) == 1 else ''})"
        yield from ("", "")

    def _evaluations(self) -> Iterator[str]:
        for number, evaluation in enumerate(self._plan.evaluations):
            forest = self._program.forests[evaluation.forest]
            inputs = ", ".join(self._beside.text(ref) for ref in evaluation.inputs)
            call = f"forest_{evaluation.forest}([{inputs}])"
            yield f"def _score_{number}(v, m):  # {plain(forest.name)}"
            yield from indent(_once(self._score_places.get(number), [call]), "    ")
            yield from ("", "")

    def _lazy_nodes(self) -> Iterator[str]:
        for ref in self._lazy:
            node = self._program.nodes[ref]
            value = self._beside.own(ref).text if not isinstance(node, Choose) else f"_n{ref}_choice(v, m)"
            if isinstance(node, Choose):
                yield f"def _n{ref}_choice(v, m):"
                for condition, code in node.arms:
                    yield f"    if {self._beside.text(condition)}:"
                    yield f"        return {self._beside.text(code)}"
                yield f"    return {self._beside.text(node.otherwise)}"
                yield from ("", "")
            yield f"def _n{ref}(v, m):"
            yield from indent(_once(self._node_places[ref], [value]), "    ")
            yield from ("", "")

    def _decide(self) -> Iterator[str]:
        """`decide`. A decision is a loop that ends in its first round: a rule that matches skips the rest."""
        yield "def decide(v: list[float]) -> list[int]:"
        # INVARIANT (places): the functions beside `decide` are written before it, so that `stored` is complete.
        stored = self._beside.stored
        size = len(self._score_places) + len(self._lazy) + len(self._eager)
        if self._plan.evaluations or self._lazy:
            yield f"    m = [None] * {size}"
        for ref in self._eager:
            store = f"m[{self._node_places[ref]}] = " if ref in stored else ""
            yield f"    n{ref} = {store}{self._inside.own(ref).text}"
        parts = []
        for index, decision in enumerate(self._program.decisions):
            yield f"    # {plain(decision.name)}"
            yield from indent([*self._outcome(index, decision.outcome)], "    ")
            for number, ranking in enumerate(decision.rankings):
                name = f"r{index}_{number}"
                yield f"    {name} = [0] * {1 + ranking.top}"
                yield f"    if d{index} == {ranking.leaf}:"
                yield from indent([*self._ranking(name, ranking)], "        ")
                parts.append(f"*{name}")
        outcomes = [f"d{index}" for index in range(len(self._program.decisions))]
        yield f"    return [{', '.join([*outcomes, *parts])}]"

    def _outcome(self, index: int, ref: Ref) -> Iterator[str]:
        node = self._program.nodes[ref]
        if not isinstance(node, Choose) or self._plan.placements[ref] is not Placement.INLINE:
            yield f"d{index} = {self._inside.text(ref)}"
            return
        yield "while True:"
        for condition, code in node.arms:
            yield f"    if {self._inside.text(condition)}:"
            yield f"        d{index} = {self._inside.text(code)}"
            yield "        break"
        yield f"    d{index} = {self._inside.text(node.otherwise)}"
        yield "    break"

    def _ranking(self, name: str, ranking: Ranking) -> Iterator[str]:
        yield "found = []"
        for place, candidate in enumerate(ranking.candidates):
            payload = plain(self._program.payloads[candidate.payload].key)
            yield f"if {self._inside.text(candidate.eligible)}:  # {payload}"
            yield f"    found.append(({place}, {self._inside.text(candidate.score)}))"
        yield f"{name} = _ranked(found, {ranking.top})"


def _once(place: int | None, value: list[str]) -> list[str]:
    """A function's body that gives `value`, remembered in place `place` of `m` when there is one."""
    [text] = value
    if place is None:
        return [f"return {text}"]
    return [f"if m[{place}] is None:", f"    m[{place}] = {text}", f"return m[{place}]"]
