"""A WebAssembly module as a value: what the encoder writes and the printer prints. Names are kept; indices are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from decision_engine.targets.wasm.instructions import Code, ValueType

Variables: TypeAlias = tuple[tuple[str, ValueType], ...]
"""Parameters or locals: names with their types."""

PAGE = 65536
"""Bytes in one page of linear memory."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function; `parameters` and `locals` pair a name with a type, and the code refers to both by name."""

    name: str
    parameters: Variables
    result: ValueType | None
    locals: Variables
    body: Code
    exported: bool = False


@dataclass(frozen=True, slots=True)
class Global:
    """A global variable with its first value; an exported one is immutable."""

    name: str
    type: ValueType
    value: int | float
    exported: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes that stand in memory from `address` on when the module starts."""

    address: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Module:
    """A whole module. Its one memory is exported as `memory`, has `pages` pages at first and may grow."""

    functions: tuple[Function, ...]
    globals: tuple[Global, ...]
    segments: tuple[Segment, ...]
    pages: int
    start: str | None = None


def declare(kind: ValueType, *names: str) -> Variables:
    """Several variables of one type."""
    return tuple((name, kind) for name in names)
