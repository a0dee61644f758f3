"""Random patterns, written in the part of the syntax that Python's `re` reads in the same way."""

from __future__ import annotations

from hypothesis import strategies as st

ATOMS = [
    "a",
    "b",
    "é",
    "\U0001f600",
    ".",
    r"\d",
    r"\w",
    r"\s",
    r"\D",
    r"\W",
    r"\S",
    r"\.",
    r"\\",
    r"\n",
    r"\-",
    r"\u00e9",
]
CLASSES = [
    "[ab]",
    "[^a]",
    "[a-é]",
    "[^\\d]",
    "[-a]",
    "[a-]",
    "[^-b]",
    r"[\w-]",
    r"[\]\\]",
    "[^\\n]",
    "[b^]",
    "[\U0001f600-\U0001f64f]",
]
QUANTIFIERS = ["", "", "*", "+", "?", "{0}", "{1}", "{2}", "{0,2}", "{1,3}", "{2,}"]

patterns = st.recursive(
    st.sampled_from(ATOMS + CLASSES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(QUANTIFIERS)).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)
