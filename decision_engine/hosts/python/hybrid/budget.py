"""The time of a request as a number of ms that its stages draw from: encode, decide, the KV, the cloud.

It runs out by itself, by a clock that never goes back. A stage whose time the clock cannot see, since some platforms
stop theirs while code runs, is charged for by hand. What is left never grows, whatever the clock does.
"""

from __future__ import annotations

import math
from collections.abc import Callable


class Budget:
    """`total` ms from `start` on, by the monotonic clock `now`; from now on where no start is given."""

    def __init__(self, total: float, now: Callable[[], float], start: float | None = None) -> None:
        self._total = total if total > 0 else 0.0
        self._now = now
        self._start = now() if start is None else start
        self._seen = 0.0  # ms since the start, by the clock; kept, so that a clock that goes back gives no time back
        self._booked = 0.0  # how much of that is booked
        self._charged = 0.0
        self.spent: dict[str, float] = {}

    def left(self) -> float:
        """The ms until the answer must be ready; never below 0."""
        elapsed = self._now() - self._start
        if elapsed > self._seen:
            self._seen = elapsed
        elif not elapsed <= self._seen:
            self._seen = math.inf  # a clock that gives no number
        left = self._total - self._seen - self._charged
        return left if left > 0 else 0.0

    def draw(self, stage: str, ms: float | None = None) -> float:
        """Book the time since the last draw on a stage, or so many ms that the clock does not see; gives what is
        left."""
        left = self.left()
        if ms is None:
            taken = 0.0 if self._seen == self._booked else self._seen - self._booked
            self.spent[stage] = self.spent.get(stage, 0.0) + taken
            self._booked = self._seen
            return left
        taken = ms if ms > 0 else 0.0
        self.spent[stage] = self.spent.get(stage, 0.0) + taken
        self._charged += taken
        return self.left()

    def grant(self, wanted: float, reserve: float) -> int:
        """How many whole ms of those wanted a stage may take, when `reserve` must be left for others; 0 for none."""
        most = min(wanted, self.left() - reserve)
        return int(most) if most >= 1 else 0
