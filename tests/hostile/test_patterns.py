"""200 patterns that make backtracking engines run for ages: refused, or run by both hosts in one step a character."""

import time

import pytest

from decision_engine.hosts.python.automata import matcher
from decision_engine.patterns import PatternError, compile_pattern
from infra.drills.corpora import bad_patterns
from tests.hosts.javascript.node import run

LONGEST_TEXT = 4096
BAD = list(bad_patterns())


@pytest.mark.node
def test_known_bad_patterns() -> None:
    assert len(BAD) == 200
    lines, expected, refused = [], [], 0
    for bad in BAD:
        start = time.perf_counter()
        try:
            automaton = compile_pattern(bad.pattern)
        except PatternError:
            refused += 1
            continue
        finally:
            assert time.perf_counter() - start < 5, bad.pattern
        table = {"bounds": list(automaton.bounds), "next": list(automaton.next), "accepting": list(automaton.accepting)}
        long = (bad.text * LONGEST_TEXT)[:LONGEST_TEXT]
        texts = [bad.text, bad.text[:-1], "", long, long[:-1] + "!"]
        matches = matcher(table)  # type: ignore[arg-type]  # the table's shape
        start = time.perf_counter()
        expected.append([matches(text) for text in texts])
        assert time.perf_counter() - start < 0.1, bad.pattern
        lines.append({"automaton": table, "texts": texts})
    start = time.perf_counter()
    answers = run(lines)  # type: ignore[arg-type]  # lists of any kind
    assert time.perf_counter() - start < 10
    assert [answer["matches"] for answer in answers] == expected
    assert len(lines) > 120 and refused > 5, (len(lines), refused)
