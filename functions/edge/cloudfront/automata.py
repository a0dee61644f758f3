"""Patterns' automata as lists of states, for `matches` and `matches_wide` of host.js."""

from __future__ import annotations

from collections.abc import Iterator

from decision_engine.ir.nodes import Automaton, Program, TextTest
from decision_engine.targets.cloudfront.text import numbers, text


def emit_automata(program: Program, needed: frozenset[int]) -> Iterator[str]:
    """The declarations of the automata that the elements in `needed` run."""
    used = {
        source.automaton
        for at, source in enumerate(program.inputs)
        if at in needed and isinstance(source, TextTest) and source.automaton is not None
    }
    for index in sorted(used):
        automaton = program.automata[index]
        states = list(automaton_states(automaton))
        row = numbers if is_wide(automaton) else _letters
        yield f"const automaton_{index} = [{', '.join(map(row, states))}];"


def is_wide(automaton: Automaton) -> bool:
    """Whether a step needs more than a printable ASCII character for its bounds, or for its state."""
    return any(
        not all(32 <= item < 127 for item in (low, high, target + 35))
        for state in automaton_states(automaton)
        for low, high, target in zip(state[1::3], state[2::3], state[3::3], strict=True)
    )


def _letters(state: list[int]) -> str:
    steps = zip(state[1::3], state[2::3], state[3::3], strict=True)
    return text(str(state[0]) + "".join(chr(low) + chr(high) + chr(target + 35) for low, high, target in steps))


def automaton_states(automaton: Automaton) -> Iterator[list[int]]:
    """For each state 1 if it accepts, then its steps: the first code point, the last, and the next state."""
    classes = len(automaton.bounds) + 1
    lows = (0, *automaton.bounds)
    highs = (*(bound - 1 for bound in automaton.bounds), 0x10FFFF)
    for state, accepting in enumerate(automaton.accepting):
        steps: list[list[int]] = []
        for low, high, target in zip(lows, highs, automaton.next[state * classes : (state + 1) * classes], strict=True):
            if target < 0 or low > high:
                continue
            if steps and steps[-1][2] == target and steps[-1][1] == low - 1:
                steps[-1][1] = high
            else:
                steps.append([low, high, target])
        yield [int(accepting), *(item for step in steps for item in step)]
