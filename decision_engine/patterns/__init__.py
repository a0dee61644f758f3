"""Patterns of the `matches` condition: regular expressions compiled to minimal automata; nothing backtracks."""

from decision_engine.patterns.automaton import compile_pattern, matches
from decision_engine.patterns.errors import PatternError

__all__ = ["PatternError", "compile_pattern", "matches"]
