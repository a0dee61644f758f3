"""What importers need of later stages, handed to them as a value: readings and operators applied to constants."""

from __future__ import annotations

from typing import Protocol


class Semantics(Protocol):
    """The meaning of features and operators for a raw value that is known while importing."""

    def read(self, type: str, reading: str | None, raw: object) -> object:
        """The value that a feature of this type and reading has for a raw value; None when it is missing."""

    def holds(self, type: str, reading: str | None, operator: str, argument: object, raw: object) -> bool:
        """Whether the raw value passes the test; false where the feature is missing."""

    def place(self, bucketing: str, seed: str, seed_after: str, text: str) -> float:
        """The place of an id by a named bucketing; the id may be empty."""

    def pattern_problem(self, source: str) -> str | None:
        """What is wrong with a pattern; None when it can be compiled."""
