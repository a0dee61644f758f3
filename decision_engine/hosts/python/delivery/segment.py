"""What the origin, and a cache in front of it, may know: a token of numbers that the compiler gave to payloads.

    DIGEST-PAYLOAD-PAYLOAD.PAYLOAD

DIGEST is the first 8 digits of the registry's digest, then comes a number for each decision of the segment, several for
a ranking. Nothing of a request is in the token, so that a cache holds no more pages than there are outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .slots import Shown

_DIGITS = 8
_LONGEST = 256
_KEY = re.compile(r"[A-Za-z0-9_.-]+")


def segment_token(
    registry: str,
    decisions: Sequence[int],
    shown_of: Callable[[int], Shown],
    payload_of: Callable[[int, str | None], int | None],
) -> str | None:
    """The token; None when an outcome has no number, or it would be too long: such a page is kept nowhere."""
    parts = [registry.partition(":")[2][:_DIGITS]]
    for decision in decisions:
        shown = shown_of(decision)
        keys = [shown.outcome] if shown.items is None else [item.key for item in shown.items]
        numbers = [payload_of(decision, key) for key in keys]
        if None in numbers:
            return None
        parts.append(".".join(map(str, numbers)))
    token = "-".join(parts)
    return None if len(token) > _LONGEST else token


def hydrated_token(token: str | None, hydrated: Sequence[int], shown_of: Callable[[int], Shown]) -> str | None:
    """The token of a page that says how some outcomes were decided: the leaves stand behind it, `l` and their numbers.

    None without a token, or when the program's codes did not give a leaf.
    """
    if token is None or not hydrated:
        return token
    leaves = [shown_of(decision).leaf for decision in hydrated]
    return None if None in leaves else f"{token}-l{'.'.join(map(str, leaves))}"


def outcome_header(shown: Shown) -> str | None:
    """A header's value: the payload's key, several joined by commas; None when a key cannot stand in a header."""
    keys = [shown.outcome or ""] if shown.items is None else [item.key for item in shown.items]
    text = ",".join(keys)
    return text if len(text) <= _LONGEST and all(map(_KEY.fullmatch, keys)) else None
