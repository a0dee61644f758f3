"""What is worked out before any decision, and what is decided without branches: the same results as node by node."""

import math
from collections.abc import Iterable, Sequence
from random import Random

import numpy as np
import pytest

from decision_engine.bucketing import bucket
from decision_engine.ir import nodes as ir
from decision_engine.targets.wasm import WasmArtefact, emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from decision_engine.trees import Forest
from tests.targets.interpreter import interpret
from tests.targets.random_programs import HOSTILE, random_forest

BOUNDS = (
    *(0.0, -0.0, 1.0, 2.0, 0.5, 4294967294.5, -1.0, math.nan, math.inf, -math.inf),
    *(2.0**31 - 1, 2.0**31, 2.0**31 + 1, 2.0**32 - 2, 2.0**32 - 1, 2.0**32, 2.0**32 + 1),
)
UNITS = ((0, 1), (2, 3))
HASHES = (0.0, 1.0, 2.0**31, 2.0**32 - 1, math.nan)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 13])
def test_shares(count: int) -> None:
    random = Random(count)
    program = _shares_program(random, count)
    vectors = [[random.choice(HASHES) for _ in range(4)] for _ in range(100)]
    vectors += [[float(random.getrandbits(32)) for _ in range(4)] for _ in range(400)]
    _check(program, vectors)


@pytest.mark.parametrize("bound", BOUNDS)
def test_shares_at_every_bound(bound: float) -> None:
    random = Random(7)
    program = _shares_program(random, 6, [bound])
    _check(program, [[float(random.getrandbits(32)) for _ in range(4)] for _ in range(50)])


def test_a_bucket_at_its_bound() -> None:
    unit = [float(word) for word in (0x12345678, 0x9ABCDEF0)]
    salts = (0, 1, 0xFFFFFFFF, 0x80000000)
    nodes: list[ir.Node] = [ir.Input(0), ir.Input(1), ir.Code(0), ir.Code(1)]
    outcomes = []
    for salt in salts:
        place = bucket(*map(int, unit), salt)
        nodes.append(ir.Bucket(0, 1, salt))
        drawn = len(nodes) - 1
        for bound in (place - 1, place, place + 1):
            nodes.append(ir.Constant(float(bound)))
            limit = len(nodes) - 1
            for compare in (
                _compare(drawn, limit),
                ir.Compare(ir.Comparison.AT_MOST, limit, drawn),
            ):
                nodes += [compare, ir.Choose(((len(nodes), 3),), 2)]
                outcomes.append(len(nodes) - 1)
    program = _program(nodes, outcomes, _hash_inputs(1))
    found = _check(program, [unit])
    assert found == [[0, 1, 0, 1, 1, 0] * len(salts)]


def test_few_shares_of_a_unit_stay_where_they_are_read() -> None:
    for count, has_vectors in ((2, False), (3, True)):
        program = _shares_program(Random(1), count, [2.0**31], units=UNITS[:1])
        assert ("i32x4.mul" in _instructions(emit_wasm(program), ["decide"])) is has_vectors


def test_shares_and_levels_in_rankings_and_behind_scores() -> None:
    """Other functions than `decide` read them too: those of rankings, and of shared nodes with a score."""
    random = Random(3)
    forest = random_forest(random, trees=3, outputs=1)
    nodes: list[ir.Node] = [*(ir.Input(i) for i in range(5)), ir.Code(0), ir.Code(1), ir.Constant(2.0**31)]
    tests = []
    for salt in range(6):
        nodes += [ir.Bucket(0, 1, salt), _compare(len(nodes), 7)]
        tests.append(len(nodes) - 1)
    for values in ((1.0, 3.0), (0.0, 2.0)):
        nodes += [ir.OneOf(4, values), ir.NoneOf(4, values)]
        tests += [len(nodes) - 2, len(nodes) - 1]
    nodes.append(ir.Score(0, (4,) * len(forest.inputs), 0))
    score = len(nodes) - 1
    nodes += [ir.Constant(0.0), _compare(score, score + 1)]
    positive = len(nodes) - 1
    nodes.append(ir.AllOf((positive, tests[0], tests[6])))
    shared = len(nodes) - 1
    outcomes = []
    for test in tests:
        nodes += [ir.AnyOf((shared, test)), ir.Choose(((len(nodes), 6),), 5)]
        outcomes.append(len(nodes) - 1)
    candidates = tuple(ir.Candidate(0, test, score) for test in tests)
    program = _program(nodes, outcomes, (*_hash_inputs(1), *_numbers(3)), (forest,), ir.Ranking(1, candidates, 4))
    words = [float(random.getrandbits(32)) for _ in range(200)]
    levels = [random.choice((0.0, 1.0, 2.0, 3.0, 4.0, math.nan)) for _ in range(100)]
    _check(program, [[*words[2 * n : 2 * n + 2], 0.0, 0.0, level] for n, level in enumerate(levels)])


@pytest.mark.parametrize("largest", [3, 31, 32, 63])
@pytest.mark.parametrize("is_computed", [False, True])
def test_levels(largest: int, is_computed: bool) -> None:
    """Sets about an input, and the same about a computed number, which has no word of its own."""
    random = Random(largest)
    nodes: list[ir.Node] = [ir.Input(0), ir.Code(0), ir.Code(1), ir.Constant(0.0), ir.Binary(ir.Arithmetic.ADD, 0, 3)]
    sets = [
        (0.0, float(largest)),
        (-0.0, 1.0, 2.0),
        (float(largest),),
        tuple(map(float, range(largest + 1))),
        (0.5, 2.0),
    ]
    sets += [tuple(sorted(map(float, random.sample(range(largest + 1), 3)))) for _ in range(4)]
    outcomes = []
    for values in sets:
        for kind in (ir.OneOf, ir.NoneOf):
            nodes += [kind(4 if is_computed else 0, values), ir.Choose(((len(nodes), 2),), 1)]
            outcomes.append(len(nodes) - 1)
    xs = [float(n) for n in range(-2, 70)]
    near = [math.nextafter(x, to) for x in xs for to in (-math.inf, math.inf)]
    far = [
        sign * (2.0**power + add) for sign in (-1, 1) for power in (31, 32, 51, 52, 53, 63, 64) for add in (0, 0.5, 1)
    ]
    program = _program(nodes, outcomes, _numbers(1))
    _check(program, [[x] for x in (*xs, *near, *far, *HOSTILE, 0.25, 0.5, -0.25, 2.5, math.nan)])
    text = _instructions(emit_wasm(program), ["decide"])
    assert ("i64.reinterpret_f64" in text) is not is_computed


@pytest.mark.parametrize("arms", [1, 2, 5, 40])
def test_short_choices_have_no_branches(arms: int) -> None:
    random = Random(arms)
    nodes: list[ir.Node] = [ir.Input(0), *(ir.Code(n) for n in range(arms + 1))]
    chosen = []
    for arm in range(arms):
        nodes += [ir.Constant(float(random.randrange(10))), _compare(len(nodes), 0)]
        chosen.append((len(nodes) - 1, arm + 1))
    nodes.append(ir.Choose(tuple(chosen), arms + 1))
    program = _program(nodes, [len(nodes) - 1], _numbers(1))
    _check(program, [[x] for x in (-1.0, *map(float, range(11)), math.nan)])
    assert ("br" in _instructions(emit_wasm(program), ["decide"])) is (arms == 40)


def _shares_program(
    random: Random, count: int, bounds: Sequence[float] = BOUNDS, *, units: Sequence[tuple[int, int]] = UNITS
) -> ir.Program:
    """For each unit `count` tests of buckets, some under one salt; a decision for each test, and two of several."""
    nodes: list[ir.Node] = [*(ir.Input(number) for number in range(4)), ir.Code(0), ir.Code(1)]
    tests = []
    for unit in units:
        for number in range(count):
            salt = random.getrandbits(32) if number % 3 else 77
            nodes += [ir.Bucket(*unit, salt), ir.Constant(random.choice(bounds))]
            place, limit = len(nodes) - 2, len(nodes) - 1
            is_upper = number % 2 == 0
            nodes.append(_compare(place, limit) if is_upper else ir.Compare(ir.Comparison.AT_MOST, limit, place))
            tests.append(len(nodes) - 1)
        # Not of a share's form: the bucket itself is needed as well.
        nodes.append(_compare(limit, place))
        tests.append(len(nodes) - 1)
    nodes += [ir.AllOf(tuple(tests[:2])), ir.AnyOf(tuple(tests[:3]))]
    outcomes = []
    for condition in (*tests, len(nodes) - 2, len(nodes) - 1):
        nodes.append(ir.Choose(((condition, 5),), 4))
        outcomes.append(len(nodes) - 1)
    return _program(nodes, outcomes, _hash_inputs(2))


def _compare(left: int, right: int) -> ir.Compare:
    return ir.Compare(ir.Comparison.LESS, left, right)


def _hash_inputs(units: int) -> tuple[ir.Source, ...]:
    return tuple(ir.UnitHash(f"unit {number}", half) for number in range(units) for half in ("a", "b"))


def _numbers(count: int) -> tuple[ir.Source, ...]:
    return tuple(ir.Number(f"feature {number}") for number in range(count))


def _program(
    nodes: Sequence[ir.Node],
    outcomes: Iterable[int],
    inputs: tuple[ir.Source, ...],
    forests: tuple[Forest, ...] = (),
    *rankings: ir.Ranking,
) -> ir.Program:
    leaves = (ir.Leaf(0, "DEFAULT", None),) * (1 + max(node.value for node in nodes if isinstance(node, ir.Code)))
    decisions = tuple(ir.Decision(f"d {ref}", ref, leaves, rankings, 0) for ref in outcomes)
    payloads = (ir.Payload("p", "{}"),)
    return ir.Program("sha256:" + "0" * 64, (), inputs, (), forests, payloads, tuple(nodes), decisions, (), None)


def _check(program: ir.Program, vectors: Sequence[Sequence[float]]) -> list[list[int]]:
    """The codes, which are those of a naive reading of the program."""
    found: list[list[int]] = WasmEngine(emit_wasm(program).content).decide_rows(np.array(vectors)).tolist()
    assert found == [interpret(program, list(vector)) for vector in vectors]
    return found


def _instructions(artefact: WasmArtefact, functions: Sequence[str]) -> set[str]:
    """The names of the instructions in these functions."""
    return {item.name for function in artefact.module.functions if function.name in functions for item in function.body}
