"""Cohorts that mean themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from feature_registry.checks.draft import Draft, Spot
from feature_registry.conditions import CohortRef
from feature_registry.diagnostics import Diagnostic


def cohort_cycles(draft: Draft) -> Iterator[Diagnostic]:
    """One error for each set of cohorts that refer to each other in a circle, at a reference of the first by name."""
    uses: dict[str, dict[str, Spot]] = {name: {} for name in draft.registry.cohorts}
    for spot, condition in draft.conditions:
        if spot.kind == "cohorts" and isinstance(condition, CohortRef) and condition.name in uses:
            uses[spot.name].setdefault(condition.name, Spot("cohorts", spot.name, f"{spot.at}/cohort"))
    reported: set[str] = set()
    for name in sorted(uses):
        circle = None if name in reported else _shortest_circle(name, uses)
        if circle is not None and not reported.intersection(circle):
            path = " -> ".join(f"`{step}`" for step in (*circle, name))
            help_line = "take one of these references out: a cohort cannot depend on itself"
            target = circle[1] if len(circle) > 1 else name
            yield draft.error("cohort-cycle", uses[name][target], f"cohorts form a circle: {path}", help_line)
        reported.update(circle or ())


def _shortest_circle(start: str, uses: Mapping[str, Mapping[str, Spot]]) -> list[str] | None:
    """The cohorts from `start` on that lead back to it, or None."""
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
