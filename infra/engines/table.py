"""All engines by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from decision_engine.ir import Program
from decision_engine.models import Models
from decision_engine.pipeline import compile_program
from feature_registry import Registry
from infra.engines.engine import Engine
from infra.engines.reference import ReferenceEngine

REFERENCE = "reference"


def open_engine(name: str, registry: Registry, models: Models, *, passes: bool = True) -> Engine:
    """The engine `name` (one of ENGINES) for a registry, to be used in a `with` block. Raises EngineError.

    `passes` says whether the program is optimised; the reference evaluator has none.
    """
    if name == REFERENCE:
        return ReferenceEngine(registry, models)
    return _COMPILED[name](compile_program(registry, models, passes=passes))


def _python(program: Program) -> Engine:
    from infra.engines.python import PythonEngine

    return PythonEngine(program)


def _javascript(program: Program) -> Engine:
    from infra.engines.javascript import JavascriptEngine

    return JavascriptEngine(program)


def _wasm(program: Program) -> Engine:
    from infra.engines.wasm import WasmEngine

    return WasmEngine(program)


_COMPILED: Mapping[str, Callable[[Program], Engine]] = MappingProxyType(
    {"python": _python, "javascript": _javascript, "wasm": _wasm}
)

ENGINES = (REFERENCE, *_COMPILED)
"""The names of all engines."""
