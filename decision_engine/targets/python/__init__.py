"""The Python target: a program as one module that needs the standard library only, in CPython and in Pyodide."""

from decision_engine.targets.python.emit import emit_python, python_choices

__all__ = ["emit_python", "python_choices"]
