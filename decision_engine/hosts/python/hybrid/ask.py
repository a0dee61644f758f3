"""Escalation: the decisions of a request that are unsure ask the cloud, all in one call, within what is left of the
request's time. Nothing is raised, and nothing is later than the budget: what did not come in time, or cannot be used,
leaves the edge's own outcomes as they are, and is counted by its reason.

Equal questions at the same time are one call, whose answer is read once; each request waits for it no longer than its
own deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from threading import Lock
from typing import NamedTuple, TypeAlias

from ..decided import Decided
from ..leaves import Leaf, Replacement
from ..serve import Served
from ..tables import Tables
from .answer import Answer, read_answer, refused, replacement_of
from .breaker import Breaker, State
from .budget import Budget
from .question import LONGEST_QUESTION, Asked, choices, finish_question, write_question
from .tables import HybridTable

MOST_CALLS = 64
"""Calls at the same time; beyond these nobody asks."""

COUNTERS = (
    "asked",
    "coalesced",
    "answered",
    "replaced",
    "unanswered",
    "overdue",
    "open",
    "busy",
    "no-time",
    "too-long",
    "late",
    "failed",
    "status",
    "throttled",
    "not-json",
    "too-large",
    "bad-answer",
    "other-registry",
)
"""What is counted: calls, requests by what came of them, and decisions (`replaced`, `unanswered`, `overdue`)."""

_KEY_PARTS = 4
_LONGEST_RETRY_AFTER = 6  # digits
_BLAMELESS = (None, "other-registry")  # what must not be called a failure of the cloud's
_EARLY = 1  # waits may end so many ms before their time


class Reply(NamedTuple):
    """What the cloud sent: its status, header names in lower case, and at most one byte more than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Ask: TypeAlias = Callable[[bytes, int, Mapping[str, str], int], Reply]
"""Sends a question: body, deadline in ms, headers, and how many bytes of the answer to read. It may raise anything."""

Start: TypeAlias = Callable[[Callable[[], None]], None]
"""Runs a call beside the caller, or where that is impossible at once."""


class _Call:
    """A call that runs; `ends` is its deadline by the monotonic clock."""

    def __init__(self, ticket: int, ends: float) -> None:
        self.ticket = ticket
        self.ends = ends
        self.is_over = False
        self.answer: Future[Answer] = Future()


class Hybrid:
    """Escalation of one running edge.

    `read` gives the features of a request as they were served; `random` draws from 0 to 1; `now` is a clock in ms that
    never goes back; `start` runs a call, so that waiting for it can end before it does.
    """

    def __init__(
        self,
        table: HybridTable,
        tables: Tables,
        ask: Ask,
        *,
        names: Sequence[str],
        read: Callable[[Decided], Iterable[Served]],
        random: Callable[[], float],
        now: Callable[[], float],
        start: Start,
    ) -> None:
        self._table = table
        self._tables = tables
        self._ask = ask
        self._names = names
        self._read = read
        self._random = random
        self._now = now
        self._start = start
        self._choice_at = choices(tables)
        self._breaker = Breaker(table["breaker"], random)
        self._calls: dict[str, _Call] = {}  # those that run, by question
        self._lock = Lock()  # of the calls, the breaker and the counters
        self.counters = dict.fromkeys(COUNTERS, 0)

    @property
    def breaker(self) -> State:
        """The state of the breaker as it was when last asked."""
        return self._breaker.state

    def latency(self, chosen: Sequence[int]) -> int:
        """The time in ms that a request for these decisions has."""
        needed = [self._table["latencies"].get(self._names[number]) for number in chosen]
        return min((one for one in needed if one is not None), default=self._table["latency"])

    def blocks(self) -> bool:
        """Whether the breaker lets nobody through now; then it is counted, and nothing need be prepared."""
        with self._lock:
            is_blocked = self._breaker.blocks(self._now())
            self.counters["open"] += int(is_blocked)
        return is_blocked

    def escalate(
        self, decided: Decided, leaves: Sequence[Leaf | None], budget: Budget, traceparent: str | None = None
    ) -> dict[int, Replacement]:
        """The outcomes of the cloud by decision; `leaves` are those of `decided.chosen`, in its order.

        Of requests that share a call, the first one's trace goes with it.
        """
        try:
            return self._replace(decided, leaves, budget, traceparent)
        except Exception:
            self._count("failed")  # our own fault, never the shopper's
            return {}

    def _replace(
        self, decided: Decided, leaves: Sequence[Leaf | None], budget: Budget, traceparent: str | None
    ) -> dict[int, Replacement]:
        codes, asking = decided.codes, [leaf for leaf in leaves if leaf is not None and leaf.ask]
        if codes is None or not asking:
            return {}
        asked = [
            Asked(number, self._names[number], codes[number], leaf.ask)
            for number, leaf in zip(decided.chosen, leaves, strict=True)
            if leaf is not None and leaf.ask
        ]
        if self.blocks():
            return {}
        given = (decided.request or {}).get("units")
        text = write_question(
            self._tables["registry"],
            asked,
            self._choice_at,
            asking,
            self._read(decided),
            given if isinstance(given, dict) else {},
            self._table["units"],
        )
        begin = self._now()
        deadline = budget.grant(max(one.within for one in asked), self._table["reserve"])
        if deadline == 0:
            self._count("no-time")
            return {}
        running = self._call_for(text, asked, decided.at, deadline, begin + deadline, traceparent)
        if running is None:
            return {}
        try:
            found = running.answer.result(timeout=max(0.0, begin + deadline - self._now()) / 1000)
        except WaitedTooLong:
            found = refused("late")
            if self._now() + _EARLY >= running.ends:
                self._give_up(text, running)
        taken = self._now() - begin
        if taken > deadline and found.reason is None:
            found = refused("late")
        self._count(found.reason or "answered")
        return self._chosen(asked, found, taken) if found.decisions else {}

    def _call_for(
        self, text: str, asked: Sequence[Asked], at: int, deadline: int, ends: float, traceparent: str | None
    ) -> _Call | None:
        """The running call of an equal question, or a new one; None, with a reason counted, where none may be made."""
        with self._lock:
            now = self._now()
            running = self._calls.get(text)
            if running is not None and now < running.ends:
                self.counters["coalesced"] += 1
                return running
            if len(text) > LONGEST_QUESTION:
                self.counters["too-long"] += 1
                return None
            if len(self._calls) >= MOST_CALLS:
                self._calls = {key: one for key, one in self._calls.items() if one.ends > now}
            if len(self._calls) >= MOST_CALLS:
                self.counters["busy"] += 1
                return None
            ticket = self._breaker.admit(now)
            if ticket is None:
                self.counters["open"] += 1
                return None
            self.counters["asked"] += 1
            begun = self._calls[text] = _Call(ticket, ends)
        self._start(lambda: self._call(text, asked, at, deadline, begun, traceparent))
        return begun

    def _call(
        self, text: str, asked: Sequence[Asked], at: int, deadline: int, begun: _Call, traceparent: str | None
    ) -> None:
        """Make the call; what it gives never fails."""
        most = self._table["answer_bytes"]
        retry_after: int | None = None
        try:
            headers = {"content-type": "application/json", "idempotency-key": f'"{self._draw_key()}"'}
            headers |= {} if traceparent is None else {"traceparent": traceparent}
            reply = self._ask(finish_question(text, at, deadline).encode(), deadline, headers, most)
            if reply.status == 200:
                is_whole = len(reply.body) <= most
                registry = self._tables["registry"]
                found = read_answer(reply.body, registry, asked, self._choice_at) if is_whole else refused("too-large")
            elif reply.status in (429, 503):
                found, retry_after = refused("throttled"), _retry_after(reply.headers)
            else:
                found = refused("status")
        except TimeoutError:
            found = refused("late")
        except Exception:
            found = refused("failed")
        with self._lock:
            self._forget(text, begun)
            if not begun.is_over:
                begun.is_over = True
                now = self._now()
                if retry_after is not None:
                    self._breaker.refused(begun.ticket, now, retry_after)
                elif found.reason in _BLAMELESS:
                    self._breaker.succeeded(begun.ticket, now)
                else:
                    self._breaker.failed(begun.ticket, now)
        begun.answer.set_result(found)

    def _give_up(self, text: str, running: _Call) -> None:
        """A call that was too late counts as failed at once, not when it ends; equal questions make a new one."""
        with self._lock:
            self._forget(text, running)
            if not running.is_over:
                running.is_over = True
                self._breaker.failed(running.ticket, self._now())

    def _forget(self, text: str, call: _Call) -> None:
        if self._calls.get(text) is call:
            del self._calls[text]

    def _chosen(self, asked: Sequence[Asked], found: Answer, taken: float) -> dict[int, Replacement]:
        replaced = {}
        for one in asked:
            keys = found.decisions.get(one.name)
            if keys is None:
                self._count("unanswered")
            elif taken > one.within:
                self._count("overdue")
            else:
                self._count("replaced")
                choice = self._choice_at(one.number)
                replaced[one.number] = replacement_of(keys, choice, one.code, self._tables["payloads"])
        return replaced

    def _count(self, reason: str) -> None:
        with self._lock:
            self.counters[reason] += 1

    def _draw_key(self) -> str:
        """128 random bits as hexadecimal digits: the cloud tells by it that a call is the same one again."""
        return "".join(f"{int(self._random() * 2**32):08x}" for _ in range(_KEY_PARTS))


def _retry_after(headers: Mapping[str, str]) -> int:
    """`retry-after` in ms; 0 where it says none in seconds."""
    text = headers.get("retry-after", "")
    if len(text) > _LONGEST_RETRY_AFTER or not (text.isascii() and text.isdigit()):
        return 0
    return int(text) * 1000
