"""The record of one evaluation: what each condition saw, and what came of it. Explanations are made of traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Truth: TypeAlias = bool | None
"""Kleene's three values; None is unknown."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One condition: its words, its truth, and for a leaf the value it saw with its status and age (ms)."""

    condition: str
    truth: Truth
    value: Any = None
    status: str | None = None
    age: int | None = None
    items: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class UnsureTrace:
    """Whether a rule asks the cloud once it has matched, within how many ms, and what it depends on."""

    within: int
    asks: bool
    tests: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule: whether it matched, and why not. `tests` are its condition and, for an experiment, what enrolment
    asks; `unsure` is None for a rule that never asks the cloud."""

    rule: int
    shows: str
    matched: bool
    tests: tuple[Trace, ...]
    unsure: UnsureTrace | None = None


@dataclass(frozen=True, slots=True)
class CandidateTrace:
    """One candidate of a ranking: eligible or why not, and its score (None when missing)."""

    payload: str
    eligible: Trace | None
    score: float | None


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """One decision: every rule in order (those after the match too), and the candidates of the ranking that matched."""

    decision: str
    rules: tuple[RuleTrace, ...]
    candidates: tuple[CandidateTrace, ...] = ()


def negation(truth: Truth) -> Truth:
    """Kleene's not."""
    return None if truth is None else not truth


def conjunction(truths: list[Truth]) -> Truth:
    """Kleene's and: false if one is false, else unknown if one is unknown, else true."""
    if False in truths:
        return False
    return None if None in truths else True


def disjunction(truths: list[Truth]) -> Truth:
    """Kleene's or: true if one is true, else unknown if one is unknown, else false."""
    if True in truths:
        return True
    return None if None in truths else False
