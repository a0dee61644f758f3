"""Runs drills at a place: trials by turns with ordinary requests, each answer checked, latencies compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from random import Random
from statistics import median

from infra.drills.client import Reply, exchange
from infra.drills.drill import Drill, Found, Phase, Trial
from infra.drills.place import Place
from infra.drills.requests import page_views
from infra.load.client import percentile

ROUNDS = 7
LEAST_TIMED = 1_000
"""With fewer requests in a phase its p99 is told but not held to a bound: it would be one slow answer."""

MORE_ATTEMPTS = 2
"""How often a phase that was too slow is run again: a busy machine is slow once, a slow worker always."""

_ORDINARY = 2_000
_LINES, _LINE = 5, 400
_COMPLAINT = "edgewise: served the neutral answer"


def run_drills(
    place: Place,
    drills: Sequence[Drill],
    requests: int,
    progress: Callable[[int], None] = lambda _: None,
    begin: Callable[[Drill], None] = lambda _: None,
) -> list[Found]:
    """Run each drill that can run here, with about `requests` requests in all. Raises EngineError when the worker is
    gone."""
    reasons = {drill.id: drill.needs(place) for drill in drills}
    weights = sum(drill.weight for drill in drills if reasons[drill.id] is None)
    found = []
    for drill in drills:
        begin(drill)
        reason = reasons[drill.id]
        if reason is None:
            with drill.place(place) as own:
                found.append(_run(own, drill, max(1, round(requests * drill.weight / weights)), progress))
        else:
            found.append(Found(drill.id, drill.name, skipped=reason))
    return found


def ordinary(place: Place, count: int) -> Sequence[Trial]:
    """Page views of known visitors."""
    return [Trial(request, place.checker.decided()) for request in islice(page_views(place), count)]


def _run(place: Place, drill: Drill, requests: int, progress: Callable[[int], None]) -> Found:
    found = Found(drill.id, drill.name)
    for problem in drill.examine(place):
        found.note(problem)
    phases = list(drill.phases(place))
    shares = sum(phase.share for phase in phases)
    usual = ordinary(place, min(_ORDINARY, requests))
    for phase in phases:
        count = max(1, round(requests * phase.share / shares))
        added = _attempt(place, phase, usual, count, found, progress)
        for _ in range(MORE_ATTEMPTS if count >= LEAST_TIMED else 0):
            if added > phase.added_ms:
                added = min(added, _attempt(place, phase, usual, count, found, progress))
        if added > phase.added_ms and count >= LEAST_TIMED:
            found.note(f"{phase.name}: p99 grew by {added:.1f} ms, expected at most {phase.added_ms:g} ms")
        if found.p99_added_ms is None or added > found.p99_added_ms:
            found.p99_added_ms = added
    if not place.process.is_running:
        found.note("the worker's process ended")
    return found


def _attempt(
    place: Place,
    phase: Phase,
    usual: Sequence[Trial],
    count: int,
    found: Found,
    progress: Callable[[int], None],
) -> float:
    """Bring the phase's condition about, send its trials, end it; gives how much the p99 grew, in ms."""
    place.neighbours.reset()
    phase.enter()
    complaints, errors = place.process.log().count(_COMPLAINT), found.status_5xx
    try:
        added = _rounds(place, phase, usual, count, found, progress)
    finally:
        problems = list(phase.leave())
        place.neighbours.reset()
    if place.process.log().count(_COMPLAINT) > complaints:
        problems.append("an exception inside became neutral outcomes: the worker's log names it")
    if found.status_5xx > errors:
        said = place.process.log().strip().splitlines()
        problems += [f"the worker's log: {line[:_LINE]}" for line in said[-_LINES:]]
    for problem in problems:
        found.note(f"{phase.name}: {problem}")
    return added


def _rounds(
    place: Place,
    phase: Phase,
    usual: Sequence[Trial],
    count: int,
    found: Found,
    progress: Callable[[int], None],
) -> float:
    """Ordinary requests and trials by turns; the p99 added is the median of the rounds' differences."""
    chosen = _spread(phase.trials, count)
    rounds = max(1, min(ROUNDS, len(chosen) // phase.connections))
    size = max(1, -(-len(chosen) // rounds))
    added = []
    for start in range(0, len(chosen), size):
        trials = chosen[start : start + size]
        fewer = max(len(trials) // 3, min(len(trials), phase.connections))
        before = _send(place, _turn(phase.usual or usual, start, fewer), phase.connections, None)
        replies = _send(place, trials, phase.connections, found, phase.name)
        progress(len(trials))
        added.append(_p99(replies) - _p99(before))
    return median(added)


def _send(
    place: Place, trials: Sequence[Trial], connections: int, found: Found | None, phase: str = ""
) -> Sequence[Reply]:
    """Exchange the trials, and then look at the replies; those of ordinary requests are only timed."""
    replies = exchange(place.port, [trial.request for trial in trials], connections)
    if found is not None:
        for trial, reply in zip(trials, replies, strict=True):
            _judge(trial, reply, found, phase)
    return replies


def _judge(trial: Trial, reply: Reply, found: Found, phase: str) -> None:
    found.requests += 1
    if reply.status >= 500:
        found.status_5xx += 1
        found.note(f"{phase}: status {reply.status} to {trial.request.raw[:160]!r}", is_one_of_many=True)
        return
    fault = trial.check(reply)
    if fault is not None:
        found.malformed += fault.kind == "malformed"
        found.note(f"{phase}: {fault.text}; asked {trial.request.raw[:160]!r}", is_one_of_many=True)


def _spread(trials: Sequence[Trial], count: int) -> list[Trial]:
    """So many trials: all of them over and over, or else some drawn from everywhere, the same ones every time."""
    if count >= len(trials):
        return [trials[index % len(trials)] for index in range(count)]
    return [trials[index] for index in sorted(Random(count).sample(range(len(trials)), count))]


def _turn(trials: Sequence[Trial], start: int, count: int) -> list[Trial]:
    return [trials[(start + index) % len(trials)] for index in range(count)]


def _p99(replies: Iterable[Reply]) -> float:
    """In ms."""
    return percentile([reply.seconds for reply in replies], 0.99) * 1000
