"""What a JsonLogic expression can come to before the request is known, and results by cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, conj, disj, negate

MOST_CASES = 256


@dataclass(frozen=True)
class Constant:
    """A value of JSON."""

    value: object


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute of the context, by its path."""

    path: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts and attributes one after another, as one text."""

    parts: tuple[str | Reference, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of an attribute's text: from `start` on (negative: from the end), `length` units, or all (None)."""

    of: Reference
    start: int
    length: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of the request in whole seconds."""


@dataclass(frozen=True, slots=True)
class Clock:
    """sign * the time of the request in whole seconds + offset; `sign` is 1 or -1."""

    sign: int
    offset: int


@dataclass(frozen=True)
class Bucketed:
    """One of several results by the place of a unit; null where the unit is missing or lies in no range."""

    bucketing: str
    unit: str
    seed: str
    seed_after: str
    entries: tuple[tuple[Constant, int, tuple[float, float]], ...]


@dataclass(frozen=True)
class Several:
    """A list whose items are not all constant."""

    items: tuple[Symbol, ...]


Symbol: TypeAlias = Constant | Reference | Joined | Slice | Moment | Clock | Bucketed | Several
Cases: TypeAlias = list[tuple[Formula, Symbol]]
"""The symbol of the first case whose formula holds; the last one always does."""


def always(symbol: Symbol) -> Cases:
    """One case."""
    return [(TRUE, symbol)]


def constant(value: object) -> Cases:
    """One case, a constant."""
    return always(Constant(value))


def decided(formula: Formula) -> Cases:
    """true where the formula holds, else false."""
    return trimmed([(formula, Constant(True)), (TRUE, Constant(False))])


def trimmed(cases: Cases) -> Cases:
    """Without cases that never hold, and without those after one that always does."""
    found: Cases = []
    for formula, symbol in cases:
        if formula == FALSE:
            continue
        found.append((formula, symbol))
        if formula == TRUE:
            return found
        if len(found) > MOST_CASES:
            raise NotCarriedError("large-logic", f"the targeting has more than {MOST_CASES} cases")
    return found


def product(sides: Sequence[Cases], join: Callable[[Sequence[Symbol]], Cases]) -> Cases:
    """What `join` makes of one symbol from each side, by cases."""
    rows: list[tuple[Formula, tuple[Symbol, ...]]] = [(TRUE, ())]
    for side in sides:
        rows = [(conj((known, formula)), (*row, symbol)) for known, row in rows for formula, symbol in side]
        if len(rows) > MOST_CASES:
            raise NotCarriedError("large-logic", f"the targeting has more than {MOST_CASES} cases")
    return trimmed([(conj((known, inner)), symbol) for known, row in rows for inner, symbol in join(row)])


def where(cases: Cases, test: Callable[[Symbol], Formula]) -> Formula:
    """Whether the symbol passes the test."""
    found: Formula = FALSE
    for formula, symbol in reversed(cases):
        passes = test(symbol)
        if formula == TRUE or passes == found:
            found = passes
        elif passes == TRUE:
            found = disj((formula, found))
        elif passes == FALSE:
            found = conj((negate(formula), found))
        else:
            found = disj((conj((formula, passes)), conj((negate(formula), found))))
    return found
