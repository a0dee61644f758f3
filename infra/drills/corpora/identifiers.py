"""Pairs of ids that look alike, or are the same text to somebody, and are different bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Literal

_ACCENTED = "\u00e9\u00e8\u00fc\u00f6\u00e4\u00e5\u00f1\u00e7\u015f\u010d\u1ebf\u01d6\uac00\u1e69\u0958\u0374"
_ALIKE = (
    ("a", "\u0430"), ("e", "\u0435"), ("o", "\u043e"), ("p", "\u0440"), ("c", "\u0441"), ("x", "\u0445"),
    ("i", "\u0456"), ("A", "\u0391"), ("B", "\u0392"), ("K", "\u212a"), ("k", "\u1d0b"), ("0", "\uff10"),
    ("1", "\u0661"), ("-", "\u2010"), (".", "\u2024"), ("s", "\u017f"), ("f", "\u0192"), ("d", "\u0501"),
    ("v", "\u03bd"), ("l", "\u04cf"),
)  # fmt: skip
_UNSEEN = (
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u061c", "\u180e", "\u202e", "\u2066",
    "\ufe0f", "\U000e0041", "\u0000", "\u00a0", " ", "\u3000", "\u2028",
)  # fmt: skip
_CASES = (("i", "I"), ("\u0131", "I"), ("\u0130", "i"), ("\u00df", "SS"), ("\u03c2", "\u03c3"), ("\ufb01", "fi"))
_FORMS: tuple[Literal["NFD", "NFKC", "NFKD"], ...] = ("NFD", "NFKC", "NFKD")


def identifier_pairs() -> Iterator[tuple[str, str]]:
    """500 pairs: composed and decomposed, confusable, with what cannot be seen, in another case, of another plane."""
    return islice(dict.fromkeys(_pairs()), 500)


def _pairs() -> Iterator[tuple[str, str]]:
    stems = (
        "visitor",
        "kunde-2",
        "\u5ba2\u6237",
        "u",
        "7f3a-11ee",
        "\U0001f600",
        "name@example.org",
        "ID",
        "a b",
        "x/y",
        "\u0645",
        "0",
    )
    for number, stem in enumerate(stems):
        for character in _ACCENTED:
            for form in _FORMS:
                one = f"{stem}{character}{number}"
                other = unicodedata.normalize(form, one)
                if other != one:
                    yield one, other
        for plain, alike in _ALIKE:
            yield f"{stem}{plain}", f"{stem}{alike}"
        for unseen in _UNSEEN:
            yield f"{stem}{number}", f"{stem}{unseen}{number}"
        for lower, upper in _CASES:
            yield f"{stem}{lower}", f"{stem}{upper}"
