"""A preview in words and tables, for people: what is printed, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from infra.preview.figures import (
    CohortChange,
    CohortFigures,
    Crowd,
    DecisionChange,
    DecisionFigures,
    Figures,
    Preview,
    Reads,
    StepCounts,
)
from infra.preview.interval import Share
from infra.wording import counted

SHOWN = 10
"""How many rows of a long list are shown; JSON has them all."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Note:
    """A line."""

    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; the columns of `numbers` stand to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]


Part: TypeAlias = Note | Sheet


def preview_words(preview: Preview) -> Iterator[Part]:
    """Everything to print, in order."""
    yield Note(f"{preview.kind} {preview.name}, {counted(preview.rows, 'request')} {_period(preview)}")
    yield Note("")
    if preview.change is None or preview.after is None:
        yield from _figures(preview.before, preview.rows)
        return
    match preview.change:
        case CohortChange():
            yield from _cohort_change(preview.change, preview.before, preview.after)
        case DecisionChange():
            yield from _decision_change(preview.change, preview.rows)
    yield Note("")
    yield Note("with the new registry:")
    yield Note("")
    yield from _figures(preview.after, preview.rows)


def percent(share: float) -> str:
    """A share with as many digits as it takes not to read 0 or 100 % where it is neither."""
    if 0 < share < 0.0005 or 0.9995 < share < 1:
        return f"{share:.3%}"
    return f"{share:.1%}"


def _figures(figures: Figures, rows: int) -> Iterator[Part]:
    if isinstance(figures, CohortFigures):
        yield from _cohort(figures)
    else:
        yield from _decision(figures, rows)
    yield from _reads(figures.reads, rows)


def _cohort(figures: CohortFigures) -> Iterator[Part]:
    yield Note(f"reach: {_reach(figures.reach)}")
    if figures.unknown:
        yield Note(f"{counted(figures.unknown, 'request')} cannot be told, since a value is missing: not in the cohort")
    yield Note("")
    columns = ("condition", "seen", "passed", "share", "dropped", "of these unknown")
    steps = list(_steps(figures.funnel, 0))
    yield Sheet(columns, steps, (1, 2, 3, 4, 5))
    if any(name.lstrip().startswith("+ ") for name, *_ in steps):
        yield Note("+ adds those that no condition of the list before it has let pass")
    yield Note("")
    shown = [one for one in figures.overlaps if one.both]
    if shown:
        rows = [
            (one.cohort, f"{one.size:,}", f"{one.both:,}", f"{one.jaccard:.3f}", *_parts(one.both, one.own, one.size))
            for one in shown[:SHOWN]
        ]
        columns = ("overlap with", "size", "both", "jaccard", "part of this", "part of the other")
        yield Sheet(columns, rows, (1, 2, 3, 4, 5))
    yield from _more(len(shown) - SHOWN, "cohorts that it overlaps with")
    apart = [one.cohort for one in figures.overlaps if not one.both]
    if apart:
        yield Note(f"apart from: {', '.join(apart[:SHOWN])}" + (", ..." if len(apart) > SHOWN else ""))
    yield Note("")


def _decision(figures: DecisionFigures, rows: int) -> Iterator[Part]:
    outcomes = [
        (
            one.outcome,
            "otherwise" if one.rule is None else f"rule {one.rule}",
            "" if one.experiment is None else f"{one.experiment}/{one.variation}",
            f"{one.count:,}",
            percent(one.count / rows),
            _interval(Share(one.count, rows)),
        )
        for one in figures.outcomes
    ]
    yield Sheet(("outcome", "by", "variation", "count", "share", "95 % interval"), outcomes, (3, 4, 5))
    yield Note("")
    rules = [
        (
            f"{one.rule}",
            one.shows,
            f"{one.matches:,}",
            f"{one.caught:,}",
            percent(one.caught / rows),
            f"{one.matches - one.caught:,}",
        )
        for one in figures.rules
    ]
    rules.append(("", "otherwise", "", f"{figures.otherwise:,}", percent(figures.otherwise / rows), ""))
    yield Sheet(("rule", "shows", "matches", "decides", "share", "taken by earlier rules"), rules, (0, 2, 3, 4, 5))
    for one in figures.rules:
        if not one.caught:
            why = f"earlier rules take all {one.matches:,} that match" if one.matches else "no request matches it"
            yield Note(f"rule {one.rule} is never reached here: {why}")
    yield Note("")


def _reads(reads: Reads, rows: int) -> Iterator[Part]:
    whole = [one.feature for one in reads.features if one.counts["present"] == rows]
    lacking = [one for one in reads.features if one.counts["present"] != rows]
    lacking.sort(key=lambda one: one.counts["present"])
    names = ("present", "default", "stale", "denied", "missing")
    if lacking:
        table = [(one.feature, *(percent(one.counts[name] / rows) for name in names)) for one in lacking]
        yield Sheet(("feature", *names), table, (1, 2, 3, 4, 5))
    if whole:
        yield Note(f"always present: {', '.join(whole)}")
    for unit in reads.units:
        if unit.missing:
            yield Note(f"{unit.unit} is missing in {unit.missing:,} requests ({percent(unit.missing / rows)})")


def _cohort_change(change: CohortChange, before: Figures, after: Figures) -> Iterator[Part]:
    assert isinstance(before, CohortFigures)
    assert isinstance(after, CohortFigures)
    yield Note(f"reach before: {_reach(before.reach)}")
    yield Note(f"reach after:  {_reach(after.reach)}")
    yield Note("")
    rows = before.reach.rows
    counts = (
        ("stay in", change.stayed),
        ("enter", change.entered.count),
        ("leave", change.left.count),
        ("stay out", change.outside),
    )
    yield Sheet(
        ("requests", "count", "share"), [(name, f"{one:,}", percent(one / rows)) for name, one in counts], (1, 2)
    )
    for name, crowd in (("enter", change.entered), ("leave", change.left)):
        if crowd.count:
            yield Note("")
            yield from _crowd(name, crowd)


def _crowd(verb: str, crowd: Crowd) -> Iterator[Part]:
    if crowd.cohorts:
        rows = [(name, f"{count:,}", percent(count / crowd.count)) for name, count in crowd.cohorts[:SHOWN]]
        yield Sheet((f"those who {verb} are also in", "count", "share"), rows, (1, 2))
    yield Note(_first_rows(f"the first who {verb}", crowd.rows))


def _decision_change(change: DecisionChange, rows: int) -> Iterator[Part]:
    yield Note(f"another outcome: {_reach(Share(change.changed, rows))}")
    moves = [one for one in change.transitions if one.before != one.after]
    if moves:
        yield Note("")
        table = [(one.before, one.after, f"{one.count:,}", percent(one.count / rows)) for one in moves[: 2 * SHOWN]]
        yield Sheet(("from", "to", "count", "share"), table, (2, 3))
        yield from _more(len(moves) - 2 * SHOWN, "transitions")
        yield Note(_first_rows("the first that change", change.rows))
    if change.relisted:
        yield Note(f"the same first candidate, another list behind it: {change.relisted:,}")
    if change.payloads:
        yield Note(f"outcomes that keep their name, with another payload: {', '.join(change.payloads)}")


def _steps(step: StepCounts, depth: int, is_added: bool = False) -> Iterator[Sequence[str]]:
    share = percent(step.passed / step.seen) if step.seen else "-"
    mark = "+ " if is_added else ""
    name = f"{'  ' * depth}{mark}{step.condition}"
    dropped = "" if is_added else f"{step.dropped:,}"
    yield (name, f"{step.seen:,}", f"{step.passed:,}", share, dropped, f"{step.unknown:,}")
    for item in step.items:
        yield from _steps(item, depth + 1, step.kind == "any")


def _more(count: int, noun: str) -> Iterator[Part]:
    if count > 0:
        yield Note(f"... and {count:,} more {noun}; --json lists them all")


def _reach(share: Share) -> str:
    return f"{share.count:,} of {share.rows:,}, {percent(share.share)} (95 % interval {_interval(share)})"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{percent(low)} to {percent(high)}"


def _parts(both: int, *sizes: int) -> tuple[str, ...]:
    return tuple(percent(both / size) if size else "-" for size in sizes)


def _first_rows(what: str, rows: Sequence[int]) -> str:
    return f"{what}: row{'s' * (len(rows) > 1)} " + ", ".join(f"{row:,}" for row in rows)


def _period(preview: Preview) -> str:
    first, last = _day(preview.period.first), _day(preview.period.last)
    time = f"as of {first}" if first == last else f"from {first} to {last}"
    untimed = preview.period.untimed
    if untimed == preview.rows:
        return f"{time}, since they have no time of their own"
    return time + (f" ({untimed:,} without a time are taken as of now)" if untimed else "")


def _day(at: int) -> str:
    """The day, UTC; ms since 1970 where no calendar has it."""
    try:
        return f"{_EPOCH + timedelta(milliseconds=at):%Y-%m-%d %H:%M}Z"
    except OverflowError:
        return f"{at} ms"
