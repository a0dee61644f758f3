"""The Python target: a program as one module that needs the standard library only, in CPython and in Pyodide."""

from decision_engine.targets.python.emit import MEMORY_LIMIT_BYTES, emit_python

__all__ = ["MEMORY_LIMIT_BYTES", "emit_python"]
