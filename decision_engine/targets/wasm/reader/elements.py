"""A feature's elements of the vector as a reader writes them; None where only the host's general way will do."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.reader.names import Names

LARGEST = 2.0**53 - 1

NONE = -1
"""Stands for an address, an offset or a bit that is not there."""

IS_PRESENT, STARTS, ENDS, CONTAINS, MATCHES = range(5)
"""The tests of a text."""

TEST_BYTES, RANK_BYTES, TAG_BYTES = 16, 12, 8
MOST_DIGITS = 5
"""Digits of each number of a version: three of them are exact in one double."""

_MOST_AUTOMATON = 8192
"""Bytes of an automaton that a reader keeps; a text for a larger one is for the host."""
_MARGIN = bytes(8)
"""The reader compares eight bytes at a time, and masks what is beyond the text."""
_TESTS = {"number": IS_PRESENT, "starts_with": STARTS, "ends_with": ENDS, "contains": CONTAINS, "matches": MATCHES}
_PLAIN_NUMBER = rf"(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})"
_PLAIN_VERSION = re.compile(r"\.".join([_PLAIN_NUMBER] * 3), re.ASCII)
_MOST_TAGS = 31

_Feature = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measures:
    """How many elements, their list (its form depends on the feature's type), and the two numbers of an item."""

    count: int
    elements: bytes
    first: int = 0
    second: int = 0


def measures(feature: _Feature, automata: Sequence[Mapping[str, Any]], names: Names, layout: Layout) -> Measures | None:
    """The elements of a feature, its texts made known in `names`; `automata` are those of the tables."""
    inputs = feature["inputs"]
    match feature["type"]:
        case "number" | "bool" | "timestamp":
            is_plain = all(given["kind"] == "number" for given in inputs)
            return Measures(len(inputs), _offsets(inputs)) if is_plain else None
        case "category":
            return _category(feature, names, layout)
        case "text":
            return _text(inputs, automata, layout)
        case "version":
            return _version(inputs, layout)
        case "tags":
            return _tags(feature, names)
        case _:
            return None


def _category(feature: _Feature, names: Names, layout: Layout) -> Measures | None:
    """An offset for each element; the context of the texts, each with its row, and the row of all others."""
    inputs, values = feature["inputs"], feature["values"]
    if not all(given["kind"] in ("level", "number") for given in inputs):
        return None

    def row(text: str | None) -> int:
        return layout.place(struct.pack(f"<{len(inputs)}d", *(_measure(given, text) for given in inputs)))

    context = names.context()
    texts = values if values is not None else [level for given in inputs for level in given.get("levels", [])]
    for text in dict.fromkeys(texts):
        names.add(context, text, row(text) if inputs else NONE)
    return Measures(len(inputs), _offsets(inputs), context, row(None) if values is None and inputs else 0)


def _measure(given: Mapping[str, Any], text: str | None) -> float:
    if given["kind"] == "number":
        return 1.0
    levels: list[str] = given["levels"]
    return float(levels.index(text) if text in levels else len(levels))


def _text(inputs: list[dict[str, Any]], automata: Sequence[Mapping[str, Any]], layout: Layout) -> Measures | None:
    """For each element: the test, its offset, the address of the operand, and its length or the number of classes."""
    tests = []
    for given in inputs:
        if given["kind"] not in _TESTS:
            return None
        if given["kind"] == "matches":
            automaton = automata[given["automaton"]]
            size = len(automaton["bounds"]) + 1
            operand = _automaton(automaton, size)
            if len(operand) > _MOST_AUTOMATON:
                return None
        else:
            text = given.get("operand", "").encode()
            operand, size = text + _MARGIN, len(text)
        tests.append(struct.pack("<4i", _TESTS[given["kind"]], 8 * given["at"], layout.place(operand, 4), size))
    return Measures(len(tests), b"".join(tests))


def _automaton(automaton: Mapping[str, Any], classes: int) -> bytes:
    """The class of each ASCII character, a byte each; then for each state whether it accepts, and the state after each
    class as an i32."""
    of_character = bytes(bisect_right(automaton["bounds"], point) for point in range(128))
    rows = [
        struct.pack(f"<{classes + 1}i", automaton["accepting"][state], *automaton["next"][state * classes :][:classes])
        for state in range(len(automaton["next"]) // classes)
    ]
    return of_character + b"".join(rows)


def _version(inputs: list[dict[str, Any]], layout: Layout) -> Measures | None:
    """For each element: its offset, the address of the versions as doubles, and how many they are."""
    ranks = []
    for given in inputs:
        if given["kind"] != "version":
            return None
        found = [_PLAIN_VERSION.fullmatch(text) for text in given["versions"]]
        if None in found:
            return None
        numbers = [_version_number(match.groups()) for match in found if match is not None]
        address = layout.place(struct.pack(f"<{len(numbers)}d", *numbers))
        ranks.append(struct.pack("<3i", 8 * given["at"], address, len(numbers)))
    return Measures(len(ranks), b"".join(ranks))


def _version_number(parts: tuple[str, ...]) -> float:
    major, minor, patch = (int(part) for part in parts)
    return float((major * 10**MOST_DIGITS + minor) * 10**MOST_DIGITS + patch)


def _tags(feature: _Feature, names: Names) -> Measures | None:
    """For each element: its offset, and the bit of the tag or NONE for their number; the context of the tags."""
    inputs, values = feature["inputs"], feature["values"]
    tags = values if values is not None else [given["tag"] for given in inputs if given["kind"] == "tag"]
    bits = {tag: bit for bit, tag in enumerate(dict.fromkeys(tags))}
    counts = any(given["kind"] == "number" for given in inputs)
    if len(bits) > _MOST_TAGS or (values is None and counts):
        return None  # unknown tags of an open list would have to be told from each other
    if not all(given["kind"] in ("tag", "number") for given in inputs):
        return None
    context = names.context()
    for tag, bit in bits.items():
        names.add(context, tag, 1 << bit)
    never = _MOST_TAGS
    elements = [
        struct.pack("<2i", 8 * given["at"], NONE if given["kind"] == "number" else bits.get(given["tag"], never))
        for given in inputs
    ]
    return Measures(len(elements), b"".join(elements), context)


def _offsets(inputs: list[dict[str, Any]]) -> bytes:
    return struct.pack(f"<{len(inputs)}i", *(8 * given["at"] for given in inputs))
