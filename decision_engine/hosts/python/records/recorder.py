"""The recorder: what a request was, counted at once, and kept as an event where sampling says so; sent afterwards."""

from __future__ import annotations

import json
import math
import struct
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from threading import RLock

from ..murmur import halves
from ..tables import Decision
from .counts import Counts
from .events import About, Event, Kept, counts_event, evaluation_event
from .fields import Fields
from .keys import Keys
from .outbox import Outbox, Sink
from .outcomes import Outcomes, Told
from .sampling import DAY, ERROR, EXPERIMENT, FALL, RANDOM, Repeats, is_sampled, unit_hash
from .tables import EDGE, FALLBACK, NEUTRAL, Facts, RecordsTable, known_degrade, known_method, known_route

MOST_CELLS = 1000
"""Combinations of shown fields that are told apart; further ones count as rare."""

_FLOOR = 2**32
_LONGEST_NAME = 64
_WORDS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_")  # no digits: then it is no id
_ABSENT = float("-inf")  # a vector's element that is missing; infinities are no values

StageCounters = Callable[[], Mapping[str, Mapping[str, int]]]
"""Counters that stages keep themselves: stage -> name -> how often since the start."""


class Recorder:
    """Takes facts of requests. `record` never raises and never waits; `flush` sends, after the answer has gone.

    `random` gives numbers of [0, 1), `sleep` waits for so many ms, `new_id` draws the id of this recorder, which begins
    those of its events.
    """

    def __init__(
        self,
        table: RecordsTable,
        decisions: Sequence[Decision],
        about: About,
        *,
        keys: Keys,
        sink: Sink,
        clock: Callable[[], int],
        random: Callable[[], float],
        new_id: Callable[[], str],
        sleep: Callable[[float], None],
        stages: StageCounters = dict,
    ) -> None:
        self._table = table
        self._about = about
        self._keys = keys
        self._clock = clock
        self._random = random
        self._stages = stages
        self._outcomes = Outcomes(decisions)
        self._counts = Counts(table, self._outcomes, table["digests"])
        self._fields = Fields(table["fields"], table["dropped"], self._count)
        self._outbox = Outbox(sink, self._count, random=random, sleep=sleep)
        self._repeats = Repeats(table["repeat_after"])
        self._kept: deque[Kept] = deque()
        self._cells: Counter[tuple[tuple[str, str], ...]] = Counter()
        self._day = -1
        self._id = new_id()
        self._events = 0
        self._own: Counter[str] = Counter()
        self._told: dict[tuple[str, str], int] = {}
        self._due = 0
        self._paused_until = 0
        self._flushing = False
        self._lock = RLock()  # servers answer in threads
        self._hides_unit = not any(one["name"] == "unit" and one["treatment"] == "hmac" for one in table["fields"])

    def wants_readings(self) -> bool:
        """Whether the next request's features should be read for the record; a share of all, by chance."""
        return self._random() < self._table["readings"]

    def record(self, facts: Facts) -> bool:
        """Count a request and keep what is to be kept; True when it is time to flush."""
        with self._lock:
            try:
                self._record(facts)
            except Exception:  # telemetry never fails a request; what it could not take is counted
                self._count("not-recorded")
            return self._is_due(facts.at)

    def flush(self) -> bool:
        """Send what there is; False when the sink did not take all of it. Nothing is raised."""
        with self._lock:
            if self._flushing:
                return False
            self._flushing = True
        sent = False
        try:
            sent = self._outbox.send() and self._fill(with_counts=True) and self._outbox.send()
            while sent and self._kept:
                sent = self._fill(with_counts=False) and self._outbox.send()
        except Exception:  # telemetry fails nobody; what happened is counted
            self._count("not-sent")
        self._due = self._clock() + self._table["flush_after"]
        self._paused_until = 0 if sent else self._due
        self._flushing = False
        return sent

    def _record(self, facts: Facts) -> None:
        is_quiet = facts.quiet or self._table["purpose"] in facts.denied
        treated = self._fields.treat(facts.fields)
        self._counts.add(facts, treated.shown, is_quiet=is_quiet)
        is_rare = self._is_rare(treated.shown, facts.at)
        if is_quiet:
            self._count("counts-only")
            return
        place: int | None = None
        for decision in facts.chosen:
            leaf, item = (-1, -1) if facts.neutral else self._outcomes.ending(decision, facts.codes)
            told = self._outcomes.told(decision, leaf, item)
            replaced = None if facts.replaced is None else facts.replaced.get(decision)
            mode = NEUTRAL if facts.neutral else EDGE if replaced is None else replaced.mode
            why = _why(mode, told)
            if why == RANDOM and self._table["rate"] == 0:
                continue
            if place is None:
                place = int(self._random() * _FLOOR) if facts.unit is None else unit_hash(facts.unit, facts.at)
            if self._is_kept(decision, leaf, told, why, place, facts.at, is_rare=is_rare):
                outcome = told.outcome if replaced is None or replaced.outcome is None else replaced.outcome
                shown = {} if is_rare else treated.shown
                self._keep(facts, decision, told, outcome, mode, why, shown, treated.ids)

    def _is_kept(self, decision: int, leaf: int, told: Told, why: str, place: int, at: int, *, is_rare: bool) -> bool:
        table = self._table
        if why == RANDOM and not is_sampled(place, table["rate"]):
            return False
        if (
            self._outcomes.names[decision] in table["sensitive_decisions"]
            or told.experiment in table["sensitive_experiments"]
        ):
            self._count("sensitive")
            return False
        if why == RANDOM and is_rare:
            self._count("rare")
            return False
        if why == EXPERIMENT and self._repeats.is_repeated(place, decision, leaf, at):
            self._count("repeated")
            return False
        return True

    def _keep(
        self,
        facts: Facts,
        decision: int,
        told: Told,
        outcome: str | None,
        mode: str,
        why: str,
        shown: Mapping[str, str],
        ids: Mapping[str, str],
    ) -> None:
        if len(self._kept) >= self._table["queue"]:
            self._count("queue-full")
            return
        self._kept.append(
            Kept(
                at=facts.at,
                decision=self._outcomes.names[decision],
                told=told,
                outcome=outcome,
                mode=mode,
                degrade=known_degrade(facts.degrade),
                why=why,
                rate=self._table["rate"] if why == RANDOM else 1,
                unit=None if self._hides_unit else facts.unit,
                ids=ids,
                shown=shown,
                features=None if facts.vector is None else hash_vector(facts.vector),
                models=self._table["models"].get(self._outcomes.names[decision], []),
                trace=facts.trace,
                status=facts.status,
                method=known_method(facts.method),
                route=known_route(facts.route),
            )
        )

    def _is_rare(self, shown: Mapping[str, str], at: int) -> bool:
        """Whether fewer requests of the day than the smallest cell had these fields, as far as this recorder saw."""
        if at // DAY != self._day:
            self._day = at // DAY
            self._cells.clear()
        cell = tuple(shown.items())
        if cell not in self._cells and len(self._cells) >= MOST_CELLS:
            return True
        self._cells[cell] += 1
        return self._cells[cell] < self._table["minimum_cell"]

    def _is_due(self, at: int) -> bool:
        if self._due == 0:
            self._due = at + self._table["flush_after"]
        if self._flushing or at < self._paused_until:
            return False
        return at >= self._due or len(self._kept) >= self._table["batch"]

    def _fill(self, *, with_counts: bool) -> bool:
        """Put a batch of what was counted and kept into the outbox, which is empty; True."""
        with self._lock:
            batch = [self._kept.popleft() for _ in range(min(len(self._kept), self._table["batch"]))]
            events = [self._event(kept) for kept in batch]
            self._count_stages()
            if with_counts and not self._counts.is_empty:
                window = self._counts.take(self._about.registry)
                events.insert(0, counts_event(self._about, self._next_id(), self._clock(), window))
        if events:
            body = json.dumps(events, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
            self._outbox.put(body, len(events))
        return True

    def _event(self, kept: Kept) -> Event:
        named = {**kept.ids, "unit": kept.unit, "features": kept.features}
        found = {name: self._keys.pseudonym(text, kept.at) for name, text in named.items() if text is not None}
        pseudonyms = {name: text for name, text in found.items() if text is not None}
        if len(pseudonyms) < len(found):
            self._count("no-key")
        return evaluation_event(self._about, self._next_id(), kept, pseudonyms)

    def _next_id(self) -> str:
        self._events += 1
        return f"{self._id}.{self._events}"

    def _count(self, name: str, times: int = 1) -> None:
        with self._lock:
            self._own[name] += times

    def _count_stages(self) -> None:
        """Take over what the recorder counted, and by how much the stages' own counters have grown."""
        for name, times in self._own.items():
            self._counts.count("records", name, self._clock(), times)
        self._own.clear()
        for stage, counters in self._stages().items():
            for name, total in counters.items():
                grown = total - self._told.get((stage, name), 0)
                if grown > 0 and _is_words(stage) and _is_words(name):
                    self._told[stage, name] = total
                    self._counts.count(stage, name, self._clock(), grown)


def hash_vector(vector: Sequence[float]) -> str:
    """What stands for a vector until a key is put to it: 64 bits of its doubles, little endian, missing as -inf."""
    known = [_ABSENT if math.isnan(element) else element for element in vector]
    first, second = halves(struct.pack(f"<{len(known)}d", *known))
    return f"features:{first:08x}{second:08x}"


def _is_words(name: str) -> bool:
    """Whether a text can be the name of a counter: names are written by us, and what is not is no name."""
    return 1 <= len(name) <= _LONGEST_NAME and _WORDS.issuperset(name)


def _why(mode: str, told: Told) -> str:
    if mode == NEUTRAL:
        return ERROR
    if mode == FALLBACK:
        return FALL
    return RANDOM if told.experiment is None else EXPERIMENT
