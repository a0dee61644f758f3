"""Conditions: what a cohort, a rule or a candidate's eligibility asks for, as immutable values.

Every condition carries `at`, its JSON pointer within the document it stands in (`/rules/0/if/all/1`); equality ignores
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from feature_registry.bucketings import NamedSeed

Scalar: TypeAlias = bool | float | str
Argument: TypeAlias = Scalar | tuple[Scalar, ...]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ModelComparison(StrEnum):
    """How a condition tests a model."""

    AT_LEAST = "at_least"  # score >= low
    BELOW = "below"  # score < high
    BETWEEN = "between"  # low <= score < high
    IS = "is"  # the class with the highest score is class_name


@dataclass(frozen=True, slots=True)
class All:
    """True when every item is true. There is at least one."""

    items: tuple[Condition, ...]
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Any:
    """True when some item is true. There is at least one."""

    items: tuple[Condition, ...]
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True when the item is false."""

    item: Condition
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CohortRef:
    """The condition of the cohort `name`."""

    name: str
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ModelTest:
    """A test of a model's output. `class_name` picks one of several classes; it is never None for `is`."""

    model: str
    op: ModelComparison
    low: float | None = None
    high: float | None = None
    class_name: str | None = None
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FeatureTest:
    """An operator on a feature.

    `argument` is as JSON writes it, numbers as float and lists as tuples; `operators.typed_argument` reads it for the
    feature's type. `if_missing` settles the test when the feature is missing; None leaves it unknown.
    """

    feature: str
    operator: str
    argument: Argument
    if_missing: bool | None = None
    at: str = field(default="", compare=False)

    @property
    def argument_at(self) -> str:
        """The pointer of the argument."""
        return f"{self.at}/{self.operator}"


@dataclass(frozen=True, slots=True)
class Share:
    """A stable share of the unit's ids: `fraction` within 0..1. Without a salt, see `default_salt`.

    With `named`, the share is what lies in that range of places instead (`fraction` is its width). `if_missing` settles
    the test when the unit is missing; None leaves it unknown.
    """

    fraction: float
    unit: str
    salt: str | None = None
    at: str = field(default="", compare=False)
    named: NamedRange | None = None
    if_missing: bool | None = None


@dataclass(frozen=True, slots=True)
class NamedRange:
    """low <= place < high of a named bucketing (feature_registry/bucketings.py).

    With `ramp`, two times in ms UTC, `high` is 1 and the range grows with time: from nothing at the first to all places
    at the second.
    """

    seed: NamedSeed
    low: float
    high: float
    ramp: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Local time in `zone` lies within all parts that are given.

    `days` are weekdays (0 = Monday), every day when empty. `opens` and `closes` are minutes since midnight (0..1440),
    half-open; opens > closes runs over midnight. `starts` (inclusive) and `ends` (exclusive) are local, without tzinfo.
    """

    zone: str
    days: tuple[int, ...] = ()
    opens: int = 0
    closes: int = 1440
    starts: datetime | None = None
    ends: datetime | None = None
    at: str = field(default="", compare=False)


Condition: TypeAlias = All | Any | Not | CohortRef | ModelTest | FeatureTest | Share | Schedule


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all conditions inside it, outermost first, in the order they are written."""
    pending = [condition]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, All | Any):
            pending.extend(reversed(current.items))
        elif isinstance(current, Not):
            pending.append(current.item)


def default_salt(kind: str, name: str) -> str:
    """The salt of a share that names none, in the document `name` of this kind: so each place has units of its own."""
    return f"{kind}/{name}"
