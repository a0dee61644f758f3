"""Render: codes become the answer's text, joined from fragments that the compiler wrote.

The text of every static leaf is joined once, at construction; only rankings are joined a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from .leaves import Fragments
from .tables import Decision, Leaf, Tables
from .tables import Ranking as RankingTable

Replaced: TypeAlias = Mapping[int, Fragments]
"""What stands for a decision's own outcome, by its number."""

_NONE: Replaced = {}


class _Ranking:
    """A ranking with its items as texts."""

    def __init__(self, table: RankingTable, payloads: list[str]) -> None:
        self.at = table["at"]
        self.top = table["top"]
        self.outcomes = [item["outcome"] for item in table["items"]]
        self.items = [f'{{"key":{item["outcome"]},"value":{payloads[item["payload"]]}}}' for item in table["items"]]

    def read(self, codes: Sequence[int]) -> tuple[str | None, str]:
        """The first candidate's key (None when none is eligible) and the payload."""
        count = codes[self.at]
        if not 0 <= count <= self.top:
            raise LookupError(f"a ranking's count was to be within 0..{self.top}, found {count}")
        chosen = [_place(codes[self.at + 1 + place], self.items) for place in range(count)]
        payload = '{"items":[' + ",".join([self.items[index] for index in chosen]) + "]}"
        return (self.outcomes[chosen[0]] if chosen else None), payload


class _Decision:
    """A decision with the texts of its leaves, for the answer and for OFREP."""

    def __init__(self, table: Decision, payloads: list[str]) -> None:
        self.name = table["name"]
        self.leaves = table["leaves"]
        self.rankings = {ranking["leaf"]: _Ranking(ranking, payloads) for ranking in table["rankings"]}
        self.entries = [_static(leaf, payloads, self.entry) for leaf in self.leaves]
        self.flags = [_static(leaf, payloads, self.flag) for leaf in self.leaves]
        self.neutral_entry = _static(table["neutral"], payloads, self.entry)
        self.neutral_flag = _static(table["neutral"], payloads, self.flag)

    def entry(self, leaf: Leaf, outcome: str | None, payload: str) -> str:
        """The decision's member of the answer."""
        return f'{self.name}:{{"outcome":{outcome or "null"},"payload":{payload},{leaf["tail"]}'

    def flag(self, leaf: Leaf, outcome: str | None, payload: str) -> str:
        """The decision as a flag of OFREP."""
        variant = f'"variant":{outcome},' if outcome else ""
        return f'{{"key":{self.name},"value":{payload},{variant}{leaf["ofrep"]}'


class Renderer:
    """The texts of all decisions, by their number in the registry's order."""

    def __init__(self, tables: Tables) -> None:
        payloads = tables["payloads"]
        self._decisions = [_Decision(decision, payloads) for decision in tables["decisions"]]
        self._registry = f'"registry":"{tables["registry"]}"'
        self._neutral = ",".join(decision.neutral_entry for decision in self._decisions)

    def answer(self, codes: Sequence[int], at: int, chosen: Iterable[int], replaced: Replaced = _NONE) -> str:
        """The answer with the chosen decisions. Raises `LookupError` for codes that are not in the tables."""
        entries = ",".join([self._entry(codes, number, replaced) for number in chosen])
        return f'{{"decisions":{{{entries}}},{self._registry},"at":{at}}}'

    def neutral(self, at: int, error: str = "") -> str:
        """The answer with the neutral outcomes of all decisions; `error` is a member in front, with its comma."""
        return f'{{{error}"decisions":{{{self._neutral}}},{self._registry},"at":{at}}}'

    def flag(self, codes: Sequence[int], number: int, replaced: Replaced = _NONE) -> str:
        """One decision as a flag of OFREP."""
        decision = self._decisions[number]
        if number in replaced:
            return _other(decision.flag, replaced[number])
        index = _place(codes[number], decision.leaves)
        ranking = decision.rankings.get(index)
        return decision.flags[index] if ranking is None else decision.flag(decision.leaves[index], *ranking.read(codes))

    def flags(self, codes: Sequence[int], replaced: Replaced = _NONE) -> str:
        """All decisions as OFREP's bulk answer."""
        return self._bulk(self.flag(codes, number, replaced) for number in range(len(self._decisions)))

    def neutral_flag(self, number: int) -> str:
        """The neutral outcome of one decision as a flag of OFREP."""
        return self._decisions[number].neutral_flag

    def neutral_flags(self) -> str:
        """The neutral outcomes of all decisions as OFREP's bulk answer."""
        return self._bulk(decision.neutral_flag for decision in self._decisions)

    def _entry(self, codes: Sequence[int], number: int, replaced: Replaced) -> str:
        decision = self._decisions[number]
        if number in replaced:
            return _other(decision.entry, replaced[number])
        index = _place(codes[number], decision.leaves)
        ranking = decision.rankings.get(index)
        if ranking is None:
            return decision.entries[index]
        return decision.entry(decision.leaves[index], *ranking.read(codes))

    def _bulk(self, flags: Iterable[str]) -> str:
        return f'{{"flags":[{",".join(flags)}],"metadata":{{{self._registry}}}}}'


def _place(index: int, items: Sequence[object]) -> int:
    """The index itself, if it is one of the list's: Python would count a negative one from the end."""
    if not 0 <= index < len(items):
        raise LookupError(f"a code was to be below {len(items)}, found {index}")
    return index


def _other(join: Callable[[Leaf, str | None, str], str], other: Fragments) -> str:
    leaf: Leaf = {"outcome": other.outcome, "payload": None, "tail": other.tail, "ofrep": other.ofrep}
    return join(leaf, other.outcome, other.payload)


def _static(leaf: Leaf, payloads: list[str], join: Callable[[Leaf, str | None, str], str]) -> str:
    """The joined text of a leaf; empty for the leaf of a ranking, which is joined a request."""
    return "" if leaf["payload"] is None else join(leaf, leaf["outcome"], payloads[leaf["payload"]])
