"""What a host refuses, and how it says so.

RequestError    the request as a whole is refused, with a code and a message of docs/reference/host.md
"""

from __future__ import annotations

MESSAGES = {
    "no-such-route": "no such route",
    "method-not-allowed": "method not allowed",
    "bad-encoding": "the query parameter d is not percent-encoded UTF-8",
    "too-large": "the text is longer than 65,536 bytes",
    "not-utf8": "the text is not UTF-8 without byte order mark",
    "not-json": "the text is not JSON",
    "too-deep": "the text is nested more than 32 deep",
    "too-many-keys": "the text has more than 256 keys",
    "duplicate-key": "an object has the same key twice",
    "bad-text": "a text has a lone surrogate",
    "bad-number": "a number is beyond 2^53-1",
    "not-an-object": "the text is not an object",
    "bad-decisions": "decisions is not a list of names",
    "unknown-decision": "unknown decision",
}
"""The message of each code; both hosts give the same bytes."""


class RequestError(Exception):
    """A request that cannot be read; a caller's mistake, unlike any other exception of a host."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = MESSAGES[code] if message is None else message
        super().__init__(f"{code}: {self.message}")

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return 413 if self.code == "too-large" else 400
