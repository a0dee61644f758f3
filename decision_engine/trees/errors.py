"""What can be wrong with a model file.

ModelError    the file is damaged, or holds what the engine does not support
"""

from __future__ import annotations


class ModelError(Exception):
    """A model file that cannot be used.

    `code` is stable; `line` counts from 1 in a model's text, and is None for a model that has no lines; `message` says
    what was expected and what was found; `help` says what to do. The caller knows the file's name and makes a
    diagnostic of it.
    """

    def __init__(self, code: str, message: str, *, line: int | None = None, help: str) -> None:
        super().__init__(f"error[{code}]{'' if line is None else f' line {line}:'} {message}\n  help: {help}")
        self.code = code
        self.message = message
        self.line = line
        self.help = help
