"""What the edge asks the cloud: the decisions that are unsure, with what it decided, and the features that they were
decided by. The contract is decision_engine/rerank_contract.py.

Nothing else of a request is sent: features by name, with the values that were served, and none that is denied; ids of
those units only that the policy lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ..encode import is_unit
from ..leaves import Leaf
from ..serve import Served
from ..tables import Decision, Item, Tables
from ..values import Status

CONTRACT = 1
"""The version of the contract."""

LONGEST_QUESTION = 65_536
"""In characters; nobody asks a longer one."""


class Asked(NamedTuple):
    """One decision that asks: its place in the registry's order, its name, the code of its leaf, its time in ms."""

    number: int
    name: str
    code: int
    within: int


class RankedChoice(NamedTuple):
    """The candidates of a ranking: payloads by key."""

    top: int
    items: Mapping[str, int]


class Choice(NamedTuple):
    """What a decision knows for an answer: payloads by key, and rankings by leaf."""

    outcomes: Mapping[str, int]
    rankings: Mapping[int, RankedChoice]


Choices: TypeAlias = Callable[[int], Choice]


def choices(tables: Tables) -> Choices:
    """Prepare what the decisions of a registry can answer; each is looked at when it first asks."""
    known: dict[int, Choice] = {}

    def choice_at(number: int) -> Choice:
        if number not in known:
            known[number] = _choice(tables["decisions"][number])
        return known[number]

    return choice_at


def write_question(
    registry: str,
    asked: Sequence[Asked],
    choice_at: Choices,
    leaves: Sequence[Leaf],
    readings: Iterable[Served],
    given: Mapping[str, object],
    units: Iterable[str],
) -> str:
    """A question but for its end, which differs from request to request: equal questions have equal texts.

    `leaves` are those of the asked decisions, in their order; `given` holds units by name, of which `units` are sent.
    """
    decisions: dict[str, object] = {}
    for one, leaf in zip(asked, leaves, strict=True):
        ranking = choice_at(one.number).rankings.get(one.code)
        told: dict[str, object] = {"rule": leaf.rule, "outcome": leaf.outcome}
        if ranking is not None:
            items = [item["key"] for item in json.loads(leaf.payload)["items"]]
            told |= {"items": items, "top": ranking.top, "candidates": list(ranking.items)}
        decisions[one.name] = told
    features = {
        one.name: _plain(one.value) for one in readings if one.value is not None and one.status is not Status.DENIED
    }
    body = {
        "contract": CONTRACT,
        "registry": registry,
        "decisions": decisions,
        "features": features,
        "units": {unit: given[unit] for unit in units if unit in given and is_unit(given[unit])},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)[:-1]


def finish_question(text: str, at: int, deadline: int) -> str:
    """The whole question: the time of the request (ms UTC), and the ms that the cloud has."""
    return f'{text},"at":{at},"deadline_ms":{deadline}}}'


def _choice(decision: Decision) -> Choice:
    ranked = {ranking["leaf"] for ranking in decision["rankings"]}
    outcomes = {
        json.loads(leaf["outcome"]): leaf["payload"]
        for code, leaf in enumerate(decision["leaves"])
        if leaf["payload"] is not None and leaf["outcome"] is not None and code not in ranked
    }
    rankings = {one["leaf"]: RankedChoice(one["top"], _payloads(one["items"])) for one in decision["rankings"]}
    return Choice(outcomes, rankings)


def _payloads(items: Iterable[Item]) -> dict[str, int]:
    return {json.loads(item["outcome"]): item["payload"] for item in items}


def _plain(value: object) -> object:
    """A value as JSON has it: tags as a sorted list, a version as its text without build metadata."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        major, minor, patch, _, identifiers = value
        parts = ".".join(text or str(number) for _, number, text in identifiers)
        return f"{major}.{minor}.{patch}" + (f"-{parts}" if parts else "")
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53 else value
