"""Scores: what a candidate of a ranking is worth, and what a derived number is, as immutable values.

`at` is the JSON pointer within the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class ScoreOperation(StrEnum):
    """Arithmetic of scores, IEEE-754; missing in, missing out."""

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    MIN = "min"
    MAX = "max"


PAIRS = (ScoreOperation.SUBTRACT, ScoreOperation.DIVIDE)  # of exactly two items; the others take one or more


class UnaryOperation(StrEnum):
    """Functions of one number; missing in, missing out."""

    ABS = "abs"
    FLOOR = "floor"  # the largest whole number that is not above
    CEIL = "ceil"  # the smallest whole number that is not below
    ROUND = "round"  # the nearest whole number, the even one of two (IEEE-754 roundTiesToEven)


@dataclass(frozen=True, slots=True)
class NumberScore:
    """The same number for every candidate."""

    value: float
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FeatureScore:
    """A feature of the visitor: a number, or a bool as 0 or 1."""

    feature: str
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class DaysSinceScore:
    """The days from a feature's time to the time of the request, with their fraction; negative for a time to come."""

    feature: str
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ItemScore:
    """An attribute of the candidate: a number, or a bool as 0 or 1."""

    attribute: str
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ModelScore:
    """The output of a model, which may read the candidate's attributes."""

    model: str
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ArithmeticScore:
    """Arithmetic over scores, from left to right."""

    op: ScoreOperation
    items: tuple[Score, ...]
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class UnaryScore:
    """A function of one score."""

    op: UnaryOperation
    item: Score
    at: str = field(default="", compare=False)


Score: TypeAlias = NumberScore | FeatureScore | DaysSinceScore | ItemScore | ModelScore | ArithmeticScore | UnaryScore


def walk_score(score: Score) -> Iterator[Score]:
    """The score and all scores inside it, outermost first."""
    pending = [score]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, ArithmeticScore):
            pending.extend(reversed(current.items))
        elif isinstance(current, UnaryScore):
            pending.append(current.item)
