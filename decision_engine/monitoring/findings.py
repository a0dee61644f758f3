"""What monitoring finds, and the thresholds that it is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something stands; a gate lets `ok` and `warn` pass."""

    OK = "ok"
    WARN = "warn"
    NOT_ENOUGH_DATA = "not-enough-data"
    BREACH = "breach"


_ORDER = tuple(State)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a share, an index or a p-value is a warning or a breach; None holds nothing.

    `least` is the number of sessions below which nothing is said. A test warns when its adjusted p-value is below
    `alpha` and its effect (distance D, Cramer's V) at least `effect`: with many sessions any difference is significant.
    """

    stale_warn: float | None = 0.05
    stale_breach: float | None = 0.2
    missing_warn: float | None = None
    missing_breach: float | None = None
    psi_warn: float = 0.1
    psi_breach: float = 0.25
    alpha: float = 0.01
    effect: float = 0.1
    least: int = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not `ok`: of which measure and subject, what was found, and what it is held to."""

    measure: str
    subject: str
    state: State
    value: float | None
    limit: float | None
    message: str


def judge(value: float, warn: float | None, breach: float | None) -> tuple[State, float | None]:
    """The state of a value that should be low, and the threshold that it reaches."""
    if breach is not None and value >= breach:
        return State.BREACH, breach
    if warn is not None and value >= warn:
        return State.WARN, warn
    return State.OK, None


def worst(states: Iterable[State]) -> State:
    """The worst of several states; `ok` of none."""
    return max(states, key=_ORDER.index, default=State.OK)
