"""Equal languages give equal automata: no state is out of reach, dead or like another, no class like its neighbour."""

from __future__ import annotations

import re
from collections import deque
from itertools import combinations

import pytest
from hypothesis import given, settings

from decision_engine.ir.nodes import Automaton
from decision_engine.patterns import compile_pattern, matches
from tests.patterns.random_patterns import patterns

SAME = [
    ("a|b", "b|a", "[ab]", "[a-b]", "(?:a)|(b)", "[ab]{1}", "a|b|a"),
    ("a*", "(a*)*", "(a+)*", "(a|)*", "(a?)*", "a{0,}", "()|a+", "(a{0,3})*", "(aa)*a?"),
    ("a+", "aa*", "a*a", "a{1,}", "(a+)+", "a|aa|aaa+"),
    ("a{2,4}", "aaa?a?", "aa(a|aa)?", "(aa|aaa|aaaa)", "(a{1,2}){2}"),
    ("", "()", "a{0}", "(|)", "(a{0})*"),
    (r"\d", "[0-9]", r"[^\D]", r"\u{30}|[1-9]", "0|1|2|3|4|5|6|7|8|9"),
    (".", r"[^\n]", r"[\u{0}-\t\u{b}-\u{10FFFF}]", r".|[\w]"),
    (r"[\d\D]", r"[\u{0}-\u{10FFFF}]", r".|\n", r"[\u{0}-\u{D7FF}\u{E000}-\u{10FFFF}]"),
    (r"[\d\D]*", r"(.|\n)*", r"[\d\D]*|a"),
    ("(a|b)*abb", "(b*a)+(bb|b?b?abb)|[ab]*abb"),
    ("é", r"\u00e9", r"\u{E9}", "[é]"),
    ("foo|foobar", "foo(bar)?", "(fo)o(?:bar|)"),
]


@pytest.mark.parametrize("group", SAME, ids=[repr(group[0]) for group in SAME])
def test_equal_languages_give_equal_automata(group: tuple[str, ...]) -> None:
    automata = [compile_pattern(pattern) for pattern in group]
    for pattern, automaton in zip(group, automata, strict=True):
        assert automaton == automata[0], pattern


@settings(max_examples=300, deadline=None)
@given(patterns)
def test_an_automaton_is_minimal(pattern: str) -> None:
    automaton = compile_pattern(pattern)
    count, classes = len(automaton.accepting), len(automaton.bounds) + 1
    rows = [automaton.next[state * classes : (state + 1) * classes] for state in range(count)]
    assert len(automaton.next) == count * classes
    assert list(automaton.bounds) == sorted(set(automaton.bounds))
    assert all(0 < bound <= 0x10FFFF and not 0xD800 <= bound <= 0xDFFF for bound in automaton.bounds)
    assert _first_seen(rows) == list(range(count))
    assert _live(rows, automaton.accepting) == set(range(count))
    assert all(any(row[k] != row[k + 1] for row in rows) for k in range(classes - 1))
    for one, other in combinations(range(count), 2):
        assert _differs(automaton, one, automaton, other) is not None


@settings(max_examples=300, deadline=None)
@given(patterns, patterns)
def test_automata_differ_only_where_languages_do(one: str, other: str) -> None:
    first, second = compile_pattern(one), compile_pattern(other)
    witness = _differs(first, 0, second, 0)
    assert (witness is None) == (first == second)
    if witness is not None:
        assert matches(first, witness) != matches(second, witness)
        assert bool(re.fullmatch(one, witness, re.ASCII)) != bool(re.fullmatch(other, witness, re.ASCII))


@settings(max_examples=200, deadline=None)
@given(patterns, patterns)
def test_rewriting_a_pattern_changes_nothing(one: str, other: str) -> None:
    assert compile_pattern(f"({one})|({other})") == compile_pattern(f"(?:{other}|{one}|{one})")
    assert compile_pattern(f"({one})*") == compile_pattern(f"(()|({one})+|({one}){{2}})")
    assert compile_pattern(f"({one}){{1,3}}") == compile_pattern(f"({one})(({one})(({one})?)|)")


def _first_seen(rows: list[tuple[int, ...]]) -> list[int]:
    order = [0]
    for state in order:
        order += [t for t in dict.fromkeys(rows[state]) if t >= 0 and t not in order]
    return order


def _live(rows: list[tuple[int, ...]], accepting: tuple[bool, ...]) -> set[int]:
    live = {state for state, accepts in enumerate(accepting) if accepts}
    while more := {s for s, row in enumerate(rows) if s not in live and live & set(row)}:
        live |= more
    return live


def _differs(one: Automaton, first: int, other: Automaton, second: int) -> str | None:
    """A shortest text that only one of the two accepts, from the given states; None when there is none."""
    points = sorted({0, *one.bounds, *other.bounds})
    queue = deque([(first, second, "")])
    seen = {(first, second)}
    while queue:
        left, right, text = queue.popleft()
        if _accepts(one, left) != _accepts(other, right):
            return text
        for point in points:
            pair = _step(one, left, point), _step(other, right, point)
            if pair not in seen and pair != (-1, -1):
                seen.add(pair)
                queue.append((*pair, text + chr(point)))
    return None


def _accepts(automaton: Automaton, state: int) -> bool:
    return state >= 0 and automaton.accepting[state]


def _step(automaton: Automaton, state: int, point: int) -> int:
    classes = len(automaton.bounds) + 1
    return -1 if state < 0 else automaton.next[state * classes + sum(bound <= point for bound in automaton.bounds)]
