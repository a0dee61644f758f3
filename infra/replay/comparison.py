"""Outcomes of replayed requests: counted for each decision, and compared between two engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

SHOWN = 10
"""How many differences are kept to be shown."""


class Taken(NamedTuple):
    """An outcome as it is counted."""

    outcome: str | None
    experiment: str | None
    variation: str | None
    reason: str


_taken = itemgetter(*Taken._fields)
"""The values of Taken in a decision of an answer; a plain tuple, made faster, for there are many."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One decision of one row on which two engines differ; `decision` is None when the answers differ elsewhere."""

    row: int
    decision: str | None
    left: Any
    right: Any


@dataclass(slots=True)
class Tally:
    """What a replay has seen so far.

    `outcomes` counts the values of Taken for each decision, `future` the sessions with values written after their time.
    """

    rows: int = 0
    outcomes: dict[str, Counter[tuple[Any, ...]]] = field(default_factory=dict)
    differing_rows: int = 0
    differences: int = 0
    shown: list[Difference] = field(default_factory=list)
    future: int = 0

    def add(self, left: str, right: str | None = None) -> None:
        """Count one answer, and compare it with another engine's, byte by byte."""
        self.rows += 1
        answer: Mapping[str, Any] = orjson.loads(left)
        for name, decided in answer["decisions"].items():
            counter = self.outcomes.get(name)
            if counter is None:
                counter = self.outcomes[name] = Counter()
            counter[_taken(decided)] += 1
        if right is not None and right != left:
            self._differ(answer, orjson.loads(right))

    def _differ(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> None:
        found = [
            Difference(self.rows, name, left["decisions"].get(name), right["decisions"].get(name))
            for name in {**left["decisions"], **right["decisions"]}
            if not _same(left["decisions"].get(name), right["decisions"].get(name))
        ] or [Difference(self.rows, None, left, right)]
        self.differing_rows += 1
        self.differences += len(found)
        self.shown += found[: SHOWN - len(self.shown)]


def ordered(outcomes: Counter[tuple[Any, ...]]) -> list[tuple[Taken, int]]:
    """Outcomes with their counts, the most frequent first."""
    named = [(Taken._make(taken), count) for taken, count in outcomes.items()]
    return sorted(named, key=lambda item: (-item[1], str(item[0])))


OUTCOME_COLUMNS = ("decision", "outcome", "variation", "reason", "count", "share")


def outcome_rows(tally: Tally) -> list[tuple[str, ...]]:
    """The counted outcomes as rows of a table for people, with OUTCOME_COLUMNS."""
    rows: list[tuple[str, ...]] = []
    for name, outcomes in tally.outcomes.items():
        decided = sum(outcomes.values())
        for index, (taken, count) in enumerate(ordered(outcomes)):
            outcome = "(nothing)" if taken.outcome is None else taken.outcome
            split = "" if taken.experiment is None else f"{taken.experiment}/{taken.variation}"
            head = name if index == 0 else ""
            rows.append((head, outcome, split, taken.reason, f"{count:,}", f"{count / decided:.1%}"))
    return rows


def _same(left: object, right: object) -> bool:
    return orjson.dumps(left) == orjson.dumps(right)
