"""Patterns accept the texts that Python's `re.fullmatch` accepts: `re` is an oracle here; the product never uses it."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from decision_engine.patterns import PatternError, compile_pattern, matches
from tests.patterns.random_patterns import patterns

LETTERS = "ab-é\n\U0001f600"
texts = st.text(alphabet=LETTERS + "01 _.\\]\x00\U0010ffff", max_size=8)


def expected(pattern: str, text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `re` plans set operations for texts such as `[a||b]`
        return re.fullmatch(pattern, text, re.ASCII) is not None


@settings(max_examples=600, deadline=None)
@given(patterns, st.lists(texts, min_size=1, max_size=12))
@example("(?:a|b)*a(?:a|b){2}", ["abab", "aab", "baa"])
@example("(?:(?:a)?){2}b", ["b", "ab", "aab", "aaab"])
@example("(?:a{0,2}b?){0,2}a", ["aabaaba", "aaaaa", "aaaaaa"])
def test_a_random_pattern_accepts_what_re_accepts(pattern: str, candidates: list[str]) -> None:
    automaton = compile_pattern(pattern)
    for text in candidates:
        assert matches(automaton, text) == expected(pattern, text), (pattern, text)


@settings(max_examples=1500, deadline=None)
@given(st.text(alphabet="ab(|)[]^-*+?{},12.\\dn$:", max_size=10), st.lists(st.text("ab-^,|{}", max_size=5), max_size=6))
def test_arbitrary_text_is_refused_or_means_what_it_means_to_re(source: str, candidates: list[str]) -> None:
    try:
        automaton = compile_pattern(source)
    except PatternError as error:
        assert 0 <= error.position <= len(source)
        assert error.help
        return
    for text in candidates:
        assert matches(automaton, text) == expected(source, text), (source, text)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 0x10FFFF), st.integers(0, 0x10FFFF), st.booleans(), st.lists(st.characters(), max_size=10))
def test_ranges_over_all_of_unicode(one: int, other: int, negated: bool, candidates: list[str]) -> None:
    first, last = sorted((one, other))
    assume(not any(0xD800 <= edge <= 0xDFFF for edge in (first, last)))
    assume(not negated or (first, last) != (0, 0x10FFFF))  # a class without characters is refused
    automaton = compile_pattern(f"[{'^' if negated else ''}\\u{{{first:X}}}-\\u{{{last:x}}}]")
    for text in [chr(first), chr(last), *candidates]:
        assert matches(automaton, text) == (first <= ord(text) <= last) ^ negated


@pytest.mark.parametrize("pattern", ["", "()", "(?:)", "(|)", "a{0}", "(){256}", "(()|(?:))*"])
def test_an_empty_pattern_accepts_the_empty_text_only(pattern: str) -> None:
    automaton = compile_pattern(pattern)
    assert matches(automaton, "")
    assert not matches(automaton, "a")
    assert not matches(automaton, "\n")


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        ("\U0001f600", ["\U0001f600"], ["\U0001f601", "\ud7ff", ""]),
        (r"\u{1F600}", ["\U0001f600"], ["\U0001f5ff", "\U0001f601"]),
        (r"\u00fc", ["ü"], ["u", "u\u0308"]),
        (".", ["a", "\U0001f600", "\U0010ffff", "\x00", "\r", "\u2028"], ["\n", "", "ab", "e\u0301"]),
        (".{2}", ["e\u0301", "\U0001f1e9\U0001f1ea"], ["é", "\U0001f600"]),
        (r"\d", ["0", "9"], ["٣", "²", "x"]),
        (r"\w+", ["straSse_1"], ["straße", "", "a-b"]),
        (r"\s", [" ", "\t", "\n", "\r", "\f", "\v"], ["\u00a0", "\u2003", "\x1c"]),
        (r"\S", ["\u00a0", "a"], [" "]),
        (r"[^a-z]", ["A", "ä", "\n", "\U0001f600"], ["a", "z", ""]),
        (r"[\u{D7FF}-\u{E000}]", ["\ud7ff", "\ue000"], ["\ud7fe", "\ue001"]),
        ("[日-本]+", ["日本"], ["a"]),
        (
            "SKU-[0-9]{4,6}(-[A-Z]{2})?",
            ["SKU-1234", "SKU-123456-DE"],
            ["sku-1234", "SKU-123", "SKU-1234567", "SKU-1234-D"],
        ),
        (".*@(gmail|gmx)\\.(com|de)", ["a@gmx.de", "@gmail.com"], ["a@gmxade", "a@gmx.de\n"]),
    ],
)
def test_texts_beyond_ascii(pattern: str, accepted: list[str], refused: list[str]) -> None:
    automaton = compile_pattern(pattern)
    assert [text for text in accepted if not matches(automaton, text)] == []
    assert [text for text in refused if matches(automaton, text)] == []
