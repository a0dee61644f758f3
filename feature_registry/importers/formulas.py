"""Formulas: what an imported rule asks for, in plain two-valued logic, and how it is written as a condition.

Other systems know two truth values. So every leaf is false where its feature is missing, which `if_missing` says where
the leaf stands under a `not`; elsewhere what is unknown is not true anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from feature_registry.importers.errors import NotCarriedError

MOST_LEAVES = 4000
DEEPEST = 24


@dataclass(frozen=True, slots=True)
class Test:
    """A feature's test; false when the feature is missing. `operator` is never is_missing; lists are tuples."""

    feature: str
    operator: str
    argument: object


@dataclass(frozen=True, slots=True)
class IsMissing:
    """The feature is missing."""

    feature: str


@dataclass(frozen=True, slots=True)
class Within:
    """The unit's place by a named bucketing lies in [low, high); false when the unit is missing.

    With `ramp` the range grows with time from nothing to [0, 1].
    """

    unit: str
    bucketing: str
    seed: str
    seed_after: str
    low: float
    high: float
    ramp: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class From:
    """The time of the request is `starts` (local text in UTC) or later."""

    starts: str


@dataclass(frozen=True, slots=True)
class And:
    """Every item; true when there is none."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some item; false when there is none."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not the item."""

    item: Formula


Formula: TypeAlias = Test | IsMissing | Within | From | And | Or | Not

TRUE: Formula = And(())
FALSE: Formula = Or(())


def truth(value: bool) -> Formula:
    """A constant."""
    return TRUE if value else FALSE


def conj(items: Iterable[Formula]) -> Formula:
    """All of the items, simplified."""
    found: dict[Formula, None] = {}
    for item in items:
        if item == FALSE:
            return FALSE
        found.update(dict.fromkeys(item.items if isinstance(item, And) else (item,)))
    return next(iter(found)) if len(found) == 1 else And(tuple(found))


def disj(items: Iterable[Formula]) -> Formula:
    """Any of the items, simplified."""
    found: dict[Formula, None] = {}
    for item in items:
        if item == TRUE:
            return TRUE
        found.update(dict.fromkeys(item.items if isinstance(item, Or) else (item,)))
    return next(iter(found)) if len(found) == 1 else Or(tuple(found))


def negate(item: Formula) -> Formula:
    """Not the item, simplified."""
    if item == TRUE:
        return FALSE
    if item == FALSE:
        return TRUE
    return item.item if isinstance(item, Not) else Not(item)


def to_condition(formula: Formula) -> dict[str, object]:
    """The formula, which is no constant, as a condition. Raises NotCarriedError when it is too large."""
    return _Writer().write(formula, False, 0)


class _Writer:
    def __init__(self) -> None:
        self._leaves = 0

    def write(self, formula: Formula, negated: bool, depth: int) -> dict[str, object]:
        if depth > DEEPEST:
            raise NotCarriedError("deep-logic", f"conditions nest more than {DEEPEST} levels deep")
        match formula:
            case And(items):
                return {"all": [self.write(item, negated, depth + 1) for item in items]}
            case Or(items):
                return {"any": [self.write(item, negated, depth + 1) for item in items]}
            case Not(item):
                return {"not": self.write(item, True, depth + 1)}
            case _:
                return self._leaf(formula, negated)

    def _leaf(self, formula: Test | IsMissing | Within | From, negated: bool) -> dict[str, object]:
        self._leaves += 1
        if self._leaves > MOST_LEAVES:
            raise NotCarriedError("large-logic", f"one condition would have more than {MOST_LEAVES} tests")
        settled = {"if_missing": False} if negated else {}
        match formula:
            case Test(feature, operator, argument):
                written = list(argument) if isinstance(argument, tuple) else argument
                return {"feature": feature, operator: written, **settled}
            case IsMissing(feature):
                return {"feature": feature, "is_missing": True}
            case From(starts):
                return {"schedule": {"zone": "UTC", "starts": starts}}
            case Within(unit, bucketing, seed, after, low, high, ramp):
                rest: dict[str, object] = {"seed_after": after} if after else {}
                if ramp is not None:
                    rest["ramp"] = list(ramp)
                return {"share": [low, high], "of": unit, "bucketing": bucketing, "seed": seed, **rest, **settled}
