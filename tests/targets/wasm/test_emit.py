"""Whole programs: random ones against a naive reading of the IR, the ABI, the unit hash, and what is evaluated when."""

import math
import struct
from pathlib import Path
from random import Random

import numpy as np
import pytest
from wasmtime import Config, Engine, Func, Instance, Memory, Module, Store

from decision_engine.exponential import logistic
from decision_engine.ir import nodes as ir
from decision_engine.targets.wasm import WasmArtefact, emit_wasm
from decision_engine.targets.wasm.encoder import encode_module
from decision_engine.targets.wasm.engine import WasmEngine, WasmVersionError
from decision_engine.targets.wasm.module import Global
from decision_engine.targets.wasm.module import Module as WasmModule
from decision_engine.trees import Forest
from tests.targets.interpreter import interpret
from tests.targets.random_programs import random_forest, random_program, random_vector
from tests.targets.wasm.support import forests_program, validate


@pytest.mark.parametrize("seed", range(120))
def test_random_programs(seed: int) -> None:
    program = random_program(seed, size=(20, 60, 200)[seed % 3])
    rng = Random(seed)
    vectors = [random_vector(rng, program) for _ in range(30)]
    found = WasmEngine(emit_wasm(program).content).decide_rows(np.array(vectors))
    assert found.tolist() == [interpret(program, vector) for vector in vectors]


@pytest.mark.node
@pytest.mark.parametrize("seed", range(10))
def test_modules_are_valid(seed: int, tmp_path: Path) -> None:
    validate(emit_wasm(random_program(seed, size=150)).content, tmp_path)


def test_emission_is_reproducible() -> None:
    program = random_program(11, size=150)
    assert emit_wasm(program).content == emit_wasm(random_program(11, size=150)).content


def test_a_program_without_anything() -> None:
    artefact = emit_wasm(forests_program())
    assert WasmEngine(artefact.content).decide_rows(np.empty((3, 0))).shape == (3, 0)


def test_the_exported_constants_are_the_artefact_s() -> None:
    artefact = emit_wasm(random_program(2))
    engine = WasmEngine(artefact.content)
    assert (engine.width, engine.codes) == (artefact.width, artefact.codes)
    assert artefact.heap % 16 == 0
    assert artefact.heap <= artefact.pages * 65536


@pytest.mark.parametrize(
    ("text", "seed", "expected"),
    [
        # Published vectors of MurmurHash3_x86_32: SMHasher's own, and those of Wikipedia's article on MurmurHash.
        (b"", 0, 0),
        (b"", 1, 0x514E28B7),
        (b"", 0xFFFFFFFF, 0x81F16F39),
        (b"\xff\xff\xff\xff", 0, 0x76293B50),
        (b"\x21\x43\x65\x87", 0, 0xF55B516B),
        (b"\x21\x43\x65\x87", 0x5082EDEE, 0x2362F9DE),
        (b"\x21\x43\x65", 0, 0x7E4A8634),
        (b"\x21\x43", 0, 0xA0F7B07A),
        (b"\x21", 0, 0x72661CF4),
        (b"\0\0\0\0", 0, 0x2362F9DE),
        (b"\0", 0, 0x514E28B7),
        (b"test", 0x9747B28C, 0x704B81DC),
        (b"Hello, world!", 0x9747B28C, 0x24884CBA),
        (b"The quick brown fox jumps over the lazy dog", 0x9747B28C, 0x2FA826CD),
        ("ππππππππ".encode(), 0x9747B28C, 0xD58063C1),
        (b"a" * 256, 0x9747B28C, 0x37405BDC),
    ],
)
def test_murmur_hash(text: bytes, seed: int, expected: int) -> None:
    assert WasmEngine(emit_wasm(forests_program()).content).hash(text, seed) == expected


def test_hashing_and_scoring_grow_the_memory() -> None:
    engine = WasmEngine(emit_wasm(random_program(2)).content)
    assert engine.hash(bytes(300_000), 0) == engine.hash(bytes(300_000), 0)
    assert engine.decide_rows(np.zeros((20_000, engine.width))).shape == (20_000, engine.codes)


def test_the_logistic_function_is_the_shared_one() -> None:
    specials = (0.0, -0.0, 800.0, -800.0, 709.9, -709.9, 745.2, -745.2, 740.0, 1e-300, math.inf, -math.inf)
    rng = Random(1)
    xs = [*specials, *(rng.uniform(-750.0, 750.0) for _ in range(300)), *(rng.gauss(0.0, 3.0) for _ in range(300))]
    compares = [(ir.Input(0), ir.Logistic(0), ir.Constant(logistic(x))) for x in xs]
    for x, (value, node, constant) in zip(xs, compares, strict=True):
        nodes = (value, node, constant, ir.Compare(ir.Comparison.EQUAL, 1, 2), ir.Code(0), ir.Code(1))
        program = _program((*nodes, ir.Choose(((3, 5),), 4)), outcome=6)
        assert WasmEngine(emit_wasm(program).content).decide_rows(np.array([[x]])).tolist() == [[1]], x


@pytest.mark.parametrize(
    "members",
    [
        (),
        (2.0,),
        (-1.0, 0.5, 2.0, 64.0),
        (0.0, 1.0, 2.0, 5.0, 63.0),
        (-0.0, 3.0, 62.0, 63.0, 64.0),
        (-1.0, *(float(3 * n) for n in range(40)), 1e308),
    ],
)
@pytest.mark.parametrize("node", [ir.OneOf, ir.NoneOf])
def test_sets_of_every_form(node: type[ir.OneOf | ir.NoneOf], members: tuple[float, ...]) -> None:
    nodes = (ir.Input(0), node(0, members), ir.Code(0), ir.Code(1), ir.Choose(((1, 3),), 2))
    program = _program(nodes, outcome=4)
    near = [
        value for member in members for value in (member, math.nextafter(member, -1e9), math.nextafter(member, 1e9))
    ]
    xs = [*near, 0.0, -0.0, -0.5, 127.0, 128.0, 4294967296.0, 4294967298.0, math.nan, math.inf, -math.inf]
    found = WasmEngine(emit_wasm(program).content).decide_rows(np.array(xs)[:, None])
    assert found.tolist() == [interpret(program, [x]) for x in xs]


def test_another_version_is_refused() -> None:
    artefact = emit_wasm(forests_program())
    module = artefact.module
    found = tuple(Global(g.name, g.type, 99, g.exported) if g.name == "abi" else g for g in module.globals)
    other = WasmModule(module.functions, found, module.segments, module.pages)
    with pytest.raises(WasmVersionError, match="abi version 1, found 99"):
        WasmEngine(encode_module(other))
    with pytest.raises(WasmVersionError, match="found none"):
        WasmEngine(encode_module(WasmModule((), (), (), pages=1)))


def test_rows_of_another_width_are_refused() -> None:
    engine = WasmEngine(emit_wasm(random_program(2)).content)
    with pytest.raises(ValueError, match="expected rows of"):
        engine.decide_rows(np.zeros((2, engine.width + 1)))


def test_a_forest_is_scored_only_when_its_result_is_needed_and_then_once() -> None:
    forest = random_forest(Random(8), most_leaves=60, trees=400, outputs=1)
    row = (0,) * len(forest.inputs)
    score, high, low, gate = 2, 4, 5, 6
    nodes = (
        ir.Input(0),
        ir.Constant(0.5),
        ir.Score(0, row, 0),
        ir.Constant(1e300),
        ir.Compare(ir.Comparison.LESS, 3, score),
        ir.Compare(ir.Comparison.AT_MOST, 3, score),
        ir.Compare(ir.Comparison.AT_MOST, 1, 0),
        ir.AllOf((high, gate)),
        ir.AllOf((low, gate)),
        ir.Code(0),
        ir.Code(1),
        ir.Choose(((7, 10), (8, 10)), 9),
    )
    artefact = emit_wasm(_program(nodes, outcome=11, forests=(forest,)))
    alone = _fuel(artefact, "score_0", 1.0)
    assert _fuel(artefact, "decide", 0.0) < alone / 10
    assert alone < _fuel(artefact, "decide", 1.0) < alone * 1.2


def _program(nodes: tuple[ir.Node, ...], *, outcome: int, forests: tuple[Forest, ...] = ()) -> ir.Program:
    leaves = (ir.Leaf(0, "DEFAULT", None), ir.Leaf(0, "TARGETING_MATCH", 0))
    decision = ir.Decision("d", outcome, leaves, (), 0)
    inputs = (ir.Now(),)
    payloads = (ir.Payload("p", "{}"),)
    return ir.Program("sha256:" + "0" * 64, (), inputs, (), forests, payloads, nodes, (decision,), (), None)


def _fuel(artefact: WasmArtefact, function: str, x: float) -> int:
    """What wasmtime counts for one call of `function` on a row of x."""
    config = Config()
    config.consume_fuel = True
    engine = Engine(config)
    store = Store(engine)
    store.set_fuel(10**12)
    exports = Instance(store, Module(engine, artefact.content), []).exports(store)
    memory, called = exports["memory"], exports[function]
    assert isinstance(memory, Memory)
    assert isinstance(called, Func)
    memory.write(store, struct.pack("<8d", *[x] * 8), artefact.heap)
    before = store.get_fuel()
    called(store, artefact.heap, artefact.heap + 64)
    return before - store.get_fuel()
