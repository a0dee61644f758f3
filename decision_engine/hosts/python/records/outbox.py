"""The way to the sink: one batch at a time, tried a few times with jitter, and kept as it is until it is settled.

A batch that did not arrive is sent again with the same bytes at the next flush: its events keep their ids. Meanwhile
counters go on counting, and the queue of events fills up to its bound.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .events import BATCH_TYPE

ATTEMPTS = 3
FIRST_WAIT = 200
"""Milliseconds: the longest wait before the second attempt; each further one may be twice as long."""

HEADERS = {"content-type": BATCH_TYPE}
_LATER = frozenset({408, 425, 429})

Sink = Callable[[bytes, dict[str, str]], int]
"""Sends a batch; gives the status of the answer, and may raise anything. A sink has a deadline of its own."""


class _Batch(NamedTuple):
    body: bytes
    events: int


class Outbox:
    """The batch that has not arrived yet. `count` is told of what is lost or tried again, with how many events."""

    def __init__(
        self,
        sink: Sink,
        count: Callable[[str, int], None],
        *,
        random: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._sink = sink
        self._count = count
        self._random = random
        self._sleep = sleep
        self._waiting: _Batch | None = None

    def put(self, body: bytes, events: int) -> None:
        """Take a batch; none may be waiting."""
        assert self._waiting is None, "the last batch was sent"
        self._waiting = _Batch(body, events)

    def send(self) -> bool:
        """Send what waits; False when the sink does not take it now. A batch that it refuses is lost, and counted."""
        if self._waiting is None:
            return True
        status = self._try(self._waiting)
        if status is None:
            self._count("sink-unreachable", 1)
            return False
        if not 200 <= status < 300:
            self._count("sink-refused", self._waiting.events)
        self._waiting = None
        return True

    def _try(self, batch: _Batch) -> int | None:
        """The status that settles a batch; None when no attempt did."""
        for attempt in range(ATTEMPTS):
            if attempt > 0:
                self._count("sink-retried", 1)
                self._sleep(self._random() * FIRST_WAIT * 2 ** (attempt - 1))
            try:
                status = self._sink(batch.body, dict(HEADERS))
            except Exception:  # the sink's code is not ours, and and telemetry fails nobody: the caller counts it
                continue
            if status < 500 and status not in _LATER:
                return status
        return None
