"""A module as text for people: WebAssembly's own text format, flat, one instruction a line, stable."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterator

from decision_engine.targets.wasm.instructions import OPCODES, Instruction
from decision_engine.targets.wasm.module import Function, Global, Module, Segment


def print_module(module: Module, *, content: bool = False) -> str:
    """The listing of a module.

    With `content` data segments are printed whole, and the text assembles to the module; else each is a comment.
    """
    lines = ["(module", f'  (memory $memory (export "memory") {module.pages})']
    lines += [f"  {_global(variable)}" for variable in module.globals]
    if module.start is not None:
        lines.append(f"  (start ${module.start})")
    for function in module.functions:
        lines += [f"  {line}" for line in _function(function)]
    lines += [f"  {_segment(segment, content)}" for segment in module.segments]
    return "\n".join([*lines, ")", ""])


def _global(variable: Global) -> str:
    export = f' (export "{variable.name}") {variable.type}' if variable.exported else f" (mut {variable.type})"
    value = _number(float(variable.value)) if variable.type == "f64" else str(variable.value)
    return f"(global ${variable.name}{export} ({variable.type}.const {value}))"


def _function(function: Function) -> Iterator[str]:
    head = f"(func ${function.name}"
    if function.exported:
        head += f' (export "{function.name}")'
    head += "".join(f" (param ${name} {kind})" for name, kind in function.parameters)
    yield head + (f" (result {function.result})" if function.result else "")
    if function.locals:
        yield "  " + " ".join(f"(local ${name} {kind})" for name, kind in function.locals)
    depth = 1
    for instruction in function.body:
        if instruction.name in ("end", "else"):
            depth -= 1
        yield "  " * depth + _instruction(instruction)
        if instruction.name in ("block", "loop", "if", "else"):
            depth += 1
    yield ")"


def _instruction(instruction: Instruction) -> str:
    argument = instruction.argument
    match OPCODES[instruction.name][1], argument:
        case "local" | "global" | "function" | "label", str(name):
            return f"{instruction.name} ${name}"
        case "block", str(label):
            result = f" (result {instruction.result})" if instruction.result else ""
            return instruction.name + (f" ${label}" if label else "") + result
        case "memory", int(offset):
            return instruction.name + (f" offset={offset}" if offset else "")
        case "f64", float(value):
            return f"{instruction.name} {_number(value)}"
        case "v128", bytes(content):
            return f"{instruction.name} i64x2 " + " ".join(str(lane) for lane in struct.unpack("<2q", content))
    return instruction.name if argument is None else f"{instruction.name} {argument!r}"


def _number(value: float) -> str:
    return "nan" if math.isnan(value) else repr(value)


def _segment(segment: Segment, content: bool) -> str:
    if content:
        return f'(data (i32.const {segment.address}) "' + "".join(f"\\{byte:02x}" for byte in segment.content) + '")'
    digest = hashlib.sha256(segment.content).hexdigest()[:16]
    return f";; data at {segment.address}: {len(segment.content)} bytes, sha256 {digest}"
