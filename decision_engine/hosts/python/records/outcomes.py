"""What a code stands for: outcome, reason, rule, experiment, variation; read from the tables when first asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from ..tables import Decision


class Told(NamedTuple):
    """One way in which a decision can end."""

    outcome: str | None
    reason: str
    rule: int | None
    experiment: str | None
    variation: str | None


class Outcomes:
    """The endings of all decisions."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._decisions = decisions
        self._known: dict[tuple[int, int, int], Told] = {}
        self._rankings = [{ranking["leaf"]: ranking for ranking in decision["rankings"]} for decision in decisions]
        self.names: list[str] = [json.loads(decision["name"]) for decision in decisions]

    def ending(self, decision: int, codes: Sequence[int]) -> tuple[int, int]:
        """The leaf, and of a ranking the first item, -1 where it has none."""
        leaf = codes[decision]
        ranking = self._rankings[decision].get(leaf)
        if ranking is None or codes[ranking["at"]] == 0:
            return leaf, -1
        return leaf, codes[ranking["at"] + 1]

    def told(self, decision: int, leaf: int, item: int) -> Told:
        """What an ending means; leaf -1 is the neutral one."""
        found = self._known.get((decision, leaf, item))
        if found is None:
            found = self._known[decision, leaf, item] = self._read(decision, leaf, item)
        return found

    def _read(self, decision: int, leaf: int, item: int) -> Told:
        table = self._decisions[decision]
        if not -1 <= leaf < len(table["leaves"]):
            raise LookupError(f"expected a leaf of {table['name']}, found {leaf}")
        entry = table["neutral"] if leaf == -1 else table["leaves"][leaf]
        tail = json.loads("{" + entry["tail"])
        outcome = entry["outcome"]
        if item >= 0:
            outcome = self._rankings[decision][leaf]["items"][item]["outcome"]
        return Told(
            None if outcome is None else json.loads(outcome),
            tail["reason"],
            tail["rule"],
            tail["experiment"],
            tail["variation"],
        )
