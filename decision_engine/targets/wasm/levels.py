"""Sets of small numbers, such as levels of categories: one bit test each, on a word with the bit of the input's value.

For an input x that several sets are about, `1 << x` is worked out once, and 0 when x is no integer in [0, 64): missing,
a fraction, or beyond. A set is a mask, and x is in it when the word and the mask share a bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from decision_engine.ir import nodes as ir
from decision_engine.targets.wasm.instructions import Code, f64, get, i32, i64, join, load, op, store, tee
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Variables, declare
from decision_engine.targets.wasm.prepared import Prepared

LEAST_VALUES = 3
"""As many comparisons with one input take the time of its word."""

LEVELS_LOCALS: Variables = declare("f64", "x", "shifted") + declare("i64", "level")
"""The locals that a function with the code of `prepare_levels` must have."""

_BITS = 64
_SHIFT = 2.0**52
"""A double of this size has no fraction, and its lowest bits are an integer."""

_SHIFT_BITS = 0x4330000000000000
"""The bits of `_SHIFT`."""

LevelTest: TypeAlias = ir.OneOf | ir.NoneOf


@dataclass(frozen=True, slots=True)
class _Word:
    """Where the word of an input stands, and its type."""

    index: int
    address: int
    kind: str


def prepare_levels(nodes: Sequence[ir.Node], layout: Layout) -> Prepared:
    """The sets of all inputs that are worth a word."""
    by_input: dict[ir.Ref, dict[ir.Ref, LevelTest]] = {}
    for ref, node in enumerate(nodes):
        if isinstance(node, LevelTest) and isinstance(nodes[node.x], ir.Input) and is_mask(node.values):
            by_input.setdefault(node.x, {})[ref] = node
    parts: list[Code] = []
    values: dict[ir.Ref, Code] = {}
    for x, tests in by_input.items():
        if sum(len(test.values) for test in tests.values()) < LEAST_VALUES:
            continue
        word = _place(nodes[x], tests, layout)
        parts.append(_compute(word))
        values |= {ref: _test(test, word) for ref, test in tests.items()}
    return Prepared(join(*parts), values)


def is_mask(values: tuple[float, ...]) -> bool:
    """Whether the values fit a word: integers in [0, 64), and at least one."""
    return bool(values) and all(0.0 <= value < _BITS and value.is_integer() for value in values)


def _place(node: ir.Node, tests: Mapping[ir.Ref, LevelTest], layout: Layout) -> _Word:
    assert isinstance(node, ir.Input)
    is_narrow = all(test.values[-1] < 32 for test in tests.values())
    return _Word(node.index, layout.reserve(8, 8), "i32" if is_narrow else "i64")


def _compute(word: _Word) -> Code:
    """Store the word: x + 2^52 has x in its low bits, rounded; what it loses shows when 2^52 is subtracted."""
    x = load("f64.load", get("vector"), 8 * word.index)
    shifted = tee("shifted", op("f64.add", tee("x", x), f64(_SHIFT)))
    level = op("i64.sub", op("i64.reinterpret_f64", shifted), i64(_SHIFT_BITS))
    is_whole = op("f64.eq", op("f64.sub", get("shifted"), f64(_SHIFT)), get("x"))
    is_level = op("i32.and", op("i64.lt_u", tee("level", level), i64(_BITS)), is_whole)
    bit = op("i64.shl", op("i64.extend_i32_u", is_level), get("level"))
    return store("i64.store", i32(0), bit, word.address)


def _test(test: LevelTest, word: _Word) -> Code:
    mask = sum(1 << int(value) for value in test.values)
    constant = i32(mask) if word.kind == "i32" else i64(mask)
    shared = op(f"{word.kind}.and", load(f"{word.kind}.load", i32(0), word.address), constant)
    if isinstance(test, ir.OneOf):
        return op(f"{word.kind}.ne", shared, i32(0) if word.kind == "i32" else i64(0))
    x = load("f64.load", get("vector"), 8 * word.index)
    return op("i32.and", op(f"{word.kind}.eqz", shared), op("f64.eq", x, x))
