"""Modes and escalation as a stage: what the edge is unsure about it asks the cloud, as its mode allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

from ..host import Host
from ..hybrid import Ask, Budget, Hybrid, HybridTable, Start
from ..leaves import Leaf
from ..modes import Health, ModesTable, ModeState, Signals, act, first_mode, next_mode
from ..tables import Tables
from .stages import Count, Stage
from .trail import Trail

MODE_LASTS = 50
"""The mode is looked at again after so many ms, and at once when the breaker has changed."""


class Release(NamedTuple):
    """Whether there is a valid release, and its age in ms where that is known."""

    valid: bool = True
    age: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """The way to the cloud: `ask` sends a question, `start` runs a call beside the caller."""

    ask: Ask
    start: Start


def hybrid_stage(
    tables: Tables,
    host: Host,
    cloud: Cloud | None,
    counters: MutableMapping[str, Count],
    *,
    monotonic: Callable[[], float],
    random: Callable[[], float],
    release: Callable[[int], Release] | None,
) -> Stage:
    """Without a cloud nobody asks; without a table of modes the mode is always `full`. `monotonic` gives ms."""
    service = tables.get("service") or {}
    table: HybridTable | None = service.get("hybrid")
    hybrid = None if table is None or cloud is None else _open(table, tables, host, cloud, monotonic, random)
    if hybrid is not None:
        counters["hybrid"] = lambda: dict(hybrid.counters)
    modes_table: ModesTable | None = service.get("modes")
    modes = None if modes_table is None else Modes(modes_table, hybrid, monotonic, release)

    def run(trail: Trail) -> None:
        if modes is not None:
            modes.see(trail)
        decided = trail.decided
        if decided is None or decided.codes is None:
            return
        leaves: list[Leaf | None] = [host.leaf(number, decided.codes) for number in decided.chosen]
        if modes is not None:
            leaves = modes.act(host, trail, leaves)
        if hybrid is None or not any(leaf is not None and leaf.ask for leaf in leaves):
            return
        budget = Budget(hybrid.latency(decided.chosen), monotonic, trail.begun)
        trail.replaced |= hybrid.escalate(decided, leaves, budget, None if trail.trace is None else trail.trace.header)

    return Stage("hybrid", run)


class Modes:
    """The mode of one running edge, by what its requests show."""

    def __init__(
        self,
        table: ModesTable,
        hybrid: Hybrid | None,
        monotonic: Callable[[], float],
        release: Callable[[int], Release] | None,
    ) -> None:
        self._table = table
        self._hybrid = hybrid
        self._monotonic = monotonic
        self._release = release
        self._health = Health()
        self._state: ModeState | None = None
        self._seen = float("-inf")
        self._breaker: str | None = None
        self._newest: int | None = None  # features that are no more synced grow old
        self._lock = Lock()

    @property
    def _cloud(self) -> str | None:
        return None if self._hybrid is None else self._hybrid.breaker

    def see(self, trail: Trail) -> None:
        """Take note of a request, and look at the mode where that is due."""
        with self._lock:
            now, cloud, at = self._monotonic(), self._cloud, trail.http.at
            state = self._state or first_mode(now)
            self._health.note(now - trail.begun, trail.is_neutral, now)
            self._note_features(trail.known.timestamps)
            if now - self._seen >= MODE_LASTS or cloud != self._breaker or now < self._seen:
                self._seen, self._breaker = now, cloud
                state = next_mode(self._table, state, self._signals(at, now, cloud), now)
            self._state = state
        trail.mode = state.mode
        trail.log = self._table["modes"][state.mode]["log"]

    def act(self, host: Host, trail: Trail, leaves: list[Leaf | None]) -> list[Leaf | None]:
        """Put in the neutral outcomes that the mode wants; gives the leaves as they may ask."""
        decided, state = trail.decided, self._state
        assert decided is not None and state is not None, "the mode is seen first"
        acted: list[Leaf | None] = []
        for number, leaf in zip(decided.chosen, leaves, strict=True):
            assert leaf is not None, "every decision that was asked for has a leaf"
            action = act(self._table, state, self._cloud, host.decisions[number], leaf)
            if action.is_neutral:
                trail.replaced[number] = host.neutral_of(number)
            acted.append(None if action.ask is None else leaf._replace(ask=action.ask))
        return acted

    def _note_features(self, timestamps: Mapping[str, object] | None) -> None:
        for written in (timestamps or {}).values():
            if isinstance(written, int) and (self._newest is None or written > self._newest):
                self._newest = written

    def _signals(self, at: int, now: float, cloud: str | None) -> Signals:
        release = Release() if self._release is None else self._release(at)
        return Signals(
            valid=release.valid,
            release_age=release.age,
            feature_age=None if self._newest is None else max(at - self._newest, 0),
            cloud=cloud,
            errors=self._health.errors(now),
            latency=self._health.latency(now),
        )


def _open(
    table: HybridTable,
    tables: Tables,
    host: Host,
    cloud: Cloud,
    monotonic: Callable[[], float],
    random: Callable[[], float],
) -> Hybrid:
    return Hybrid(
        table,
        tables,
        cloud.ask,
        names=host.decisions,
        read=host.read_decided,
        random=random,
        now=monotonic,
        start=cloud.start,
    )
