"""What a suite finds: rows that set ours beside one peer or budget, and the peers that had to be left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Unit(StrEnum):
    """What the two values of a row count; less is better in both."""

    MICROSECONDS = "us"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `spread` is the interquartile range of the rounds' ratios over their median; 0 for exact values.

    `wanted` is the least ratio to reach, or None where the row only informs.
    """

    suite: str
    case: str
    ours: float
    peer: str
    theirs: float
    spread: float = 0.0
    wanted: float | None = None
    unit: Unit = Unit.MICROSECONDS

    @property
    def ratio(self) -> float:
        """How many times better than the peer ours is."""
        return self.theirs / self.ours

    @property
    def reached(self) -> bool:
        """Whether the ratio is at least the one that is wanted; true where none is."""
        return self.wanted is None or self.ratio >= self.wanted

    def to_json(self) -> dict[str, object]:
        """The row as a JSON object; sizes stand in the fields of times, and `unit` tells."""
        return {
            "suite": self.suite,
            "case": self.case,
            "ours_us": self.ours,
            "peer": self.peer,
            "peer_us": self.theirs,
            "ratio": self.ratio,
            "spread": self.spread,
            "unit": str(self.unit),
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A peer, or a whole suite, that cannot run here. `is_wanted` tells whether a ratio against it is to be reached."""

    suite: str
    what: str
    reason: str
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What one or several suites found."""

    rows: list[Row] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every wanted ratio was measured and reached."""
        return all(row.reached for row in self.rows) and not any(one.is_wanted for one in self.left_out)
