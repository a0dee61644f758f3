"""Outcomes as values: what a decision's codes say, for the stages behind the decision; and back to parts of answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from .tables import Leaf as LeafTable
from .tables import Ranking, Tables

_NEUTRAL = "neutral"


class Leaf(NamedTuple):
    """An outcome as it was decided.

    `outcome` is the payload's key, of a ranking its first one, None for an empty ranking; `payload` is JSON text; `ask`
    says for how many ms at most the cloud is to be asked, None for not at all.
    """

    outcome: str | None
    payload: str
    reason: str
    rule: int | None
    experiment: str | None
    variation: str | None
    mode: str
    ask: int | None


class Replacement(NamedTuple):
    """An outcome that stands for a decision's own: its key, its payload as JSON text, and where it came from.

    The mode `neutral` is that of the decision's neutral outcome alone.
    """

    outcome: str | None
    payload: str
    mode: str = "cloud"


class Fragments(NamedTuple):
    """An outcome as the renderer joins it; JSON texts."""

    outcome: str | None
    payload: str
    tail: str
    ofrep: str


class Leaves:
    """The outcomes of one registry; both methods raise `LookupError` on codes that are not in the tables."""

    def __init__(self, tables: Tables) -> None:
        self._payloads = tables["payloads"]
        self._decisions = tables["decisions"]
        self._rankings = [{one["leaf"]: one for one in decision["rankings"]} for decision in tables["decisions"]]

    def leaf(self, decision: int, codes: Sequence[int]) -> Leaf:
        """The outcome of a decision, by its number in the registry's order."""
        code = codes[decision]
        found = self._found(decision, code)
        ranking = self._rankings[decision].get(code)
        if ranking is not None:
            return _leaf(found, *self._ranked(ranking, codes))
        payload = found["payload"]
        if payload is None or found["outcome"] is None:
            raise LookupError(f"a leaf of {self._decisions[decision]['name']} was to have a payload, found {code}")
        return _leaf(found, json.loads(found["outcome"]), self._payloads[payload])

    def neutral_of(self, decision: int) -> Replacement:
        """The neutral outcome of a decision, as what stands for its own."""
        neutral = self._decisions[decision]["neutral"]
        payload, outcome = neutral["payload"], neutral["outcome"]
        assert payload is not None and outcome is not None, "a neutral outcome is never a ranking"
        return Replacement(json.loads(outcome), self._payloads[payload], _NEUTRAL)

    def fragments(self, decision: int, codes: Sequence[int], replacement: Replacement) -> Fragments:
        """What the renderer writes for a decision whose outcome is replaced."""
        if replacement.mode == _NEUTRAL:
            neutral = self._decisions[decision]["neutral"]
            return Fragments(neutral["outcome"], replacement.payload, neutral["tail"], neutral["ofrep"])
        found = self._found(decision, codes[decision])
        outcome = None if replacement.outcome is None else json.dumps(replacement.outcome, ensure_ascii=False)
        tail, ofrep = (_with_mode(rest, replacement.mode) for rest in (found["tail"], found["ofrep"]))
        return Fragments(outcome, replacement.payload, tail, ofrep)

    def _found(self, decision: int, code: int) -> LeafTable:
        leaves = self._decisions[decision]["leaves"]
        if not 0 <= code < len(leaves):
            raise LookupError(f"a code was to be below {len(leaves)}, found {code}")
        return leaves[code]

    def _ranked(self, ranking: Ranking, codes: Sequence[int]) -> tuple[str | None, str]:
        count, at, items = codes[ranking["at"]], ranking["at"], ranking["items"]
        if not 0 <= count <= ranking["top"]:
            raise LookupError(f"a ranking's count was to be within 0..{ranking['top']}, found {count}")
        chosen = [items[codes[at + 1 + place]] for place in range(count)]
        texts = [f'{{"key":{item["outcome"]},"value":{self._payloads[item["payload"]]}}}' for item in chosen]
        return (json.loads(chosen[0]["outcome"]) if chosen else None), f'{{"items":[{",".join(texts)}]}}'


def _leaf(found: LeafTable, outcome: str | None, payload: str) -> Leaf:
    told: dict[str, Any] = json.loads("{" + found["tail"])
    return Leaf(
        outcome,
        payload,
        reason=told["reason"],
        rule=told["rule"],
        experiment=told["experiment"],
        variation=told["variation"],
        mode=told["mode"],
        ask=found.get("ask"),
    )


def _with_mode(rest: str, mode: str) -> str:
    """The rest of a leaf's text with another mode, in the place where it stands."""
    told: dict[str, Any] = json.loads("{" + rest)
    holder = told.get("metadata", told)
    holder["mode"] = mode
    holder.pop("ask", None)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))[1:]
