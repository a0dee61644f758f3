"""Whether an answer is one that the registry can give: strict JSON, every decision, known outcomes, its digest."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from decision_engine.compact_json import compact
from decision_engine.hosts.python.tables import Leaf, Tables
from infra.drills.client import Reply

MODES = ("edge", "cloud", "fallback", "neutral")
_MEMORY = 20_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an answer: `malformed` when it is none that a page could use, else `wrong`."""

    kind: Literal["malformed", "wrong"]
    text: str


Check: TypeAlias = Callable[[Reply], Fault | None]


class Checker:
    """Checks answers of `/.edgewise/decide` against the tables that they were made from."""

    def __init__(self, tables: Tables) -> None:
        self._registry = tables["registry"]
        self.names: tuple[str, ...] = tuple(json.loads(decision["name"]) for decision in tables["decisions"])
        self._outcomes = {name: _outcomes(tables, index) for index, name in enumerate(self.names)}
        self._items = {name: _items(tables, index) for index, name in enumerate(self.names)}
        self._neutral = {
            name: json.loads(decision["neutral"]["outcome"] or "null")
            for name, decision in zip(self.names, tables["decisions"], strict=True)
        }
        self._good: set[bytes] = set()

    def decided(self, asked: Collection[str] | None = None) -> Check:
        """The check of an answer with status 200 and the outcomes of the decisions asked for; all by default."""
        names = self.names if asked is None else tuple(name for name in self.names if name in asked)

        def check(reply: Reply) -> Fault | None:
            if reply.status != 200:
                return Fault("wrong", f"expected status 200, found {_shown(reply)}")
            return self.body_fault(reply.body, names)

        return check

    def refused(self, status: int, *codes: str) -> Check:
        """The check of an answer that refuses the request with one of the codes, and gives neutral outcomes."""

        def check(reply: Reply) -> Fault | None:
            if reply.status != status:
                return Fault("wrong", f"expected status {status}, found {_shown(reply)}")
            document = _strict(reply.body)
            code = _member(_member(document, "error"), "code")
            if code not in codes:
                return Fault("malformed", f"expected error {' or '.join(codes)}, found {_shown(reply)}")
            return self._document_fault(document, self.names, is_neutral=True)

        return check

    def body_fault(self, body: bytes, names: tuple[str, ...] | None = None) -> Fault | None:
        """What is wrong with the answer of a decision."""
        wanted = self.names if names is None else names
        known = body.rpartition(b',"at":')[0]
        if known in self._good and wanted == self.names:
            return None
        fault = self._document_fault(_strict(body), wanted)
        if fault is None and wanted == self.names and len(self._good) < _MEMORY:
            self._good.add(known)
        return fault

    def _document_fault(self, document: Any, names: tuple[str, ...], *, is_neutral: bool = False) -> Fault | None:
        if not isinstance(document, dict):
            return Fault("malformed", "the answer is not an object of strict JSON")
        if document.get("registry") != self._registry:
            return Fault("malformed", f"the answer names registry `{document.get('registry')}`")
        if not isinstance(document.get("at"), int):
            return Fault("malformed", "the answer has no time")
        decisions = document.get("decisions")
        if not isinstance(decisions, dict) or tuple(decisions) != names:
            shown = list(decisions) if isinstance(decisions, dict) else decisions
            return Fault("malformed", f"expected decisions {list(names)}, found {shown}")
        for name, decided in decisions.items():
            problem = self._outcome_problem(name, decided)
            if problem is not None:
                return Fault("malformed", f"decision `{name}`: {problem}")
            if is_neutral and decided["outcome"] != self._neutral[name]:
                return Fault("wrong", f"decision `{name}`: expected the neutral outcome, found `{decided['outcome']}`")
        return None

    def _outcome_problem(self, name: str, decided: Any) -> str | None:
        if not isinstance(decided, dict) or "outcome" not in decided or "payload" not in decided:
            return "the outcome or its payload is missing"
        if decided.get("mode") not in MODES:
            return f"unknown mode `{decided.get('mode')}`"
        outcome, payload = decided["outcome"], compact(decided["payload"])
        if (outcome, payload) in self._outcomes[name] or self._is_ranking(name, decided):
            return None
        return f"outcome `{outcome}` with payload {payload[:80]} is not of the registry"

    def _is_ranking(self, name: str, decided: dict[str, Any]) -> bool:
        items = _member(decided["payload"], "items")
        if not isinstance(items, list) or not self._items[name]:
            return False
        found = [(_member(item, "key"), compact(_member(item, "value"))) for item in items]
        first = found[0][0] if found else None
        return all(item in self._items[name] for item in found) and first == decided["outcome"]


def _outcomes(tables: Tables, index: int) -> set[tuple[str | None, str]]:
    decision = tables["decisions"][index]
    leaves = [decision["neutral"], *decision["leaves"]]
    found = {_leaf(tables, leaf) for leaf in leaves if leaf["payload"] is not None}
    return found | _items(tables, index)


def _items(tables: Tables, index: int) -> set[tuple[str | None, str]]:
    rankings = tables["decisions"][index]["rankings"]
    return {
        (json.loads(item["outcome"]), compact(json.loads(tables["payloads"][item["payload"]])))
        for ranking in rankings
        for item in ranking["items"]
    }


def _leaf(tables: Tables, leaf: Leaf) -> tuple[str | None, str]:
    assert leaf["payload"] is not None, "a leaf with a payload of its own"
    return json.loads(leaf["outcome"] or "null"), compact(json.loads(tables["payloads"][leaf["payload"]]))


def _strict(body: bytes) -> Any:
    """The document of strict JSON; None for anything else."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"duplicate key {key}")
        found[key] = value
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _shown(reply: Reply) -> str:
    return f"{reply.status} {reply.body[:160].decode('utf-8', 'replace')}"
