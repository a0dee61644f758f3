"""A zone's offset as a short expression of JavaScript."""

from __future__ import annotations

from decision_engine.targets.cloudfront.text import number, numbers, text
from decision_engine.zones import offset_changes

_WEEK = 7 * 86_400_000
_MOST_WEEKS = 90


def zone_expression(zone: str) -> str:
    """The minutes east of UTC that are in force at `at`: a number, the weeks between changes, or the changes."""
    changes = offset_changes(zone)
    if len(changes) == 1:
        return number(changes[0][1])
    return _by_weeks(changes) or f"zone_table([{', '.join(numbers(change) for change in changes)}])"


def _by_weeks(changes: tuple[tuple[int, int], ...]) -> str | None:
    """Two offsets that follow each other after whole weeks, the one `shift` earlier, the other `shift` later."""
    offsets = [offset for _, offset in changes]
    starts = [start for start, _ in changes[1:]]
    gaps = [after - before for before, after in zip(starts, starts[1:], strict=False)]
    if offsets != [offsets[place % 2] for place in range(len(offsets))]:
        return None
    shift = round(gaps[0] / _WEEK) * _WEEK - gaps[0] if gaps else 0
    weeks = [(gap + (-shift if place % 2 else shift)) / _WEEK for place, gap in enumerate(gaps)]
    if not all(week.is_integer() and 0 <= week < _MOST_WEEKS for week in weeks):
        return None
    letters = text("".join(chr(35 + int(week)) for week in weeks))
    return f"zone_offset({number(starts[0])}, {letters}, {number(shift)}, {offsets[0]}, {offsets[1]})"
