"""What patterns refuse: each construct with its place, its name and a line that says what to write."""

from __future__ import annotations

import pytest

from decision_engine.patterns import PatternError, compile_pattern

# pattern, position, a part of the message, a part of the help
REFUSED = [
    ("^a", 0, "anchor `^`", ".*"),
    ("a$", 1, "anchor `$`", ".*"),
    ("a|^b", 2, "anchor `^`", "leave it out"),
    (r"\Aa", 0, r"anchor `\A`", "leave it out"),
    (r"a\Z", 1, r"anchor `\Z`", "leave it out"),
    (r"a\z", 1, r"anchor `\z`", "leave it out"),
    (r"(a)\1", 3, r"backreference `\1`", "choices"),
    (r"(?P<x>a)(?P=x)", 0, "named group", "`(...)`"),
    ("a(?P=x)", 1, "backreference", "choices"),
    (r"(?<x>a)\k<x>", 0, "named group", "`(...)`"),
    (r"\k<x>", 0, "backreference", "choices"),
    ("(?=a)b", 0, "the lookahead", "condition of its own"),
    ("(?!a)b", 0, "negative lookahead", "`not`"),
    ("(?<=a)b", 0, "the lookbehind", "condition of its own"),
    ("b(?<!a)", 1, "negative lookbehind", "condition of its own"),
    ("a*?", 2, "lazy repetition `*?`", "leave out"),
    ("a+?", 2, "lazy repetition `+?`", "leave out"),
    ("a??", 2, "lazy repetition `??`", "leave out"),
    ("a{2,3}?", 6, "lazy repetition `{2,3}?`", "leave out"),
    ("a*+", 2, "possessive repetition `*+`", "leave out"),
    ("a++", 2, "possessive repetition `++`", "leave out"),
    ("a?+", 2, "possessive repetition `?+`", "leave out"),
    ("a**", 2, "`**` repeats a repetition", "(?:...)"),
    ("a+{2}", 2, "repeats a repetition", "(?:...)"),
    ("a{2}{3}", 4, "repeats a repetition", "(?:...)"),
    ("(?>a)", 0, "atomic group", "(?:...)"),
    ("(?i)a", 0, "flag `(?i`", "[Aa]"),
    ("(?i:a)", 0, "flag `(?i`", "[Aa]"),
    ("(?-s:.)", 0, "flag `(?-`", "[Aa]"),
    ("(?s).", 0, "flag `(?s`", "[\\d\\D]"),
    ("(?#note)a", 0, "comment", "description"),
    ("(?(1)a|b)", 0, "conditional", "choices"),
    ("(?R)", 0, "recursion", "write out"),
    ("(?|a|b)", 0, "branch reset", "(?:...)"),
    ("(?)", 0, "`(?` begins no group", "(?:...)"),
    (r"\bword\b", 0, "word boundary", "\\W"),
    (r"\p{L}+", 0, "Unicode property", "ranges"),
    (r"\x41", 0, "escape `\\x`", "\\u"),
    (r"\0", 0, "escape `\\0`", "\\u"),
    (r"\f", 0, "escape `\\f`", "\\u"),
    (r"\y", 0, "escape `\\y`", "leave out the backslash"),
    ("\\é", 0, "escape `\\é`", "leave out the backslash"),
    (r"\Qa.b\E", 0, "quotation", "special character"),
    (r"\h", 0, "escape `\\h`", "class"),
    ("\\", 0, "ends after", "\\\\"),
    (r"\u12", 0, "not followed by a number", "\\u00E9"),
    (r"\u{}", 0, "not followed by a number", "\\u{1F600}"),
    (r"\u{1F600", 0, "not followed by a number", "\\u{1F600}"),
    (r"\u{-1}", 0, "not followed by a number", "\\u{1F600}"),
    (r"\u{0000041}", 0, "not followed by a number", "\\u{1F600}"),
    (r"\u{110000}", 0, "above the last code point", "10FFFF"),
    (r"\ud83d\ude00", 0, "surrogate `D83D`", "\\u{1F600}"),
    ("a\ud83d", 1, "surrogate `D83D`", "\\u{1F600}"),
    ("*a", 0, "`*` repeats nothing", "\\*"),
    ("a|+", 2, "`+` repeats nothing", "\\+"),
    ("(?:?)", 3, "`?` repeats nothing", "\\?"),
    ("{2}", 0, "`{` repeats nothing", "\\{"),
    ("a{,3}", 1, "`{` begins no repetition", "{0,m}"),
    ("a{", 1, "`{` begins no repetition", "\\{"),
    ("a{x}", 1, "`{` begins no repetition", "\\{"),
    ("a{1,", 1, "`{` begins no repetition", "\\{"),
    ("a{1;2}", 1, "`{` begins no repetition", "\\{"),
    ("a{-1}", 1, "`{` begins no repetition", "\\{"),
    ("a{٣}", 1, "`{` begins no repetition", "\\{"),
    ("a{3,2}", 1, "smaller bound first", "{2,3}"),
    ("a{257}", 2, "at most 256 repetitions", "fewer"),
    ("a{1,99999999999999999999}", 4, "at most 256 repetitions", "fewer"),
    ("a}", 1, "`}` closes nothing", "\\}"),
    ("a]", 1, "`]` closes nothing", "\\]"),
    ("a)", 1, "`)` closes no group", "\\)"),
    ("(a", 0, "never closed", "add `)`"),
    ("((a)", 0, "never closed", "add `)`"),
    ("[a", 0, "never closed", "add `]`"),
    ("[a-", 0, "never closed", "add `]`"),
    ("[]", 0, "holds no character", "\\]"),
    ("[^]", 0, "holds no character", "\\]"),
    ("[]a]", 0, "holds no character", "\\]"),
    (r"[^\d\D]", 0, "holds no character", "name a character"),
    ("[z-a]", 1, "`z-a` is not a range", "lower character first"),
    (r"[\d-z]", 1, "is not a range", "\\-"),
    (r"[a-\w]", 1, "is not a range", "\\-"),
    ("[a--]", 1, "is not a range", "\\-"),
    ("[a-c-e]", 4, "between no two characters", "first or last"),
    ("[[:alpha:]]", 1, "`[` stands inside a class", "\\["),
    (r"[\b]", 1, "word boundary", "\\W"),
    (r"[\p{L}]", 1, "Unicode property", "ranges"),
    ("a" * 513, 512, "at most 512 characters, found 513", "split"),
    ("(" * 33 + "a" + ")" * 33, 32, "more than 32 deep", "remove"),
    ("(" * 500, 32, "more than 32 deep", "remove"),
]


@pytest.mark.parametrize(
    ("pattern", "position", "message", "help_line"), REFUSED, ids=[f"{len(row[0])} {row[0][:24]!r}" for row in REFUSED]
)
def test_a_refusal_says_where_what_and_what_to_do(pattern: str, position: int, message: str, help_line: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    error = caught.value
    assert error.position == position
    assert message in error.message
    assert help_line in error.help
    assert str(error) == error.message
    assert "\n" not in error.message + error.help or "\n" in pattern
    assert not error.message.endswith(".")


LARGE = [
    ("(a{1,256}){1,256}", "65,536 characters"),
    ("((((a?){256}){256}){256}){256}", "4,294,967,296 characters"),
    (r"(\w{1,64}\.){1,64}", "4,160 characters"),
    ("(a|b)*a(a|b){20}", "states"),
    (".*x.{11}", "4,096 states"),
    ("[ab].{0,256}[bc].{0,256}d", "states"),
    ("(a|b|ab|ba|aab){200}", "states"),
    ("((a|b)*a(a|b){12}|(b|c)*b(b|c){12}|(c|d)*c(c|d){12}){9}", "states"),
    ("[" + "".join(chr(0x100 + 2 * i) for i in range(200)) + "]a{256}", "258 states by 403 classes"),
    ("(" + "(a?b?c?d?e?f?g?h?)" * 8 + "){60}", "more work"),
]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(("pattern", "message"), LARGE, ids=[row[0][:32] for row in LARGE])
def test_a_pattern_that_grows_too_large_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert message in caught.value.message
    assert caught.value.message.startswith("the pattern needs ")
    assert "split it" in caught.value.help


@pytest.mark.parametrize(
    "pattern",
    [
        "a" * 512,
        "a{256}",
        "(" * 32 + "a" + ")" * 32,
        ".*x.{10}",
        ".{0,40}x.{0,40}",
        ".*foo.{0,200}bar.*",
        "(a?){256}a{256}",
    ],
)
def test_a_pattern_at_the_limits_compiles(pattern: str) -> None:
    assert len(compile_pattern(pattern).accepting) <= 2048
