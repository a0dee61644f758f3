"""Patterns that are known to make backtracking engines run for ages, each with a text that does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_LENGTH = 60


@dataclass(frozen=True, slots=True)
class BadPattern:
    """A pattern, and a text on which a backtracking engine takes exponential or high polynomial time."""

    pattern: str
    text: str


_ATOMS = (
    ("a", "a", "!"), ("[a-z]", "q", "0"), ("[a-zA-Z0-9]", "Z", "#"), ("[0-9]", "7", "x"), (".", "a", "\n"),
    ("(a|b)", "b", "c"), ("[^x]", "a", "x"), ("(ab|a|b)", "a", "c"),
)  # fmt: skip
_SHAPES = (
    "({0}+)+", "({0}*)*", "({0}+)*", "({0}*)+", "(({0}+)+)+", "({0}|{0})+", "({0}|{0}{0})+", "({0}?)+{0}",
    "{0}*{0}*{0}*{0}*{0}*", "({0}+)+z", "({0}{{1,3}})+z", "({0}*){{2,8}}z", "{0}+{0}+{0}+{0}+z", "({0}?{0}?)+z",
    "({0}|{0}?)+z", "(z|{0}+)+y", "(({0}+)(z?))+y", "({0}+y?)+z", "x?({0}+)+z", "(.*{0}){{8}}z",
)  # fmt: skip
_KNOWN = (
    ("([a-zA-Z0-9_.-]+)+@example", "a" * 40 + "!"),
    ("([a-zA-Z0-9]([-.a-zA-Z0-9]*[a-zA-Z0-9])*@([a-zA-Z0-9][-a-zA-Z0-9]*[.])+[a-zA-Z]{2,9})", "a" * 40 + "!"),
    ("(([a-z])+.)+[A-Z]([a-z])+", "a" * 40),
    ("(https?://)?([a-z0-9.-]+)+(/[a-z0-9.-]*)*", "a" * 40 + "!"),
    ("(([0-9]+,)*[0-9]+;)+", "1," * 30 + "!"),
    ("([0-9]+[.]?)+[a-z]", "1" * 40 + "!"),
    ("(,?[a-z]+,?)+;", "a" * 40),
    ("( *[^,]+ *,)+x", " " * 40),
    ("(<[^>]*>)*<", "<" * 40),
    ("([^/]+/?)+[?]", "a" * 40),
    ("(a?){30}a{30}", "a" * 30),
    ("(x+x+)+y", "x" * 40),
    ("(.*)*=.*", "a" * 50),
    ("((a{1,4}){1,4}){1,4}b", "a" * 50),
    ("(.*,){11}P", "1,2,3,4,5,6,7,8,9,10,11,12,13"),
    ("(([^ab]*)*c)*d", "x" * 50),
    ("(a|a|a|a|a)*b", "a" * 50),
    ("(([a-z]*)*)*[0-9]", "a" * 50),
    ("[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[0-9]", "a" * 60),
    ("(0|1|01|10)*2", "01" * 30),
    ("((ab)*)*c", "ab" * 30),
    ("(aa|aab?)*c", "aa" * 30),
    ("([a-c]|b)*d", "b" * 50),
    ("(.?.?.?.?)*!", "x" * 50),
    ("(a.*b)*c", "ab" * 30),
    ("(.*a.*)*b", "a" * 50),
    ("(?=(a+)+$)b", "a" * 40 + "!"),
    (r"(a*)*\1b", "a" * 40),
    (r"^(([a-z])+)+$", "a" * 40 + "!"),
    (r"(\w+\s?)+$", "a " * 30 + "!"),
    (r"(?:\s*\S+)*!", "a" * 50),
    (r"(?<n>a+)+\k<n>", "a" * 40),
    (r"(?:(?:a+)+)+?b", "a" * 40),
    (r"(a++)+b", "a" * 40),
    (r"(\d+)*\D", "1" * 50),
    (r"(\p{L}+)+!", "a" * 40),
    ("(a{0,1000}){0,1000}b", "a" * 50),
    ("((((((a{0,30}){0,30}){0,30}){0,30}){0,30}){0,30})b", "a" * 50),
    ("(a|b|ab)*(a|b|ab)*(a|b|ab)*c", "ab" * 30),
    ("(.{1,60}){1,60}!", "a" * 60),
)


def bad_patterns() -> Iterator[BadPattern]:
    """200 of them: shapes of repetition in repetition over several atoms, and those of published advisories."""
    return islice(_all(), 200)


def _all() -> Iterator[BadPattern]:
    for pattern, text in _KNOWN:
        yield BadPattern(pattern, text)
    for shape in _SHAPES:
        for atom, fill, end in _ATOMS:
            yield BadPattern(shape.format(atom), fill * _LENGTH + end)
