"""What a preview finds, as immutable values. Counts are rows; every share is of `rows` unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from infra.preview.interval import Share


@dataclass(frozen=True, slots=True)
class StepCounts:
    """One condition of a funnel: of the `seen` rows that come to it, `passed` are those for which it is true.

    `unknown` are those that do not pass since a value is missing. `kind` is `all`, `any`, `not`, `cohort` or `test`.
    The first of the `items` of `all`, and of `not` and `cohort`, sees what its parent sees. Each further item of `all`
    sees what the one before let pass; each further one of `any` sees what none before let pass, so that its `passed`
    are those that it adds.
    """

    condition: str
    kind: str
    seen: int
    passed: int
    unknown: int
    items: tuple[StepCounts, ...] = ()

    @property
    def dropped(self) -> int:
        """The rows that stop here."""
        return self.seen - self.passed


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another cohort: its size, and how many rows it shares with the one that the preview is about, of size `own`."""

    cohort: str
    size: int
    both: int
    own: int

    @property
    def jaccard(self) -> float:
        """The shared rows as a part of all rows that either has (Jaccard 1901); 0 where neither has any."""
        either = self.own + self.size - self.both
        return self.both / either if either else 0.0


@dataclass(frozen=True, slots=True)
class FeatureStatuses:
    """How often a feature was present, default, stale, denied, missing; `max_age` in ms."""

    feature: str
    counts: Mapping[str, int]
    max_age: int | None


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """How often the id of a unit was missing."""

    unit: str
    missing: int


@dataclass(frozen=True, slots=True)
class Reads:
    """The quality of what is read."""

    features: tuple[FeatureStatuses, ...]
    units: tuple[UnitCounts, ...]


@dataclass(frozen=True, slots=True)
class CohortFigures:
    """Who is in a cohort. `unknown` are the rows for which that cannot be said, since a value is missing."""

    registry: str
    reach: Share
    unknown: int
    overlaps: tuple[Overlap, ...]
    funnel: StepCounts
    reads: Reads


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """One outcome with where it came from; of a ranking, the candidate that stands first."""

    outcome: str
    rule: int | None
    experiment: str | None
    variation: str | None
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One rule: how many rows match it, whatever the rules before it do, and how many it decides."""

    rule: int
    shows: str
    matches: int
    caught: int


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """What a decision gives. `otherwise` are the rows that no rule decides."""

    registry: str
    rows: int
    outcomes: tuple[OutcomeCount, ...]
    rules: tuple[RuleCount, ...]
    otherwise: int
    reads: Reads


Figures: TypeAlias = CohortFigures | DecisionFigures


@dataclass(frozen=True, slots=True)
class Crowd:
    """Rows that change: how many, the numbers of the first of them, and how many are in each cohort of the new
    registry, most first."""

    count: int
    rows: tuple[int, ...]
    cohorts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CohortChange:
    """A cohort in two registries, on the same rows."""

    stayed: int
    outside: int
    entered: Crowd
    left: Crowd


@dataclass(frozen=True, slots=True)
class Transition:
    """Rows that had the outcome `before` and have the outcome `after`."""

    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """A decision in two registries, on the same rows.

    `changed` are the rows with another outcome. `relisted` are rows whose ranking begins with the same candidate, and
    goes on otherwise. `payloads` are outcomes of both whose payloads differ.
    """

    transitions: tuple[Transition, ...]
    changed: int
    rows: tuple[int, ...]
    relisted: int
    payloads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """The times that requests were decided at, in ms UTC; `untimed` of them had none, and were decided as of now."""

    first: int
    last: int
    untimed: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A whole preview; `after` and `change` stand where a second registry was given."""

    kind: str
    name: str
    rows: int
    period: Period
    before: Figures
    after: Figures | None
    change: CohortChange | DecisionChange | None
