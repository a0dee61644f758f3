"""The second lane: profiles that the cloud has put into the edge's KV. Memory first, then the KV, then nothing.

While the KV fails, memory's last known good is served, and after a few failures in a row the KV is left alone for a
while. Of threads that ask for one visitor at the same time one asks; the others wait for its answer, no longer than
their own deadline. Code of Python cannot be stopped: the KV's client has to keep the deadline that it is given (see
`within.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from threading import Event, Lock
from typing import Generic, NamedTuple, Protocol, TypeVar

from .cache import Cache
from .counters import Counters
from .envelope import TOLERANCE
from .tables import StoreTable

T = TypeVar("T")

MOST_FLIGHTS = 256
"""Questions to the KV at the same time; beyond these a request takes what memory has."""
MOST_WARMED = 1000

_FAILURES_TO_PAUSE = 5
_FIRST_PAUSE = 1000
_LONGEST_PAUSE = 30_000
_MOST_DOUBLINGS = 5


class Kv(Protocol):
    """The client of a KV."""

    def get(self, key: str, timeout: float) -> str | None:
        """The text of a key, None when there is none. Ends, or raises anything, within `timeout` seconds."""
        ...


class Found(NamedTuple, Generic[T]):
    """What the KV holds for a key: None for nothing.

    It is used for `ttl` ms before the KV is asked again, and never from `expires` on (ms UTC).
    """

    value: T | None
    ttl: float
    issued: int
    expires: float


class _Entry(NamedTuple, Generic[T]):
    found: Found[T]
    since: int
    until: float

    def is_fresh(self, at: int) -> bool:
        return self.since - TOLERANCE <= at < self.until


@dataclass(slots=True)
class _Flight(Generic[T]):
    """A question that is under way, joined until a time of the monotonic clock; `answer` is None when it failed."""

    at: int
    until: float
    done: Event = field(default_factory=Event)
    answer: _Entry[T] | None = None


@dataclass(slots=True)
class _Pause:
    failures: int = 0
    since: int = 0
    length: int = 0

    def holds(self, at: int) -> bool:
        return self.failures >= _FAILURES_TO_PAUSE and self.since <= at < self.since + self.length


class Store(Generic[T]):
    """Reads profiles through memory. `opened` verifies a text of the KV: (text, key, at) -> what it holds."""

    def __init__(
        self,
        table: StoreTable,
        kv: Kv,
        opened: Callable[[str, str, int], Found[T] | None],
        counters: Counters,
        monotonic: Callable[[], float],
    ) -> None:
        self._timeout, self._absent = table["timeout"], table["absent"]
        self._memory: Cache[_Entry[T]] = Cache(table["entries"])
        self._kv, self._opened, self._counters, self._monotonic = kv, opened, counters, monotonic
        self._flights: dict[str, _Flight[T]] = {}
        self._pause = _Pause()
        self._lock = Lock()

    def read(self, key: str, at: int, budget: float) -> Found[T] | None:
        """What is known at `at` (ms UTC), None for nothing; it waits at most `budget` ms."""
        self._counters.add("asked")
        entry = self._memory.take(key)
        if entry is not None and entry.is_fresh(at):
            self._counters.add("absent" if entry.found.value is None else "memory")
            return _usable(entry, at)
        wait = min(self._timeout, budget)
        if not wait > 0:
            self._counters.add("late")
            return self._last(entry, at)
        flight, is_own = self._flight(key, at)
        if flight is None:
            return self._last(entry, at)
        if is_own:
            self._ask(flight, key, wait)
        elif not flight.done.wait(wait / 1000):
            self._counters.add("late")
            return self._last(entry, at)
        return self._last(entry, at) if flight.answer is None else _usable(flight.answer, at)

    def warm(self, keys: Iterable[str], at: int) -> int:
        """Ask for keys that will be wanted; how many there are."""
        found = sum(self.read(key, at, self._timeout) is not None for key in islice(keys, MOST_WARMED))
        self._counters.add("warmed", found)
        return found

    def _flight(self, key: str, at: int) -> tuple[_Flight[T] | None, bool]:
        """The question under way, or a new one, which the caller has to ask; None where none may be asked."""
        with self._lock:
            other = self._flights.get(key)
            if other is not None and self._monotonic() < other.until:
                self._counters.add("joined")
                return other, False
            if self._pause.holds(at):
                self._counters.add("paused")
                return None, False
            if len(self._flights) >= MOST_FLIGHTS and other is None:
                self._counters.add("shed")
                return None, False
            if self._pause.failures >= _FAILURES_TO_PAUSE:
                self._pause.since = at  # one tries, and the others go on pausing
            flight = self._flights[key] = _Flight(at, self._monotonic() + 2 * self._timeout / 1000)
            return flight, True

    def _ask(self, flight: _Flight[T], key: str, wait: float) -> None:
        started = self._monotonic()
        try:
            text = self._kv.get(key, wait / 1000)
            is_in_time = (self._monotonic() - started) * 1000 <= self._timeout
            found = self._found(text, key, flight.at)
        except TimeoutError:
            if wait == self._timeout:  # else it was the request that had no more time, not the KV that was slow
                self._judge(is_good=False, at=flight.at)
            self._counters.add("late")
        except Exception:  # the border: whatever the KV's client raises, nothing is known
            self._judge(is_good=False, at=flight.at)
            self._counters.add("failed")
        else:
            if found is not None:
                self._judge(is_good=is_in_time, at=flight.at)
                self._counters.add("missing" if found.value is None else "kv")
                flight.answer = self._remember(key, found, flight.at)
        finally:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.done.set()

    def _found(self, text: object, key: str, at: int) -> Found[T] | None:
        """A text that counts for nothing says nothing of the KV's health: it is believed for as long as an absence."""
        nothing: Found[T] = Found(None, self._absent, 0, inf)
        if text is None:
            return nothing
        found = self._opened(text, key, at) if isinstance(text, str) else None
        if found is None:
            self._counters.add("rejected")
            entry = self._memory.take(key)
            last = nothing if entry is None else entry.found
            self._memory.put(key, _Entry(last, at, at + self._absent))
        return found

    def _remember(self, key: str, found: Found[T], at: int) -> _Entry[T]:
        """A KV is only eventually consistent: an older text does not replace a newer one. An absence does."""
        last = self._memory.take(key)
        kept = found
        if last is not None and found.value is not None and last.found.issued > found.issued:
            self._counters.add("older")
            kept = last.found
        entry = _Entry(kept, at, min(at + kept.ttl, kept.expires))
        self._memory.put(key, entry)
        return entry

    def _judge(self, *, is_good: bool, at: int) -> None:
        with self._lock:
            pause = self._pause
            pause.failures = 0 if is_good else pause.failures + 1
            if pause.failures >= _FAILURES_TO_PAUSE:
                pause.since = at
                doublings = min(pause.failures - _FAILURES_TO_PAUSE, _MOST_DOUBLINGS)
                pause.length = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**doublings)

    def _last(self, entry: _Entry[T] | None, at: int) -> Found[T] | None:
        found = None if entry is None else _usable(entry, at)
        if found is not None:
            self._counters.add("stale")
        return found


def _usable(entry: _Entry[T], at: int) -> Found[T] | None:
    found = entry.found
    return found if found.value is not None and at < found.expires else None
