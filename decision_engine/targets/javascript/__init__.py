"""The JavaScript target: a program as one ES module that imports nothing."""

from decision_engine.targets.javascript.emit import MEMORY_LIMIT_BYTES, TERNARY_LEAVES, emit_javascript

__all__ = ["MEMORY_LIMIT_BYTES", "TERNARY_LEAVES", "emit_javascript"]
