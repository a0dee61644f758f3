"""What can be wrong with a model file.

ModelError    the file is damaged, or holds what the engine does not support
"""

from __future__ import annotations


class ModelError(Exception):
    """A model file that cannot be used.

    `code` is stable; `line` counts from 1 in the model's text; `message` says what was expected and what was found;
    `help` says what to do. The caller knows the file's name and makes a diagnostic of it.
    """

    def __init__(self, code: str, message: str, *, line: int, help: str) -> None:
        super().__init__(f"error[{code}] line {line}: {message}\n  help: {help}")
        self.code = code
        self.message = message
        self.line = line
        self.help = help
