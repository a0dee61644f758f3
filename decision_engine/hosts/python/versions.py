"""Semantic Versioning 2.0.0: precedence of versions (its clause 11), and the place of a version among sorted ones."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeAlias

MAX_LENGTH = 256

Precedence: TypeAlias = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]
"""Compares as versions do: (major, minor, patch, is a release, identifiers); text identifiers above numeric ones."""

_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)


def precedence(text: str) -> Precedence | None:
    """The precedence of a version, build metadata ignored; None when the text is no version or too long."""
    found = _VERSION.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        return None
    major, minor, patch, identifiers = found.groups()
    order = tuple(map(_identifier, identifiers.split("."))) if identifiers else ()
    return int(major), int(minor), int(patch), not identifiers, order


def rank(version: Precedence, versions: Sequence[Precedence]) -> int:
    """2i+1 when equal to number i of `versions` (sorted ascending), else 2i, where i counts those below."""
    below = bisect_left(versions, version)
    return 2 * below + (below < len(versions) and versions[below] == version)


def _identifier(text: str) -> tuple[bool, int, str]:
    return (False, int(text), "") if text.isdigit() else (True, 0, text)
