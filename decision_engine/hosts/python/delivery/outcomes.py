"""Outcomes as delivery needs them: from the codes of a decision, from the cloud, or forced by a preview."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from ..tables import Decision, Leaf, Tables
from .slots import Item, Shown


class Replacement(NamedTuple):
    """An outcome that stands for a decision's own: its key, and the payload as JSON text."""

    outcome: str | None
    payload: str
    mode: str = "cloud"


class Outcomes:
    """Reads the outcomes of one program."""

    def __init__(self, tables: Tables) -> None:
        self._decisions = tables["decisions"]
        self._payloads = tables["payloads"]
        self.numbers: dict[str, int] = {
            json.loads(decision["name"]): number for number, decision in enumerate(self._decisions)
        }
        self._keys = [_payload_numbers(decision) for decision in self._decisions]

    def shown(self, decision: int, codes: Sequence[int]) -> Shown:
        """What the codes say of a decision."""
        code = codes[decision]
        leaf = self._decisions[decision]["leaves"][code]
        for ranking in self._decisions[decision]["rankings"]:
            if ranking["leaf"] == code:
                begin = ranking["at"] + 1
                chosen = [ranking["items"][index] for index in codes[begin : begin + codes[ranking["at"]]]]
                items = [Item(json.loads(one["outcome"]), self._payloads[one["payload"]]) for one in chosen]
                return _shown_items(items, leaf["tail"], code)
        return self._shown_leaf(leaf, code)

    def replaced(self, decision: int, codes: Sequence[int], replacement: Replacement) -> Shown:
        """What the cloud says of a decision; its own outcome where the program does not know the other one."""
        told = json.loads("{" + self._decisions[decision]["leaves"][codes[decision]]["tail"])
        told.pop("ask", None)
        tail = _compact(told | {"mode": replacement.mode})[1:]
        outcome, payload = replacement.outcome, replacement.payload
        items = self._items(decision, payload) if self._decisions[decision]["rankings"] else None
        if items is not None:
            return _shown_items(items, tail, None)
        number = self.payload_of(decision, outcome)
        if number is None or self._payloads[number] != payload:
            return self.shown(decision, codes)
        return Shown(outcome, payload, None, tail)

    def neutral(self, decision: int) -> Shown:
        """The neutral outcome of a decision."""
        return self._shown_leaf(self._decisions[decision]["neutral"], None)

    def payload_of(self, decision: int, outcome: str | None) -> int | None:
        """The number of a payload by its key; None when the decision cannot show it."""
        return None if outcome is None else self._keys[decision].get(outcome)

    def named(self, decision: int, outcome: str, tail: str) -> Shown | None:
        """What a decision can show under a key, of a ranking that candidate alone; None when there is none."""
        number = self._keys[decision].get(outcome)
        if number is None:
            return None
        payload = self._payloads[number]
        if any(leaf["payload"] == number for leaf in self._decisions[decision]["leaves"]):
            return Shown(outcome, payload, None, tail)
        return _shown_items([Item(outcome, payload)], tail, None)

    def shown_by(self, experiment: str, variation: str) -> Iterable[tuple[int, str]]:
        """Decisions with the key of what they show in a variation."""
        for number, decision in enumerate(self._decisions):
            for leaf in decision["leaves"]:
                told = json.loads("{" + leaf["tail"])
                is_it = (told.get("experiment"), told.get("variation")) == (experiment, variation)
                if is_it and leaf["outcome"] is not None:
                    yield number, json.loads(leaf["outcome"])
                    break

    def _items(self, decision: int, payload: str) -> list[Item] | None:
        """The items of a ranking's payload that came as JSON; None when it is no list of the decision's candidates."""
        value = json.loads(payload)
        if not isinstance(value, dict) or list(value) != ["items"] or not isinstance(value["items"], list):
            return None
        items: list[Item] = []
        for item in value["items"]:
            key = item.get("key") if isinstance(item, dict) else None
            number = self._keys[decision].get(key) if isinstance(key, str) else None
            if not isinstance(key, str) or number is None:
                return None
            items.append(Item(key, self._payloads[number]))
        return items

    def _shown_leaf(self, leaf: Leaf, code: int | None) -> Shown:
        if leaf["outcome"] is None or leaf["payload"] is None:
            raise LookupError(f"expected a leaf with a payload, found {code}")
        return Shown(json.loads(leaf["outcome"]), self._payloads[leaf["payload"]], None, leaf["tail"], code)


def _shown_items(items: list[Item], tail: str, leaf: int | None) -> Shown:
    listed = ",".join([f'{{"key":{_compact(key)},"value":{payload}}}' for key, payload in items])
    return Shown(items[0].key if items else None, f'{{"items":[{listed}]}}', tuple(items), tail, leaf)


def _payload_numbers(decision: Decision) -> dict[str, int]:
    """The numbers of all payloads that a decision can show, by their keys."""
    found = [(leaf["outcome"], leaf["payload"]) for leaf in decision["leaves"]]
    listed = [(item["outcome"], item["payload"]) for ranking in decision["rankings"] for item in ranking["items"]]
    return {
        json.loads(outcome): payload
        for outcome, payload in chain(found, listed)
        if outcome is not None and payload is not None
    }


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
