"""From a pattern's text to its automaton, and the automaton at work.

The stages: text -> tree (syntax) -> positions (positions) -> subsets (subsets) -> least automaton (minimise). Equal
languages give equal automata, and a text is matched in at most one step a code point.
"""

from __future__ import annotations

from bisect import bisect_right

from decision_engine.ir.nodes import Automaton
from decision_engine.patterns.minimise import minimise
from decision_engine.patterns.positions import Work, find_positions
from decision_engine.patterns.subsets import determinise
from decision_engine.patterns.syntax import parse


def compile_pattern(source: str) -> Automaton:
    """The least automaton of the pattern `source`, in canonical form (see `syntax` for the grammar).

    Raises `PatternError` for a pattern that is malformed or refused, or that needs more than 2,048 states or 65,536
    table entries, or too much work on the way there.
    """
    work = Work()
    return minimise(determinise(find_positions(parse(source), work), work))


def matches(automaton: Automaton, text: str) -> bool:
    """Whether the whole `text` matches, in at most one step for each of its code points."""
    classes = len(automaton.bounds) + 1
    state = 0
    for character in text:
        state = automaton.next[state * classes + bisect_right(automaton.bounds, ord(character))]
        if state < 0:
            return False
    return automaton.accepting[state]
