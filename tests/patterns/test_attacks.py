"""Patterns that make backtracking engines run for years take one step for each character at most.

Forty cores, each in five settings. A core is (pattern, what is repeated to attack it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from decision_engine.patterns import compile_pattern, matches

CORES = [
    ("(a+)+", "a"),
    ("(a*)*", "a"),
    ("(a*)+", "a"),
    ("(a+)*", "a"),
    ("(a?)+", "a"),
    ("(a|a)*", "a"),
    ("(a|aa)+", "a"),
    ("(a|a?)+", "a"),
    ("(a|ab|b)*", "ab"),
    ("(aa|aab|b)*", "aab"),
    ("a*a*a*a*a*", "a"),
    ("a+a+a+a+a+", "a"),
    ("(.*)*", "a"),
    ("(.*a){11}.*", "a"),
    ("(.*,){8}.*", "1,"),
    ("(.+)+", "x"),
    ("(.|a)*", "a"),
    ("([a-z]+)*", "a"),
    ("([a-zA-Z]+)*", "aA"),
    ("([a-z]|[a-m])+", "f"),
    ("(([a-z])+.)+[A-Z]([a-z])+", "a"),
    ("((a+)+)+", "a"),
    ("((a*)*)*", "a"),
    ("((((a+)+)+)+)+", "a"),
    ("(a{0,8}){0,16}", "a"),
    ("(a{1,4})+", "a"),
    ("(a?){40}a{40}", "a"),
    (r"(\w+\s?)*", "word "),
    (r"(\w+\w+)+", "w"),
    (r"(\d+)*\d*\d+", "7"),
    (r"(\s*\S*)*", " x"),
    (r"(\d|\w)*", "5"),
    (r"([^-]+-?)+", "q"),
    (r"(\w|_)+(\.(\w|_)+)*", "a_."),
    (r"([\w.-]+)+@([\w-]+\.)+", "a."),
    (r"(https?://)?(\w+\.?)+", "w."),
    (r"(<\w+( \w+=\w+)*>)+", "<a b=c>"),
    ("(x+x+)+y?", "x"),
    ("(é|é|éé)+", "é"),
    ("(\U0001f600+)+\U0001f600*", "\U0001f600"),
]
SETTINGS = ["{0}", "{0}Z", "Y{0}", "({0}|{0})+W", "({0}){{2}}"]
ATTACKS = [(setting.format(core), pump) for core, pump in CORES for setting in SETTINGS]


class Counted(str):
    """A text that counts the characters that are taken from it."""

    steps: int

    def __iter__(self) -> Iterator[str]:
        self.steps = 0
        for character in super().__iter__():
            self.steps += 1
            yield character


def test_there_are_two_hundred() -> None:
    assert len({pattern for pattern, _ in ATTACKS}) == 200


@pytest.mark.parametrize(("pattern", "pump"), ATTACKS, ids=[pattern for pattern, _ in ATTACKS])
def test_an_attack_takes_a_step_a_character(pattern: str, pump: str) -> None:
    automaton = compile_pattern(pattern)
    for prefix in ("", "Y"):
        for suffix in ("", "Z", "W", "\n!"):
            text = Counted(prefix + pump * 5_000 + suffix)
            matches(automaton, text)
            assert text.steps <= len(text)
            short = prefix + pump * 2 + suffix
            assert matches(automaton, short) == bool(re.fullmatch(pattern, short, re.ASCII))
