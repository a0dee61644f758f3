"""A forest runs only when its score is needed, and once however many conditions read it: in every target."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from wasmtime import Config, Engine, Func, Instance, Memory, Module, Store

from decision_engine.ir import Program
from decision_engine.ir import nodes as ir
from decision_engine.passes import optimise
from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from tests.targets.node_session import NodeSession
from tests.targets.python.load import load
from tests.targets.random_programs import random_forest

CASES = ((0.0, 0), (1.0, 1))
"""The gate's value, and how often the forest runs."""


@pytest.fixture(scope="module")
def session(node: Path) -> Iterator[NodeSession]:
    """A node process."""
    with NodeSession(node) as running:
        yield running


def program() -> Program:
    """Two decisions and a ranking over one model; the score stands before the gate in each condition."""
    forest = random_forest(Random(8), most_leaves=60, trees=400, outputs=2)
    row = (0,) * len(forest.inputs)
    nodes: tuple[ir.Node, ...] = (
        ir.Input(0),
        ir.Constant(0.5),
        ir.Constant(1e300),
        ir.Score(0, row, 0),
        ir.Score(0, row, 1),
        ir.Compare(ir.Comparison.LESS, 2, 3),
        ir.Compare(ir.Comparison.AT_MOST, 3, 2),
        ir.Compare(ir.Comparison.AT_MOST, 4, 2),
        ir.Compare(ir.Comparison.AT_MOST, 1, 0),
        ir.AllOf((5, 8)),
        ir.AllOf((6, 8)),
        ir.AllOf((7, 8)),
        ir.AllOf((7, 6, 8)),
        ir.Code(0),
        ir.Code(1),
        ir.Choose(((9, 14), (10, 14)), 13),
        ir.Choose(((11, 14),), 13),
    )
    leaves = (ir.Leaf(0, "DEFAULT", None), ir.Leaf(None, "TARGETING_MATCH", 0))
    ranking = ir.Ranking(1, (ir.Candidate(0, 12, 3), ir.Candidate(0, 8, 4)), 2)
    decisions = tuple(ir.Decision(name, outcome, leaves, (ranking,), 0) for name, outcome in (("one", 15), ("two", 16)))
    payloads = (ir.Payload("p", "{}"),)
    return optimise(
        ir.Program("sha256:" + "0" * 64, (), (ir.Now(),), (), (forest,), payloads, nodes, decisions, (), None)
    )


def test_cheap_conditions_come_first() -> None:
    found = program()
    items = [node.items for node in found.nodes if isinstance(node, ir.AllOf)]
    assert items and all(isinstance(found.nodes[first], ir.Compare) for first, *_ in items)
    for first, *_ in items:
        compare = found.nodes[first]
        assert isinstance(compare, ir.Compare)
        assert not any(isinstance(found.nodes[ref], ir.Score) for ref in (compare.left, compare.right))


@pytest.mark.parametrize(("gate", "runs"), CASES)
def test_python(gate: float, runs: int) -> None:
    module = load(emit_python(program()))
    called: list[int] = []
    score = module.forest_0
    module.forest_0 = lambda inputs: called.append(1) or score(inputs)
    codes = module.decide([gate])
    assert len(called) == runs
    assert codes[:2] == [runs, runs]
    module.decide([gate])
    assert len(called) == 2 * runs


@pytest.mark.node
@pytest.mark.parametrize(("gate", "runs"), CASES)
def test_javascript(session: NodeSession, gate: float, runs: int) -> None:
    head = "function forest_0(inputs, outputs) {"
    text = emit_javascript(program())
    assert text.count(head) == 1
    counting = text.replace(head, f"export const count = [0];\n{head}\n  count[0]++;")
    # The count leaves the module by the second forest, which the program does not have.
    counting = re.sub(
        r"forests = \[forest_0\]", "forests = [forest_0, (_, outputs) => { outputs[0] = count[0]; }]", counting
    )
    session.load(f"{counting}// gate {gate}: node keeps one instance, and its count, for each text\n")
    [codes] = session.decide([[gate]], 8)
    assert session.scores(1, [[0.0]], 1) == [(float(runs),)]
    assert codes[:2] == [runs, runs]
    session.decide([[gate]], 8)
    assert session.scores(1, [[0.0]], 1) == [(2.0 * runs,)]


@pytest.mark.parametrize(("gate", "runs"), CASES)
def test_wasm(gate: float, runs: int) -> None:
    content, heap = emit_wasm(program()).content, emit_wasm(program()).heap
    alone, decided = (_fuel(content, function, heap, gate) for function in ("score_0", "decide"))
    assert runs * alone <= decided < (runs + 0.2) * alone


def _fuel(content: bytes, function: str, heap: int, x: float) -> int:
    """What wasmtime counts for one call of `function` on a row of x."""
    config = Config()
    config.consume_fuel = True
    engine = Engine(config)
    store = Store(engine)
    store.set_fuel(10**12)
    exports = Instance(store, Module(engine, content), []).exports(store)
    memory, called = exports["memory"], exports[function]
    assert isinstance(memory, Memory)
    assert isinstance(called, Func)
    memory.write(store, struct.pack("<8d", *[x] * 8), heap)
    before = store.get_fuel()
    called(store, heap, heap + 64)
    return before - store.get_fuel()
