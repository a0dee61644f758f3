"""The one error of patterns: what is wrong, where in the pattern, and what to write instead.

ValueError
└── PatternError
"""

from __future__ import annotations


class PatternError(ValueError):
    """A pattern is malformed, uses a refused construct, or grows too large.

    `position` counts code points from the start of the pattern; `help` is one line that says what to do.
    """

    def __init__(self, message: str, position: int, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.help = help
