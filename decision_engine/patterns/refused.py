"""What other engines know and patterns refuse, each with a line that says what to write instead."""

from __future__ import annotations

from decision_engine.patterns.errors import PatternError

_NO_LOOKAROUND = "test the other part in a condition of its own, joined with `all`, `any` or `not`"
_NO_NAMES = "write `(...)`: groups only hold parts together"
_GROUPS = (
    ("(?=", "lookahead", _NO_LOOKAROUND),
    ("(?!", "negative lookahead", _NO_LOOKAROUND),
    ("(?<=", "lookbehind", _NO_LOOKAROUND),
    ("(?<!", "negative lookbehind", _NO_LOOKAROUND),
    ("(?P=", "backreference", "list the possible texts as choices: `(?:aa|bb)`"),
    ("(?P>", "recursion", "write out the depth that is needed"),
    ("(?R", "recursion", "write out the depth that is needed"),
    ("(?P<", "named group", _NO_NAMES),
    ("(?<", "named group", _NO_NAMES),
    ("(?'", "named group", _NO_NAMES),
    ("(?>", "atomic group", "write `(?:...)`: nothing is tried twice"),
    ("(?|", "branch reset", "write `(?:...)`: groups only hold parts together"),
    ("(?#", "comment", "write it in the condition's `description`"),
    ("(?(", "conditional", "write both cases as choices: `(?:...|...)`"),
)
_NO_FLAGS = "leave it out; for either case write `[Aa]`, for any character at all `[\\d\\D]`"
_ANCHOR = "leave it out: the whole text is matched anyway; put `.*` around a part to find it anywhere"
_BY_NUMBER = "write the code point's number: `\\u0009`, `\\u{1F600}`"
_ESCAPES = {
    **dict.fromkeys("123456789", ("backreference", "list the possible texts as choices: `(?:aa|bb)`")),
    **dict.fromkeys("kg", ("backreference", "list the possible texts as choices: `(?:aa|bb)`")),
    **dict.fromkeys("bB", ("word boundary", "write what stands there: `\\W` or `[^a-z]`")),
    **dict.fromkeys("AZzG", ("anchor", _ANCHOR)),
    **dict.fromkeys("pP", ("Unicode property", "list the ranges in a class: `[a-zA-Z\\u00C0-\\u024F]`")),
    **dict.fromkeys("xo0cafveUN", ("escape", _BY_NUMBER)),
    **dict.fromkeys("QE", ("quotation", "write `\\` before each special character")),
    **dict.fromkeys("RXCK", ("escape", "write the characters in a class or as choices")),
    **dict.fromkeys("hHvV", ("escape", "write the characters in a class: `[ \\t]`")),
}


def refused_group(source: str, start: int) -> PatternError:
    """The error for the group of `source` that opens at `start` with `(?` and is not `(?:`."""
    for prefix, kind, help_line in _GROUPS:
        if source.startswith(prefix, start):
            return PatternError(f"the {kind} `{prefix}` is not part of patterns", start, help_line)
    letters = source[start + 2 : start + 3]
    if letters.isalpha() or letters in {"-", "^"}:
        return PatternError(f"the flag `(?{letters}` is not part of patterns", start, _NO_FLAGS)
    return PatternError("`(?` begins no group", start, "write `(...)` or `(?:...)`, or `\\(` for the character itself")


def refused_escape(source: str, start: int) -> PatternError:
    """The error for the escape of `source` that begins at `start` with a backslash."""
    escape = source[start : start + 2]
    kind, help_line = _ESCAPES.get(escape[1], ("escape", "leave out the backslash: the character stands for itself"))
    return PatternError(f"the {kind} `{escape}` is not part of patterns", start, help_line)
