"""The nearest known name to a mistyped one, for the help lines of diagnostics."""

from __future__ import annotations

from collections.abc import Collection, Iterable

_LISTED = 10  # more names than this are not worth a line


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` most likely means, or None when none is near. Ties go to the first in sorted order.

    Near means: at most one edit for each three characters of the longer name, case aside. Edits are insertions,
    deletions, substitutions and swaps of neighbours (optimal string alignment, Damerau 1964).
    """
    folded = name.casefold()
    best: str | None = None
    least = len(folded)
    for candidate in sorted(known):
        limit = min(max(len(folded), len(candidate)) // 3, least)
        if abs(len(candidate) - len(folded)) <= limit:
            distance = _distance(folded, candidate.casefold())
            if distance <= limit:
                best, least = candidate, distance - 1
    return best


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A help line with the nearest name, or None when none is near."""
    match = nearest(name, known)
    return None if match is None else f"did you mean `{match}`?"


def suggestion(name: str, known: Collection[str], noun: str) -> str | None:
    """A help line for the unknown `name`: the nearest name, else all names when they are few; `noun` is a plural."""
    line = did_you_mean(name, known)
    if line is not None:
        return line
    if not known:
        return f"the registry has no {noun}"
    if len(known) <= _LISTED:
        return f"the {noun} are {listed(sorted(known))}"
    return None


def listed(names: Iterable[str]) -> str:
    """Names in backticks, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def _distance(left: str, right: str) -> int:
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, previous = previous, row
    return previous[-1]
