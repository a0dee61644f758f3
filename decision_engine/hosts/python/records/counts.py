"""Counters and histograms of a window, as lines of the telemetry log (docs/freshness.md): they add up, in any order.

What grows with visitors is bounded: further cells of region and device count under `(other)`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ..consent.gate import Outcome, Ruling, State
from .bins import age_bin, number_bin
from .outcomes import Outcomes
from .tables import (
    EDGE,
    NEUTRAL,
    STAGES,
    Facts,
    Reading,
    RecordsTable,
    WatchedFeature,
    known_degrade,
    known_method,
    known_route,
)

VERSION = 1
"""The version of the lines."""

UNKNOWN = "(unknown)"
OTHER = "(other)"
MOST_CELLS = 200
MOST_NAMES = 256
"""Outcomes of other places, endings of the gate and counted names that are told apart."""

Line = dict[str, Any]
_Key = TypeVar("_Key")
_OTHER_GATE = Outcome(OTHER, OTHER, (Ruling(OTHER, State.UNKNOWN, allowed=False, basis=OTHER),))


class Counts:
    """Grows by requests; `take` gives the lines and begins anew."""

    def __init__(self, table: RecordsTable, outcomes: Outcomes, digests: Mapping[str, str]) -> None:
        self._features = {feature["name"]: feature for feature in table["features"]}
        self._outcomes = outcomes
        self._digests = digests
        self._clear()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been counted."""
        return self._start is None

    def add(self, facts: Facts, shown: Mapping[str, str], *, is_quiet: bool) -> None:
        """Count a request, whose treated fields are `shown`; of a quiet one, no values."""
        self._see(facts.at)
        degrade = known_degrade(facts.degrade)
        key = (known_route(facts.route), known_method(facts.method), facts.status, degrade)
        self._requests[key] += 1
        if facts.duration is not None:
            self._durations.setdefault(key, Counter())[number_bin(max(0, facts.duration))] += 1
        self._add_endings(facts)
        for stage, spent in zip(STAGES, facts.stages or (), strict=False):
            if spent is not None:
                self._stages.setdefault((stage, degrade), Counter())[number_bin(max(0, spent))] += 1
        if facts.gate is not None:
            self._consent[_bounded(self._consent, facts.gate, _OTHER_GATE)] += 1
        if facts.readings is not None:
            self._add_readings(facts.readings, shown, facts.at, is_quiet=is_quiet)
        for model, score in () if is_quiet else facts.scores or ():
            self._scores.setdefault(model, Counter())[number_bin(score)] += 1

    def count(self, stage: str, name: str, at: int, times: int) -> None:
        """Count something that has a name and no more to it, before the window is taken: it belongs to all of it."""
        if self.is_empty:
            self._see(at)
        self._counted[_bounded(self._counted, (stage, name), (stage, OTHER))] += times

    def take(self, registry: str) -> Line:
        """The window that is over: what all of its lines have in common, and the lines."""
        about: Line = {"telemetry": VERSION, "from": self._start, "to": self._end, "registry": registry}
        window = about | {"lines": list(self._lines())}
        self._clear()
        return window

    def _clear(self) -> None:
        self._start: int | None = None
        self._end: int | None = None
        self._endings: Counter[tuple[int, int, int, str]] = Counter()
        self._replaced: Counter[tuple[int, int, int, str | None, str, str]] = Counter()
        self._requests: Counter[tuple[str, str, int, str]] = Counter()
        self._durations: dict[tuple[str, str, int, str], Counter[int]] = {}
        self._stages: dict[tuple[str, str], Counter[int]] = {}
        self._consent: Counter[Outcome] = Counter()
        self._cells: Counter[tuple[str, str]] = Counter()
        self._served: dict[tuple[str, tuple[str, str]], tuple[Counter[str], Counter[int], list[int]]] = {}
        self._values: dict[str, tuple[Counter[str], list[int]]] = {}
        self._scores: dict[str, Counter[int]] = {}
        self._counted: Counter[tuple[str, str]] = Counter()

    def _see(self, at: int) -> None:
        self._start = at if self._start is None else min(self._start, at)
        self._end = at if self._end is None else max(self._end, at)

    def _add_endings(self, facts: Facts) -> None:
        degrade = known_degrade(facts.degrade)
        for decision in facts.chosen:
            replaced = None if facts.replaced is None else facts.replaced.get(decision)
            if facts.neutral:
                self._replaced[decision, -1, -1, None, NEUTRAL, degrade] += 1
                continue
            leaf, item = self._outcomes.ending(decision, facts.codes)
            self._outcomes.told(decision, leaf, item)  # raises on codes that the tables do not know
            if replaced is None:
                self._endings[decision, leaf, item, degrade] += 1
                continue
            key = (decision, leaf, item, replaced.outcome, replaced.mode, degrade)
            self._replaced[_bounded(self._replaced, key, (*key[:3], OTHER, *key[4:]))] += 1

    def _add_readings(self, readings: Sequence[Reading], shown: Mapping[str, str], at: int, *, is_quiet: bool) -> None:
        cell = (shown.get("country", UNKNOWN), shown.get("device", UNKNOWN))
        cell = _bounded(self._cells, cell, (OTHER, OTHER), MOST_CELLS)
        self._cells[cell] += 1
        for reading in readings:
            feature = self._features.get(reading.name)
            if feature is None:
                continue
            key = (feature["name"], cell)
            statuses, ages, beyond = self._served.setdefault(key, (Counter(), Counter(), [0]))
            statuses[str(reading.status)] += 1
            if reading.age is not None:
                ages[age_bin(reading.age)] += 1
                beyond[0] += feature["max_age"] is not None and reading.age > feature["max_age"]
            if feature["scale"] is not None and not is_quiet:
                bins, absent = self._values.setdefault(feature["name"], (Counter(), [0]))
                found = _bin(feature, reading, at)
                if found is None:
                    absent[0] += 1
                else:
                    bins[found] += 1

    def _lines(self) -> Iterator[Line]:
        for (decision, leaf, item, degrade), count in self._endings.items():
            yield self._decided(decision, leaf, item, EDGE, degrade, count)
        for (decision, leaf, item, outcome, mode, degrade), count in self._replaced.items():
            line = self._decided(decision, leaf, item, mode, degrade, count)
            yield line if outcome is None else line | {"outcome": outcome}
        for (route, method, status, degrade), count in self._requests.items():
            bins = self._durations.get((route, method, status, degrade), Counter[int]())
            yield {"kind": "requests", "route": route, "method": method, "status": status, "degrade": degrade} | {
                "count": count,
                "bins": _texts(bins),
            }
        for (stage, degrade), bins in self._stages.items():
            yield {"kind": "stages", "stage": stage, "degrade": degrade, "bins": _texts(bins)}
        rulings = Counter[tuple[str, str, str, str, str]]()
        for gate, count in self._consent.items():
            for one in gate.rulings:
                rulings[gate.place, gate.regime, one.purpose, str(one.state), one.basis] += count
        for ending, count in rulings.items():
            told = dict(zip(("place", "regime", "purpose", "state", "basis"), ending, strict=True))
            yield {"kind": "consent", **told, "count": count}
        for (region, device), count in self._cells.items():
            yield {"kind": "sessions", "region": region, "device": device, "count": count}
        for (feature, (region, device)), (statuses, ages, beyond) in self._served.items():
            served = {"kind": "served", "feature": feature, "region": region, "device": device}
            yield served | {"counts": dict(statuses), "beyond": beyond[0], "ages": _texts(ages)}
        for feature, (labels, absent) in self._values.items():
            about = {
                "feature": feature,
                "version": self._features[feature]["version"],
                "scale": self._features[feature]["scale"],
            }
            yield {"kind": "values", **about, "bins": dict(labels), "absent": absent[0]}
        for model, bins in self._scores.items():
            if model in self._digests:
                about = {"model": model, "digest": self._digests[model], "scale": "number"}
                yield {"kind": "scores", **about, "bins": _texts(bins)}
        for (stage, name), count in self._counted.items():
            yield {"kind": "counted", "stage": stage, "name": name, "count": count}

    def _decided(self, decision: int, leaf: int, item: int, mode: str, degrade: str, count: int) -> Line:
        told = self._outcomes.told(decision, leaf, item)
        return {
            "kind": "decided",
            "decision": self._outcomes.names[decision],
            "outcome": told.outcome,
            "reason": told.reason,
            "rule": told.rule,
            "experiment": told.experiment,
            "variation": told.variation,
            "mode": mode,
            "degrade": degrade,
            "count": count,
        }


def _bounded(known: Mapping[_Key, object], key: _Key, other: _Key, most: int = MOST_NAMES) -> _Key:
    return key if key in known or len(known) < most else other


def _texts(bins: Mapping[int, int]) -> dict[str, int]:
    return {str(place): count for place, count in bins.items()}


def _bin(feature: WatchedFeature, reading: Reading, at: int) -> str | None:
    """The bin or label of a value that is present; a number at a time is one since then, of tags it is how many."""
    value = reading.value
    if str(reading.status) != "present" or value is None:
        return None
    if feature["scale"] == "number":
        if isinstance(value, frozenset):
            return str(number_bin(len(value)))
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        return str(number_bin((at - value) / 1000 if feature["type"] == "timestamp" else value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and value in feature["labels"] else OTHER
