"""From a node of the IR to the code of its value. In all of it the local `vector` is the address of the inputs.

The local `t` (f64) holds an operand while the code of one node uses it several times, and never longer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import chain
from typing import assert_never

from decision_engine.ir import nodes as ir
from decision_engine.ir.builder import type_of
from decision_engine.targets.wasm.instructions import (
    Code,
    Instruction,
    ValueType,
    block,
    branch,
    call,
    f64,
    get,
    i32,
    i64,
    join,
    load,
    op,
    put,
    when,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.levels import is_mask
from decision_engine.targets.wasm.module import Variables, declare

NODE_LOCALS: Variables = declare("f64", "t")
"""The locals that a function which holds nodes' code must have."""

_MOST_COMPARISONS = 4

_MOST_STRAIGHT = 64
"""So many instructions take less time than a mispredicted branch."""

_NOT_STRAIGHT = frozenset({"block", "if", "call"})

_ARITHMETIC = {
    ir.Arithmetic.ADD: "f64.add",
    ir.Arithmetic.SUBTRACT: "f64.sub",
    ir.Arithmetic.MULTIPLY: "f64.mul",
    ir.Arithmetic.DIVIDE: "f64.div",
    ir.Arithmetic.MIN: "f64.min",
    ir.Arithmetic.MAX: "f64.max",
}


def value_type(node: ir.Node) -> ValueType:
    """The type of the code's value: f64, or i32 for bool and code."""
    return "f64" if type_of(node) is ir.Type.F64 else "i32"


def node_code(
    ref: ir.Ref,
    node: ir.Node,
    value: Callable[[ir.Ref], Code],
    score: Callable[[ir.Ref, int], Code],
    expensive: Sequence[bool],
    layout: Layout,
) -> Code:
    """The code of `node`, number `ref`. `value` gives an operand's code, `score` that of an output of this score."""
    match node:
        case ir.Constant(value=number):
            return f64(number)
        case ir.Input(index=index):
            return load("f64.load", get("vector"), 8 * index)
        case ir.Bucket(a=a, b=b, salt=salt):
            return call("bucket", value(a), value(b), i32(salt))
        case ir.Score(output=output):
            return score(ref, output)
        case ir.Binary(op=operation, left=left, right=right):
            return op(_ARITHMETIC[operation], value(left), value(right))
        case ir.Select(condition=condition, then=then, otherwise=otherwise):
            if expensive[then] or expensive[otherwise]:
                return when(value(condition), value(then), value(otherwise), "f64")
            return op("select", value(then), value(otherwise), value(condition))
        case ir.Logistic(x=x):
            return call("logistic", value(x))
        case ir.Truth(value=truth):
            return i32(int(truth))
        case ir.Compare(op=comparison, left=left, right=right):
            return _compare(comparison, value(left), value(right))
        case ir.OneOf(x=x, values=values):
            return join(put("t", value(x)), _is_one_of(values, layout))
        case ir.NoneOf(x=x, values=values):
            is_present = op("f64.eq", get("t"), get("t"))
            return join(put("t", value(x)), op("i32.and", is_present, op("i32.eqz", _is_one_of(values, layout))))
        case ir.Missing(x=x):
            return join(put("t", value(x)), op("f64.ne", get("t"), get("t")))
        case ir.Present(x=x):
            return join(put("t", value(x)), op("f64.eq", get("t"), get("t")))
        case ir.AllOf(items=items):
            return _all_of(*_by_cost(items, value, expensive))
        case ir.AnyOf(items=items):
            return _any_of(*_by_cost(items, value, expensive))
        case ir.Code(value=number):
            return i32(number)
        case ir.Choose(arms=arms, otherwise=otherwise):
            return _choose(
                f"chosen_{ref}", [(value(condition), value(code)) for condition, code in arms], value(otherwise)
            )
        case _:
            assert_never(node)


def _compare(comparison: ir.Comparison, left: Code, right: Code) -> Code:
    match comparison:
        case ir.Comparison.LESS:
            return op("f64.lt", left, right)
        case ir.Comparison.AT_MOST:
            return op("f64.le", left, right)
        case ir.Comparison.EQUAL:
            return op("f64.eq", left, right)
        case ir.Comparison.NOT_EQUAL:
            # A difference of doubles is 0 only when they are equal (it is rounded, but gradually), NaN only when
            # either is, or for equal infinities.
            return op("f64.gt", op("f64.abs", op("f64.sub", left, right)), f64(0.0))
        case _:
            assert_never(comparison)


def _is_one_of(values: tuple[float, ...], layout: Layout) -> Code:
    """Whether the local `t` is one of the values."""
    if not values:
        return i32(0)
    if len(values) <= _MOST_COMPARISONS:
        return reduce(lambda left, right: op("i32.or", left, right), (op("f64.eq", get("t"), f64(v)) for v in values))
    if is_mask(values):
        return _is_in_mask(sum(1 << int(v) for v in values))
    return call("contains", get("t"), i32(layout.place(struct.pack(f"<{len(values)}d", *values))), i32(len(values)))


def _is_in_mask(mask: int) -> Code:
    """Whether the local `t` is an integer in [0, 64) whose bit is set; anything else does not equal its truncation."""
    number = op("i32.trunc_sat_f64_u", get("t"))
    bit = op("i64.and", op("i64.shr_u", i64(mask), op("i64.extend_i32_u", number)), i64(1))
    is_number = op("f64.eq", op("f64.convert_i32_u", number), get("t"))
    return op("i32.and", op("i32.and", op("i32.wrap_i64", bit), is_number), op("f64.lt", get("t"), f64(64.0)))


def _by_cost(
    items: tuple[ir.Ref, ...], value: Callable[[ir.Ref], Code], expensive: Sequence[bool]
) -> tuple[list[Code], list[Code]]:
    """The code of the cheap items, and of the expensive ones."""
    cheap = [value(item) for item in items if not expensive[item]]
    return cheap, [value(item) for item in items if expensive[item]]


def _all_of(cheap: list[Code], expensive: list[Code]) -> Code:
    """The cheap items joined by `and`; each expensive one is evaluated only when all before it are true."""
    if not expensive:
        return _joined("i32.and", cheap, i32(1))
    first, *others = ([_joined("i32.and", cheap, ())] if cheap else []) + expensive
    opened = join(*((Instruction("if", "", "i32"), *item) for item in others))
    return join(first, opened, _OTHERWISE_FALSE * len(others))


def _any_of(cheap: list[Code], expensive: list[Code]) -> Code:
    """The cheap items joined by `or`; each expensive one is evaluated only when all before it are false."""
    if not expensive:
        return _joined("i32.or", cheap, i32(0))
    first, *others = ([_joined("i32.or", cheap, ())] if cheap else []) + expensive
    opened = join(*(join((Instruction("if", "", "i32"),), i32(1), (Instruction("else"),), item) for item in others))
    return join(first, opened, (Instruction("end"),) * len(others))


_OTHERWISE_FALSE: Code = (Instruction("else"), Instruction("i32.const", 0), Instruction("end"))


def _joined(name: str, items: list[Code], empty: Code) -> Code:
    """The items on the stack one after the other, joined by the instruction `name`."""
    if not items:
        return empty
    return join(items[0], *((*item, Instruction(name)) for item in items[1:]))


def _choose(label: str, arms: list[tuple[Code, Code]], otherwise: Code) -> Code:
    """The first arm that holds. Where all of them are few straight instructions, none branches: a mispredicted branch
    costs more than they do."""
    if _is_short(list(chain.from_iterable(arms)) + [otherwise]):
        return reduce(lambda rest, arm: op("select", arm[1], rest, arm[0]), reversed(arms), otherwise)
    parts = [when(condition, join(code, branch(label))) for condition, code in arms]
    return block(label, *parts, otherwise, result="i32")


def _is_short(parts: list[Code]) -> bool:
    return sum(map(len, parts)) <= _MOST_STRAIGHT and not any(
        instruction.name in _NOT_STRAIGHT for part in parts for instruction in part
    )
