"""What a target cannot do.

TargetError    a program that a platform cannot run as it is written
"""

from __future__ import annotations


class TargetError(Exception):
    """A program that a platform cannot run. `code` is stable; `message` says what was expected and what was found;
    `help` says what to do."""

    def __init__(self, code: str, message: str, *, help: str) -> None:
        super().__init__(f"error[{code}] {message}\n  help: {help}")
        self.code, self.message, self.help = code, message, help
