"""One preview from end to end: batches of a file through the programs of one registry, or of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from decision_engine.models import Models
from feature_registry import Place, Registry, error
from infra.columns import Requests, request_batches
from infra.errors import InfraError
from infra.preview.cohort import CohortChangeTally, CohortTally
from infra.preview.decision import DecisionChangeTally, DecisionTally
from infra.preview.errors import PreviewError
from infra.preview.figures import CohortChange, DecisionChange, Figures, Period, Preview
from infra.preview.side import Side
from infra.preview.subject import Subject
from infra.replay import Mapping, count_requests

_BLOCK = 2**20

Loaded: TypeAlias = tuple[Registry, Models]
_Found: TypeAlias = tuple[Figures, Figures | None, CohortChange | DecisionChange | None]


def preview(
    subject: Subject,
    data: Path,
    mapping: Mapping | None,
    before: Loaded,
    after: Loaded | None = None,
    *,
    at: int | None,
    now: int,
    expand: bool = False,
    overlap: bool = True,
    on_rows: Callable[[int], None] = lambda rows: None,
) -> Preview:
    """Count the subject on all requests of a file; with `after` in two registries, on the same rows.

    `at` (ms UTC) is the time of every request; without it each has the time that file or map give it, and else `now`.
    `expand` unfolds the cohorts that a cohort is made of; without `overlap`, other cohorts are not counted beside it.
    A request's list of `decisions` does not count: the question is what it would get. `on_rows` is told of progress.

    Raises PreviewError when the file holds no request, and InfraError as `request_batches` does.
    """
    made = (
        _cohorts(subject.name, before, after, expand, overlap)
        if subject.kind == "cohorts"
        else _decisions(subject.name, before, after)
    )
    paths = [path for side in made.sides for path in side.encoder.paths()]
    rows = min(side.batch_rows for side in made.sides)
    period = _Period(now)
    for batch in request_batches(data, mapping, at, paths, rows):
        made.add(batch, now)
        period.add(batch)
        on_rows(batch.count)
    if not period.rows:
        message = "expected requests, found none"
        raise PreviewError([error("no-requests", message, Place(str(data)), "a preview counts recorded requests")])
    figures, changed, change = made.figures()
    return Preview(subject.noun, subject.name, period.rows, period.value(), figures, changed, change)


@dataclass(slots=True)
class _Period:
    now: int
    rows: int = 0
    untimed: int = 0
    first: int | None = None
    last: int | None = None

    def add(self, batch: Requests) -> None:
        self.rows += batch.count
        self.untimed += batch.count - int(np.count_nonzero(batch.is_timed))
        at = np.where(batch.is_timed, batch.times, self.now)
        first, last = int(at.min()), int(at.max())
        self.first = first if self.first is None else min(first, self.first)
        self.last = last if self.last is None else max(last, self.last)

    def value(self) -> Period:
        assert self.first is not None and self.last is not None, "there is at least one request"
        return Period(self.first, self.last, self.untimed)


@dataclass(slots=True)
class _Cohorts:
    before: CohortTally
    after: CohortTally | None
    change: CohortChangeTally | None

    @property
    def sides(self) -> list[Side]:
        return [one.side for one in (self.before, self.after) if one is not None]

    def add(self, batch: Requests, now: int) -> None:
        members = self.before.add(self.before.side.decide(batch, now))
        if self.after is not None and self.change is not None:
            decided = self.after.side.decide(batch, now)
            self.change.add(members, self.after.add(decided), decided, batch.first)

    def figures(self) -> _Found:
        after = None if self.after is None else self.after.figures()
        return self.before.figures(), after, None if self.change is None else self.change.change()


@dataclass(slots=True)
class _Decisions:
    before: DecisionTally
    after: DecisionTally | None
    change: DecisionChangeTally | None

    @property
    def sides(self) -> list[Side]:
        return [one.side for one in (self.before, self.after) if one is not None]

    def add(self, batch: Requests, now: int) -> None:
        outcomes = self.before.add(self.before.side.decide(batch, now))
        if self.after is not None and self.change is not None:
            self.change.add(outcomes, self.after.add(self.after.side.decide(batch, now)), batch.first)

    def figures(self) -> _Found:
        after = None if self.after is None else self.after.figures()
        return self.before.figures(), after, None if self.change is None else self.change.change()


def _cohorts(name: str, before: Loaded, after: Loaded | None, expand: bool, overlap: bool) -> _Cohorts:
    old = CohortTally(*before, name, expand=expand, overlap=overlap)
    if after is None:
        return _Cohorts(old, None, None)
    new = CohortTally(*after, name, expand=expand, overlap=overlap)
    return _Cohorts(old, new, CohortChangeTally(new))


def _decisions(name: str, before: Loaded, after: Loaded | None) -> _Decisions:
    keys: dict[str, int] = {}
    old = DecisionTally(*before, name, keys)
    if after is None:
        return _Decisions(old, None, None)
    return _Decisions(old, DecisionTally(*after, name, keys), DecisionChangeTally(before[0], after[0], keys))


def estimated_rows(data: Path) -> int | None:
    """About how many requests the file holds, for a progress bar; None where that cannot be said quickly."""
    try:
        if data.suffix.lower() == ".parquet":
            return count_requests(data)
        with data.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
    except (OSError, ValueError, InfraError):
        return None  # what is wrong with it, reading it will tell
