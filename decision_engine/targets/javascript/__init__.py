"""The JavaScript target: a program as one ES module that imports nothing."""

from decision_engine.targets.javascript.emit import emit_javascript, javascript_choices

__all__ = ["emit_javascript", "javascript_choices"]
