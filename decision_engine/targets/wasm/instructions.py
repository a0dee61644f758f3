"""The WebAssembly instructions that the target uses, as values: one table of opcodes, and functions that join code.

Code is a flat tuple of instructions in execution order. Locals, globals, functions and labels are named by text; the
encoder turns names into indices and label depths. The functions below take the code of their operands, so an expression
reads inside out: `op("i32.add", get("x"), i32(8))`. Source of the opcodes: WebAssembly Core Specification 2.0,
section 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeAlias

ValueType: TypeAlias = Literal["i32", "i64", "f32", "f64", "v128"]
Immediate: TypeAlias = Literal[
    "", "local", "global", "function", "label", "block", "memory", "lane", "i32", "i64", "f32", "f64", "v128"
]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `argument` is its immediate, of the kind that `OPCODES` gives. `result` is a block's type.

    A `memory` immediate is the offset: alignment is always the natural one. A `block` immediate is the label's name.
    """

    name: str
    argument: int | float | str | bytes | None = None
    result: ValueType | None = None


Code: TypeAlias = tuple[Instruction, ...]


OPCODES: dict[str, tuple[bytes, Immediate]] = {
    "block": (b"\x02", "block"),
    "loop": (b"\x03", "block"),
    "if": (b"\x04", "block"),
    "else": (b"\x05", ""),
    "end": (b"\x0b", ""),
    "br": (b"\x0c", "label"),
    "br_if": (b"\x0d", "label"),
    "return": (b"\x0f", ""),
    "call": (b"\x10", "function"),
    "drop": (b"\x1a", ""),
    "select": (b"\x1b", ""),
    "local.get": (b"\x20", "local"),
    "local.set": (b"\x21", "local"),
    "local.tee": (b"\x22", "local"),
    "global.get": (b"\x23", "global"),
    "global.set": (b"\x24", "global"),
    "i32.load": (b"\x28", "memory"),
    "i64.load": (b"\x29", "memory"),
    "f32.load": (b"\x2a", "memory"),
    "f64.load": (b"\x2b", "memory"),
    "i32.load8_u": (b"\x2d", "memory"),
    "i32.load16_u": (b"\x2f", "memory"),
    "i64.load16_u": (b"\x33", "memory"),
    "i64.load32_u": (b"\x35", "memory"),
    "i32.store": (b"\x36", "memory"),
    "i64.store": (b"\x37", "memory"),
    "f64.store": (b"\x39", "memory"),
    "i32.store8": (b"\x3a", "memory"),
    "i32.store16": (b"\x3b", "memory"),
    "i64.store16": (b"\x3d", "memory"),
    "i64.store32": (b"\x3e", "memory"),
    "i32.const": (b"\x41", "i32"),
    "i64.const": (b"\x42", "i64"),
    "f32.const": (b"\x43", "f32"),
    "f64.const": (b"\x44", "f64"),
    "i32.eqz": (b"\x45", ""),
    "i32.eq": (b"\x46", ""),
    "i32.ne": (b"\x47", ""),
    "i32.lt_s": (b"\x48", ""),
    "i32.lt_u": (b"\x49", ""),
    "i32.gt_s": (b"\x4a", ""),
    "i32.gt_u": (b"\x4b", ""),
    "i32.ge_s": (b"\x4e", ""),
    "i32.ge_u": (b"\x4f", ""),
    "i64.eqz": (b"\x50", ""),
    "i64.eq": (b"\x51", ""),
    "i64.ne": (b"\x52", ""),
    "i64.lt_u": (b"\x54", ""),
    "f64.eq": (b"\x61", ""),
    "f64.ne": (b"\x62", ""),
    "f64.lt": (b"\x63", ""),
    "f64.gt": (b"\x64", ""),
    "f64.le": (b"\x65", ""),
    "f64.ge": (b"\x66", ""),
    "i32.popcnt": (b"\x69", ""),
    "i32.add": (b"\x6a", ""),
    "i32.sub": (b"\x6b", ""),
    "i32.mul": (b"\x6c", ""),
    "i32.and": (b"\x71", ""),
    "i32.or": (b"\x72", ""),
    "i32.xor": (b"\x73", ""),
    "i32.shl": (b"\x74", ""),
    "i32.shr_u": (b"\x76", ""),
    "i32.rotl": (b"\x77", ""),
    "i64.ctz": (b"\x7a", ""),
    "i64.add": (b"\x7c", ""),
    "i64.sub": (b"\x7d", ""),
    "i64.mul": (b"\x7e", ""),
    "i64.and": (b"\x83", ""),
    "i64.xor": (b"\x85", ""),
    "i64.shl": (b"\x86", ""),
    "i64.shr_u": (b"\x88", ""),
    "f32.add": (b"\x92", ""),
    "f64.abs": (b"\x99", ""),
    "f64.neg": (b"\x9a", ""),
    "f64.floor": (b"\x9c", ""),
    "f64.add": (b"\xa0", ""),
    "f64.sub": (b"\xa1", ""),
    "f64.mul": (b"\xa2", ""),
    "f64.div": (b"\xa3", ""),
    "f64.min": (b"\xa4", ""),
    "f64.max": (b"\xa5", ""),
    "i32.wrap_i64": (b"\xa7", ""),
    "i64.extend_i32_u": (b"\xad", ""),
    "f64.convert_i32_s": (b"\xb7", ""),
    "f64.convert_i32_u": (b"\xb8", ""),
    "f32.demote_f64": (b"\xb6", ""),
    "f64.promote_f32": (b"\xbb", ""),
    "i64.reinterpret_f64": (b"\xbd", ""),
    "f64.reinterpret_i64": (b"\xbf", ""),
    "i32.trunc_sat_f64_s": (b"\xfc\x02", ""),
    "i32.trunc_sat_f64_u": (b"\xfc\x03", ""),
    "i64.trunc_sat_f64_s": (b"\xfc\x06", ""),
    "memory.copy": (b"\xfc\x0a\x00\x00", ""),
    "memory.fill": (b"\xfc\x0b\x00", ""),
    "v128.load": (b"\xfd\x00", "memory"),
    "v128.store": (b"\xfd\x0b", "memory"),
    "v128.const": (b"\xfd\x0c", "v128"),
    "i32x4.splat": (b"\xfd\x11", ""),
    "i64x2.extract_lane": (b"\xfd\x1d", "lane"),
    "i32x4.le_u": (b"\xfd\x3e", ""),
    "v128.and": (b"\xfd\x4e", ""),
    "v128.xor": (b"\xfd\x51", ""),
    "i32x4.shr_u": (b"\xfd\xad\x01", ""),
    "i32x4.add": (b"\xfd\xae\x01", ""),
    "i32x4.sub": (b"\xfd\xb1\x01", ""),
    "i32x4.mul": (b"\xfd\xb5\x01", ""),
}
"""Name -> (opcode bytes, kind of immediate). A `v128` immediate is its 16 bytes."""

NATURAL_ALIGNMENT = {
    "i32.load8_u": 0,
    "i32.load16_u": 1,
    "i32.store8": 0,
    "i32.store16": 1,
    "i64.load16_u": 1,
    "i64.store16": 1,
    "i64.load32_u": 2,
    "i64.store32": 2,
    "i32.load": 2,
    "i32.store": 2,
    "i64.load": 3,
    "i64.store": 3,
    "f32.load": 2,
    "f64.load": 3,
    "f64.store": 3,
    "v128.load": 4,
    "v128.store": 4,
}
"""log2 of the bytes that each memory instruction moves."""


def op(name: str, *operands: Code, lane: int | None = None) -> Code:
    """The operands' code, then the instruction `name`, which takes no immediate but a lane."""
    return (*chain.from_iterable(operands), Instruction(name, lane))


def join(*parts: Code) -> Code:
    """The parts one after the other."""
    return tuple(chain.from_iterable(parts))


def i32(value: int) -> Code:
    """A constant; a value of 2^31 or more stands for the negative number with the same bits."""
    return (Instruction("i32.const", value),)


def i64(value: int) -> Code:
    """A constant; a value of 2^63 or more stands for the negative number with the same bits."""
    return (Instruction("i64.const", value),)


def f64(value: float) -> Code:
    """A constant; every NaN becomes the canonical one."""
    return (Instruction("f64.const", value),)


def f32(value: float) -> Code:
    """A constant, whose value is a float32; every NaN becomes the canonical one."""
    return (Instruction("f32.const", value),)


def v128(value: bytes) -> Code:
    """A constant of 16 bytes."""
    return (Instruction("v128.const", value),)


def get(local: str) -> Code:
    """The value of a local."""
    return (Instruction("local.get", local),)


def put(local: str, value: Code) -> Code:
    """Set a local."""
    return (*value, Instruction("local.set", local))


def tee(local: str, value: Code) -> Code:
    """Set a local and leave the value on the stack."""
    return (*value, Instruction("local.tee", local))


def read(name: str) -> Code:
    """The value of a global."""
    return (Instruction("global.get", name),)


def write(name: str, value: Code) -> Code:
    """Set a global."""
    return (*value, Instruction("global.set", name))


def load(name: str, address: Code, offset: int = 0) -> Code:
    """Load from address + offset (bytes); `name` as `f64.load`."""
    return (*address, Instruction(name, offset))


def store(name: str, address: Code, value: Code, offset: int = 0) -> Code:
    """Store at address + offset (bytes); `name` as `f64.store`."""
    return (*address, *value, Instruction(name, offset))


def call(function: str, *arguments: Code) -> Code:
    """Call a function by its name."""
    return (*chain.from_iterable(arguments), Instruction("call", function))


def block(label: str, *body: Code, result: ValueType | None = None) -> Code:
    """A block; a branch to `label` leaves it."""
    return (Instruction("block", label, result), *chain.from_iterable(body), Instruction("end"))


def loop(label: str, *body: Code) -> Code:
    """A loop; a branch to `label` starts it again, falling off its end leaves it."""
    return (Instruction("loop", label), *chain.from_iterable(body), Instruction("end"))


def when(condition: Code, then: Code, otherwise: Code = (), result: ValueType | None = None) -> Code:
    """if / else; with a `result`, both arms leave a value of that type."""
    middle = (Instruction("else"), *otherwise) if otherwise else ()
    return (*condition, Instruction("if", "", result), *then, *middle, Instruction("end"))


def branch(label: str) -> Code:
    """Branch to a label in scope."""
    return (Instruction("br", label),)


def branch_if(label: str, condition: Code) -> Code:
    """Branch to a label in scope when the condition is not 0."""
    return (*condition, Instruction("br_if", label))


def increase(local: str, amount: Code) -> Code:
    """Add to an i32 local."""
    return put(local, op("i32.add", get(local), amount))


def repeat(label: str, local: str, count: Code, *body: Code) -> Code:
    """Run the body with the i32 local = 0, 1, ... while it is below `count` (unsigned; read again each time)."""
    return join(
        put(local, i32(0)),
        block(
            f"{label}_end",
            loop(
                label,
                branch_if(f"{label}_end", op("i32.ge_u", get(local), count)),
                *body,
                increase(local, i32(1)),
                branch(label),
            ),
        ),
    )
