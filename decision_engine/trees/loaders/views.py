"""The views of a forest, collected while its trees are read."""

from __future__ import annotations

from decision_engine.trees.forest import View


class Views:
    """The views that the trees of one forest use, numbered in the order of first use."""

    def __init__(self) -> None:
        self._numbers: dict[View, int] = {}

    def number(self, view: View) -> int:
        """The number of `view`, a new one at its first use."""
        return self._numbers.setdefault(view, len(self._numbers))

    def all(self) -> tuple[View, ...]:
        """Every view, by number."""
        return tuple(self._numbers)
