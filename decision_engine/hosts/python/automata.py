"""Runs the automata that patterns are compiled to: one step a code point, no backtracking."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from .tables import Automaton

_ASCII = 128
_DEAD = -1


def matcher(automaton: Automaton) -> Callable[[str], bool]:
    """Prepare an automaton: does the whole text match?"""
    bounds, following, accepting = automaton["bounds"], automaton["next"], automaton["accepting"]
    classes = len(bounds) + 1
    ascii_classes = [bisect_right(bounds, point) for point in range(_ASCII)]

    def matches(text: str) -> bool:
        state = 0
        for point in map(ord, text):
            kind = ascii_classes[point] if point < _ASCII else bisect_right(bounds, point)
            state = following[state * classes + kind]
            if state == _DEAD:
                return False
        return accepting[state]

    return matches
