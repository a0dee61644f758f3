"""Drop what no decision reads: nodes, inputs, features, automata and forests."""

from __future__ import annotations

from dataclasses import replace

from decision_engine.ir.builder import Builder, with_operands
from decision_engine.ir.nodes import Input, Program, Ref, Score, Source, TextTest
from decision_engine.passes.rewrite import live_refs, with_nodes


def drop_unused_features(program: Program) -> Program:
    """Keep live nodes only, then the inputs, forests and automata they name, renumbered in the old order."""
    return _renumber(_drop_dead_nodes(program))


def _drop_dead_nodes(program: Program) -> Program:
    builder = Builder(share=False)
    moved: dict[Ref, Ref] = {}
    for ref in live_refs(program):
        moved[ref] = builder.add(with_operands(program.nodes[ref], moved.__getitem__))
    return with_nodes(program, builder.nodes(), moved.__getitem__)


def _renumber(program: Program) -> Program:
    inputs = _places({node.index for node in program.nodes if isinstance(node, Input)})
    forests = _places({node.forest for node in program.nodes if isinstance(node, Score)})
    sources = [program.inputs[index] for index in inputs]
    automata = _places(
        {source.automaton for source in sources if isinstance(source, TextTest) and source.automaton is not None}
    )
    nodes = tuple(
        replace(node, index=inputs[node.index])
        if isinstance(node, Input)
        else replace(node, forest=forests[node.forest])
        if isinstance(node, Score)
        else node
        for node in program.nodes
    )
    kept = tuple(_with_automaton(source, automata) for source in sources)
    names = {getattr(source, "feature", None) for source in kept}
    return replace(
        program,
        nodes=nodes,
        inputs=kept,
        features=tuple(feature for feature in program.features if feature.name in names),
        forests=tuple(program.forests[index] for index in forests),
        automata=tuple(program.automata[index] for index in automata),
    )


def _places(used: set[int]) -> dict[int, int]:
    """Old number -> new number, in ascending order."""
    return {old: new for new, old in enumerate(sorted(used))}


def _with_automaton(source: Source, automata: dict[int, int]) -> Source:
    if isinstance(source, TextTest) and source.automaton is not None:
        return replace(source, automaton=automata[source.automaton])
    return source
