"""What a drill is: phases of trials, each a request with what its answer must be; and what a run found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from decision_engine.compact_json import Json
from infra.drills.checking import Check
from infra.drills.client import Request
from infra.drills.place import Place

ADDED_MS = 25.0
"""How much slower than an ordinary request a trial's p99 may be where a drill names no bound of its own."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A request, and the check of its answer. A 5xx is a fault whatever the check says."""

    request: Request
    check: Check


@dataclass(frozen=True, slots=True)
class Phase:
    """Trials that are sent under one condition, over and over until as many are sent as wanted.

    `enter` brings the condition about and `leave` ends it, returning what else is wrong (counters, sinks). The trials'
    p99 may be `added_ms` more than that of ordinary requests sent by turns with them, as many at a time: `connections`.
    `usual` are those ordinary requests; page views by default. `share` is the phase's part of the drill's requests.
    """

    name: str
    trials: Sequence[Trial]
    enter: Callable[[], None] = lambda: None
    leave: Callable[[], Iterable[str]] = tuple
    added_ms: float = ADDED_MS
    connections: int = 8
    share: float = 1.0
    usual: Sequence[Trial] = ()


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill of the list in docs/drills.md.

    `needs` says why it cannot run at a place, or None; `place` opens a place of its own where one is needed; `phases`
    makes the trials; `examine` looks at what needs no request (compile time, other engines) and returns what is wrong.
    """

    id: int
    name: str
    expected: str
    phases: Callable[[Place], Iterable[Phase]]
    place: Callable[[Place], AbstractContextManager[Place]] = nullcontext
    examine: Callable[[Place], Iterable[str]] = lambda _: ()
    needs: Callable[[Place], str | None] = lambda _: None
    weight: float = 1.0


@dataclass(slots=True)
class Found:
    """What a drill found: `problems` are texts of the first faults, `faults` how many there were."""

    id: int
    name: str
    requests: int = 0
    status_5xx: int = 0
    malformed: int = 0
    p99_added_ms: float | None = None
    faults: int = 0
    problems: list[str] = field(default_factory=list)
    skipped: str | None = None

    @property
    def passed(self) -> bool | None:
        """None for a drill that was not run."""
        return None if self.skipped is not None else not self.faults

    def note(self, problem: str, *, is_one_of_many: bool = False) -> None:
        """Count a fault and keep its text; of those that many trials may have, the first ones."""
        self.faults += 1
        if not is_one_of_many or len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def to_json(self) -> dict[str, Json]:
        """The drill's entry of a report."""
        return {
            "id": self.id,
            "name": self.name,
            "requests": self.requests,
            "status_5xx": self.status_5xx,
            "malformed": self.malformed,
            "p99_added_ms": None if self.p99_added_ms is None else round(self.p99_added_ms, 3),
            "passed": self.passed,
            **({"problems": list(self.problems)} if self.problems else {}),
            **({} if self.skipped is None else {"skipped": self.skipped}),
        }


MOST_PROBLEMS = 10
