"""The breaker before the cloud: closed, calls go; open, none goes for a while; half-open, one call at a time tries.

It opens after some failures in a row, or when too large a share of the calls in a window failed. It stays open for a
pause, give or take a quarter, so that edges do not come back all at once; each trial that fails doubles the pause. A
trial that is never heard of again gives way to another one after a pause. Results of calls that began before the
breaker last changed its state count for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from .tables import BreakerTable

State: TypeAlias = Literal["closed", "open", "half-open"]

EARLIEST = 0.75
SPREAD = 0.5


class Breaker:
    """All times are those of a clock that never goes back, in ms. `state` is as it was when last asked."""

    def __init__(self, table: BreakerTable, random: Callable[[], float]) -> None:
        self._table = table
        self._random = random
        self.state: State = "closed"
        self._epoch = 0  # of the state; a ticket is good for its epoch
        self._pause: float = table["pause"]
        self._row = 0  # failures in a row
        self._opens = 0.0  # when an open one lets a call try
        self._trial: float | None = None  # when the running trial began
        self._won = 0  # trials that succeeded
        self._begun = 0.0  # when the current half of the window began
        self._now = (0, 0)  # calls and failures in this half of the window, and in the one before
        self._before = (0, 0)

    def admit(self, at: float) -> int | None:
        """The ticket of a call that may go; None when none may."""
        if self.state == "open":
            if at < self._opens:
                return None
            self._enter("half-open")
        if self.state == "half-open":
            if self._is_trying(at):
                return None
            if self._trial is not None:
                self._epoch += 1  # the lost trial's result counts no more
            self._trial = at
        return self._epoch

    def blocks(self, at: float) -> bool:
        """Whether `admit` would give none; it changes nothing."""
        if self.state == "open":
            return at < self._opens
        return self.state == "half-open" and self._is_trying(at)

    def succeeded(self, ticket: int, at: float) -> None:
        """The call of a ticket was answered."""
        if ticket != self._epoch:
            return
        if self.state == "closed":
            self._row = 0
            self._count(at, 0)
        elif self.state == "half-open":
            self._trial = None
            self._won += 1
            if self._won >= self._table["trials"]:
                self._close()

    def failed(self, ticket: int, at: float) -> None:
        """The call of a ticket was not answered in time, or not usefully."""
        if ticket != self._epoch:
            return
        if self.state == "closed":
            self._row += 1
            self._count(at, 1)
            if self._row >= self._table["failures"] or self._is_too_often():
                self._open(at, self._pause)
        elif self.state == "half-open":
            self._pause = min(self._pause * 2, self._table["longest_pause"])
            self._open(at, self._pause)

    def refused(self, ticket: int, at: float, ms: float) -> None:
        """The cloud wants to be left alone for so long."""
        if ticket == self._epoch and self.state != "open":
            self._open(at, max(self._pause, min(ms, self._table["longest_pause"])))

    def dropped(self, ticket: int) -> None:
        """The call of a ticket was never made."""
        if ticket == self._epoch and self.state == "half-open":
            self._trial = None

    def _is_trying(self, at: float) -> bool:
        return self._trial is not None and self._trial <= at and at - self._trial < self._pause

    def _open(self, at: float, pause: float) -> None:
        self._enter("open")
        self._opens = at + pause * (EARLIEST + SPREAD * self._random())

    def _close(self) -> None:
        self._enter("closed")
        self._pause = self._table["pause"]
        self._row = 0
        self._now = self._before = (0, 0)

    def _enter(self, state: State) -> None:
        self.state = state
        self._epoch += 1
        self._trial = None
        self._won = 0

    def _count(self, at: float, failures: int) -> None:
        """The window moves by halves: what is older than one and a half of them is forgotten."""
        half = self._table["window"] / 2
        since = at - self._begun
        if not 0 <= since < half:
            self._before = self._now if half <= since < 2 * half else (0, 0)
            self._now = (0, 0)
            self._begun = at
        self._now = (self._now[0] + 1, self._now[1] + failures)

    def _is_too_often(self) -> bool:
        calls = self._now[0] + self._before[0]
        return calls >= self._table["calls"] and self._now[1] + self._before[1] >= self._table["rate"] * calls
