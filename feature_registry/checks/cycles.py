"""Cohorts that mean themselves, or that stand on too many others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from feature_registry.checks.draft import Draft, Spot
from feature_registry.conditions import All, Any, CohortRef, Condition, Not, walk
from feature_registry.diagnostics import Diagnostic

DEPTH = 128  # levels of conditions through their cohorts; later stages go down by recursion
_LONGEST_PATH = 10


def cohort_cycles(draft: Draft) -> Iterator[Diagnostic]:
    """One error for each set of cohorts that refer to each other in a circle, at a reference of the first by name."""
    uses: dict[str, dict[str, Spot]] = {name: {} for name in draft.registry.cohorts}
    for spot, condition in draft.conditions:
        if spot.kind == "cohorts" and isinstance(condition, CohortRef) and condition.name in uses:
            uses[spot.name].setdefault(condition.name, Spot("cohorts", spot.name, f"{spot.at}/cohort"))
    reported: set[str] = set()
    for name in sorted(uses):
        circle = None if name in reported else shortest_circle(name, uses)
        if circle is not None and not reported.intersection(circle):
            steps = [f"`{step}`" for step in (*circle, name)]
            path = " -> ".join(steps if len(steps) <= _LONGEST_PATH else [*steps[:3], "...", steps[-2], steps[-1]])
            help_line = "take one of these references out: a cohort cannot depend on itself"
            target = circle[1] if len(circle) > 1 else name
            yield draft.error("cohort-cycle", uses[name][target], f"cohorts form a circle: {path}", help_line)
        reported.update(circle or ())


def cohort_depths(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for cohorts that are nested too deep through others; only the innermost of a chain is reported."""
    depths: dict[str, int] = {}
    for name, cohort in _innermost_first(draft):
        depths[name] = _depth(cohort, depths)
        inner = max((depths.get(one.name, 0) for one in walk(cohort) if isinstance(one, CohortRef)), default=0)
        if depths[name] > DEPTH >= inner:
            message = f"expected at most {DEPTH} levels of conditions through cohorts, found {depths[name]}"
            yield draft.error("too-deep", Spot("cohorts", name, ""), message, "use fewer cohorts of cohorts")


def _innermost_first(draft: Draft) -> Iterator[tuple[str, Condition]]:
    """Every cohort after those that it refers to (but for circles), without recursion."""
    cohorts = draft.registry.cohorts
    seen: set[str] = set()
    for first in cohorts:
        pending = [(first, False)]
        while pending:
            name, is_done = pending.pop()
            if is_done:
                yield name, cohorts[name].condition
            elif name not in seen and name in cohorts:
                seen.add(name)
                pending.append((name, True))
                inner = walk(cohorts[name].condition)
                pending.extend((one.name, False) for one in inner if isinstance(one, CohortRef))


def _depth(condition: Condition, depths: Mapping[str, int]) -> int:
    """The levels of a condition, those of its cohorts included."""
    match condition:
        case All(items) | Any(items):
            return 1 + max(_depth(item, depths) for item in items)
        case Not(item):
            return 1 + _depth(item, depths)
        case CohortRef(name):
            return 1 + depths.get(name, 0)
        case _:
            return 1


def shortest_circle(start: str, uses: Mapping[str, Mapping[str, Spot]]) -> list[str] | None:
    """The names from `start` on that lead back to it, or None; `uses` has the names that each one refers to."""
    came_from: dict[str, str] = {}
    pending = deque([start])
    while pending:
        current = pending.popleft()
        for following in uses[current]:
            if following == start:
                path = [current]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if following not in came_from:
                came_from[following] = current
                pending.append(following)
    return None
