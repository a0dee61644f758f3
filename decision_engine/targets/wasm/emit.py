"""From a program to a WebAssembly module: ABI version 1.

The module imports nothing and exports `memory` and

- `decide(vector, codes)`: reads the program's inputs, f64 each, at `vector`; writes its codes, i32 each, at `codes`.
  First the leaf of each decision. Then for each ranking, in the order of decisions and rankings, 1 + top codes: how
  many candidates are listed, and their places in `Ranking.candidates`, best first. What is not used is 0; a ranking
  whose leaf is not its decision's leaf lists none.
- `decide_rows(vectors, rows, codes)`: the same for contiguous rows.
- for forest m `score_m(inputs, outputs)` and `score_rows_m(inputs, rows, outputs)`: f64 each, one row after the other.
- `hash(text, length, seed)`: MurmurHash3_x86_32 of bytes.
- with a reader, `read(text, length, now, vector)`: the vector of a request's object, percent-encoded JSON, or 0
  (reader/emit.py); the i32 global `marks` is the address of what the object gave.
- constants (i32 globals): `abi`, `ir`, `width` (inputs), `codes` (codes of one row), `heap` (the first byte of memory
  that the host may use, a multiple of 16; the host may grow the memory).

All addresses and sizes are i32. Tables are built when the module is instantiated; nothing else has to be called first.
"""

from __future__ import annotations

from dataclasses import dataclass

from decision_engine.ir.nodes import IR_VERSION, Program
from decision_engine.tables import tables
from decision_engine.targets.analysis import ABI_VERSION
from decision_engine.targets.choice import ForestChoice
from decision_engine.targets.wasm import runtime
from decision_engine.targets.wasm.decide import Decide
from decision_engine.targets.wasm.encoder import encode_module
from decision_engine.targets.wasm.forests import emit_forests, plan_forests, rows_function
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function, Global, Module
from decision_engine.targets.wasm.reader import Reader, emit_reader

MEMORY_LIMIT_BYTES = 32 * 1024 * 1024
"""Bytes for the tables of all forests, unless the caller knows its platform."""


@dataclass(frozen=True, slots=True)
class WasmArtefact:
    """An emitted program: the module's bytes, the module as a value (for dumps), and its numbers.

    `width`, `codes` and `heap` are the exported globals; `pages` is the memory at start, in pages of 64 KB.
    """

    content: bytes
    module: Module
    width: int
    codes: int
    heap: int
    pages: int
    choices: tuple[ForestChoice, ...]


def wasm_choices(program: Program, *, memory_limit_bytes: int = MEMORY_LIMIT_BYTES) -> tuple[ForestChoice, ...]:
    """How `emit_wasm` emits each forest with this limit."""
    return tuple(choice for choice, _ in plan_forests(program.forests, memory_limit_bytes))


def emit_wasm(
    program: Program, *, memory_limit_bytes: int = MEMORY_LIMIT_BYTES, names: bool = False, reader: bool = False
) -> WasmArtefact:
    """Emit `program`; forests whose tables pass `memory_limit_bytes` take their smaller form.

    `names` adds a name section, which debuggers show; `reader` adds the function `read`.
    """
    layout = Layout()
    forests = emit_forests(program.forests, layout, memory_limit_bytes)
    decide = Decide(program, layout)
    reading = emit_reader(tables(program), layout) if reader else Reader()
    width, codes = len(program.inputs), decide.code_count
    functions = [
        *decide.functions(),
        rows_function("decide_rows", "decide", 8 * width, 4 * codes),
        *forests.functions,
        *forests.helpers,
        *runtime.functions(),
        *reading.functions,
    ]
    if forests.start:
        functions.append(Function("initialise", (), None, (), forests.start))
    constants = {"abi": ABI_VERSION, "ir": IR_VERSION, "width": width, "codes": codes, "heap": layout.heap}
    module = Module(
        functions=tuple(functions),
        globals=(
            *(Global(name, "i32", value, exported=True) for name, value in constants.items()),
            *decide.globals(),
            *reading.globals,
        ),
        segments=layout.segments(),
        pages=layout.pages,
        start="initialise" if forests.start else None,
    )
    content = encode_module(module, names=names)
    return WasmArtefact(content, module, width, codes, layout.heap, layout.pages, forests.choices)
