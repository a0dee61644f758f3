"""The WebAssembly binary format, written without a toolchain: module value in, bytes out, the same every time.

Source: WebAssembly Core Specification 2.0, chapter 5. All integers are LEB128 of the least length.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from itertools import groupby

from decision_engine.targets.wasm.instructions import NATURAL_ALIGNMENT, OPCODES, Code, Instruction, ValueType
from decision_engine.targets.wasm.module import Function, Global, Module, Segment

MAGIC = b"\0asm\x01\0\0\0"

_TYPES: dict[ValueType, bytes] = {"i32": b"\x7f", "i64": b"\x7e", "f32": b"\x7d", "f64": b"\x7c", "v128": b"\x7b"}
_NO_RESULT = b"\x40"
_END = b"\x0b"


def encode_module(module: Module, *, names: bool = False) -> bytes:
    """The module's bytes; with `names`, a name section follows, which debuggers and profilers show."""
    signatures = list(dict.fromkeys(_signature(function) for function in module.functions))
    functions = {function.name: index for index, function in enumerate(module.functions)}
    variables = {variable.name: index for index, variable in enumerate(module.globals)}
    if len(functions) != len(module.functions) or len(variables) != len(module.globals):
        raise ValueError("two functions or two globals of a module share a name")
    sections = [
        (1, _vector(signatures)),
        (3, _vector(unsigned(signatures.index(_signature(function))) for function in module.functions)),
        (5, _vector([b"\0" + unsigned(module.pages)])),
        (6, _vector(_global(variable) for variable in module.globals)),
        (7, _exports(module)),
    ]
    if module.start is not None:
        sections.append((8, unsigned(functions[module.start])))
    sections.append((10, _vector(_body(function, functions, variables) for function in module.functions)))
    sections.append((11, _vector(_segment(segment) for segment in module.segments)))
    if names:
        sections.append((0, _names(module)))
    return MAGIC + b"".join(bytes([number]) + _sized(content) for number, content in sections)


def unsigned(value: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def encode_code(
    code: Code, locals: Mapping[str, int], functions: Mapping[str, int], globals: Mapping[str, int]
) -> bytes:
    """The bytes of code in which names stand for the given indices. Raises KeyError for a name that is not there."""
    out = bytearray()
    labels: list[str] = []
    spaces = {"local": locals, "function": functions, "global": globals}
    for instruction in code:
        opcode, kind = OPCODES[instruction.name]
        out += opcode
        if kind == "block":
            labels.append(str(instruction.argument))
            out += _NO_RESULT if instruction.result is None else _TYPES[instruction.result]
        elif kind == "label":
            out += unsigned(_depth(labels, str(instruction.argument)))
        elif kind in spaces:
            out += unsigned(spaces[kind][str(instruction.argument)])
        elif kind:
            out += _immediate(instruction, kind)
        elif instruction.name == "end":
            labels.pop()
    if labels:
        raise ValueError(f"block `{labels[-1]}` has no end")
    return bytes(out)


def _immediate(instruction: Instruction, kind: str) -> bytes:
    match kind, instruction.argument:
        case "memory", int(offset):
            return unsigned(NATURAL_ALIGNMENT[instruction.name]) + unsigned(offset)
        case "lane", int(lane):
            return bytes([lane])
        case "i32", int(value):
            return signed((value + 2**31) % 2**32 - 2**31)
        case "i64", int(value):
            return signed((value + 2**63) % 2**64 - 2**63)
        case "f64", float(number):
            return double(number)
        case "f32", float(number):
            return single(number)
        case "v128", bytes(content) if len(content) == 16:
            return content
    raise ValueError(f"`{instruction.name}` takes no {instruction.argument!r}")


def double(value: float) -> bytes:
    """The eight bytes of a double, little-endian; every NaN becomes the canonical one."""
    return b"\0\0\0\0\0\0\xf8\x7f" if math.isnan(value) else struct.pack("<d", value)


def single(value: float) -> bytes:
    """The four bytes of a float32, little-endian; every NaN becomes the canonical one."""
    return b"\0\0\xc0\x7f" if math.isnan(value) else struct.pack("<f", value)


def _depth(labels: list[str], label: str) -> int:
    for depth, name in enumerate(reversed(labels)):
        if name == label:
            return depth
    raise KeyError(label)


def _signature(function: Function) -> bytes:
    parameters = _vector(_TYPES[kind] for _, kind in function.parameters)
    return b"\x60" + parameters + _vector([] if function.result is None else [_TYPES[function.result]])


def _global(variable: Global) -> bytes:
    mutable = b"\0" if variable.exported else b"\1"
    value = float(variable.value) if variable.type in ("f32", "f64") else int(variable.value)
    return (
        _TYPES[variable.type]
        + mutable
        + encode_code((Instruction(f"{variable.type}.const", value),), {}, {}, {})
        + _END
    )


def _exports(module: Module) -> bytes:
    entries = [_name("memory") + b"\x02\0"]
    entries += [_name(f.name) + b"\0" + unsigned(index) for index, f in enumerate(module.functions) if f.exported]
    entries += [_name(g.name) + b"\x03" + unsigned(index) for index, g in enumerate(module.globals) if g.exported]
    return _vector(entries)


def _body(function: Function, functions: Mapping[str, int], globals: Mapping[str, int]) -> bytes:
    groups = [(kind, len(list(group))) for kind, group in groupby(kind for _, kind in function.locals)]
    locals = {name: index for index, (name, _) in enumerate((*function.parameters, *function.locals))}
    declared = _vector(unsigned(count) + _TYPES[kind] for kind, count in groups)
    return _sized(declared + encode_code(function.body, locals, functions, globals) + _END)


def _segment(segment: Segment) -> bytes:
    return b"\0\x41" + signed(segment.address) + _END + _sized(segment.content)


def _names(module: Module) -> bytes:
    functions = _vector(unsigned(index) + _name(f.name) for index, f in enumerate(module.functions))
    locals = _vector(
        unsigned(index) + _vector(unsigned(n) + _name(name) for n, (name, _) in enumerate((*f.parameters, *f.locals)))
        for index, f in enumerate(module.functions)
    )
    return _name("name") + b"\x01" + _sized(functions) + b"\x02" + _sized(locals)


def _name(text: str) -> bytes:
    return _sized(text.encode())


def _sized(content: bytes) -> bytes:
    return unsigned(len(content)) + content


def _vector(items: Iterable[bytes]) -> bytes:
    listed = list(items)
    return unsigned(len(listed)) + b"".join(listed)
