"""Derived features: what makes a feature of other features, as immutable values.

The type of the feature decides the form: a number is a score over features, a bool a condition over them, a category
the band of a number. `at` is the JSON pointer within the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from feature_registry.conditions import Condition, FeatureTest, walk
from feature_registry.scores import DaysSinceScore, FeatureScore, Score, walk_score


@dataclass(frozen=True, slots=True)
class NumberDerivation:
    """A number: the value of a score of features and numbers."""

    score: Score


@dataclass(frozen=True, slots=True)
class BoolDerivation:
    """A bool: whether a condition of tests of features is true; missing where it is unknown."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class BandDerivation:
    """A category: the band that a number falls into. Band i, from 0, holds limits[i - 1] <= number < limits[i]."""

    score: Score
    limits: tuple[float, ...]
    at: str = field(default="", compare=False)


Derivation: TypeAlias = NumberDerivation | BoolDerivation | BandDerivation


@dataclass(frozen=True, slots=True)
class Source:
    """A feature that a derived one reads, and where its name stands. `of_time` says that the time since it is read."""

    feature: str
    at: str
    of_time: bool = False


def sources(derivation: Derivation) -> Iterator[Source]:
    """Every reading of a feature, in the order they are written; a feature may come several times."""
    if isinstance(derivation, BoolDerivation):
        for condition in walk(derivation.condition):
            if isinstance(condition, FeatureTest):
                yield Source(condition.feature, f"{condition.at}/feature")
        return
    for score in walk_score(derivation.score):
        if isinstance(score, FeatureScore):
            yield Source(score.feature, f"{score.at}/feature")
        elif isinstance(score, DaysSinceScore):
            yield Source(score.feature, f"{score.at}/days_since", of_time=True)


def read_features(derivation: Derivation) -> tuple[str, ...]:
    """The features that it reads, each once, in the order they are written."""
    return tuple(dict.fromkeys(source.feature for source in sources(derivation)))
