"""`page_tables.js`: what drives `decide.js` in a page; the tables of the host, without what a page has no use for.

Where the host's tables name a type or a kind, a page's hold the function for it: so a bundler leaves out what no
feature of the registry needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from decision_engine.compact_json import compact
from decision_engine.hosts.python.tables import Automaton, Clock, Decision, Feature, Input, Leaf, Tables
from decision_engine.ir import Program
from decision_engine.ir import nodes as ir
from decision_engine.tables import tables

_MINUTE = 60_000
_VALUES = "page_values.js"
_OF_ELEMENTS = "page_elements.js"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of `page_values.js` or `page_elements.js`, named in the tables."""

    name: str
    module: str


_ACCEPT = {
    "bool": "acceptBool",
    "number": "acceptNumber",
    "category": "acceptText",
    "text": "acceptText",
    "timestamp": "acceptTimestamp",
    "tags": "acceptTags",
    "version": "acceptVersion",
}
_PARSE = {"bool": "parseBool", "number": "parseNumber", "timestamp": "parseTimestamp", "tags": "parseTags"}
_ELEMENTS = {
    "level": "levelOf",
    "tag": "hasTag",
    "starts_with": "startsWith",
    "ends_with": "endsWith",
    "contains": "contains",
    "below": "below",
    "above": "above",
    "matches": "matches",
    "version": "versionRank",
}
"""An input of kind `number` needs no function."""
_TEXT_GROUPS = ("headers", "cookies", "query")
_LANGUAGE, _TEXTS = ["language", "best"], ("category", "text")


def page_tables_module(program: Program) -> bytes:
    """The tables as an ES module, which imports the functions that they name."""
    content = page_tables(program)
    used: dict[str, set[str]] = {}
    for function in _functions(content):
        used.setdefault(function.module, set()).add(function.name)
    lines = [
        f"// What pages need of the tables of registry {program.registry}, compiled by edgewise.",
        *(f'import {{ {", ".join(sorted(names))} }} from "./{module}";' for module, names in sorted(used.items())),
        f"export default {_text(content)};",
    ]
    return ("\n".join(lines) + "\n").encode()


def page_tables(program: Program) -> dict[str, Any]:
    """The tables (docs/reference/host.md) with these differences.

    Members that are null or empty are left out; payloads are pairs of key and text, and leaves and items name payloads
    only; types and kinds are functions; a feature's path is left out where it is its group, `from`, and its name, and
    so are levels that are its values; automata have no steps that lead nowhere; a zone's changes are differences, in
    minutes.
    """
    whole: Tables = tables(program)
    values = [[payload.key, text] for payload, text in zip(program.payloads, whole["payloads"], strict=True)]
    found = {
        "registry": whole["registry"],
        "width": whole["width"],
        "codes": whole["codes"],
        "now": whole["now"],
        "features": [_feature(feature) for feature in whole["features"]],
        "units": [_sparse(unit) for unit in whole["units"]],
        "clocks": [_clock(clock) for clock in whole["clocks"]],
        "automata": [_automaton(automaton) for automaton in whole["automata"]],
        "payloads": values,
        "decisions": [
            _decision(decision, table) for decision, table in zip(program.decisions, whole["decisions"], strict=True)
        ],
    }
    return {"features": [], "payloads": [], **_sparse(found)}


def _feature(feature: Feature) -> dict[str, Any]:
    kind, path = feature["type"], feature["path"]
    is_plain = path[1:] == [feature["name"]]
    parse = Function(_PARSE[kind], _VALUES) if path[0] in _TEXT_GROUPS and kind in _PARSE else None
    members = {
        "name": feature["name"],
        "accept": Function("acceptLanguage" if path == _LANGUAGE and kind in _TEXTS else _ACCEPT[kind], _VALUES),
        "parse": parse,
        "path": None if is_plain else path,
        "from": path[0] if is_plain else None,
        "default": feature["default"],
        "values": feature["values"],
        "low": feature["low"],
        "high": feature["high"],
        "max_age": feature["max_age"],
        "purposes": feature["purposes"] or None,
        "inputs": [_element(entry, feature["values"]) for entry in feature["inputs"]],
    }
    return {name: value for name, value in members.items() if value is not None}


def _element(entry: Input, values: list[str] | None) -> dict[str, Any]:
    name = _ELEMENTS.get(entry["kind"])
    members = {
        key: value for key, value in entry.items() if key != "kind" and not (key == "levels" and value == values)
    }
    return members if name is None else {**members, "element": Function(name, _OF_ELEMENTS)}


def _decision(decision: ir.Decision, table: Decision) -> dict[str, Any]:
    leaves = [_leaf(leaf) for leaf in table["leaves"]]
    if decision.neutral == len(leaves) - 1:
        leaves.pop()  # no rule leads to the neutral leaf
    return _sparse(
        {
            "name": decision.name,
            "neutral": table["neutral"]["payload"],
            "leaves": leaves,
            "rankings": [
                {"leaf": ranking["leaf"], "at": ranking["at"], "items": [item["payload"] for item in ranking["items"]]}
                for ranking in table["rankings"]
            ],
        }
    )


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {"payload": leaf["payload"], "tail": leaf["tail"]}


def _automaton(automaton: Automaton) -> dict[str, Any]:
    """`next` as an object without the steps that lead nowhere, `accepting` as a list of states."""
    return {
        "bounds": automaton["bounds"],
        "next": {str(place): state for place, state in enumerate(automaton["next"]) if state >= 0},
        "accepting": [state for state, is_accepting in enumerate(automaton["accepting"]) if is_accepting],
    }


def _clock(clock: Clock) -> dict[str, Any]:
    """`changes`: start and offset of the first change, then how much later each other one starts, and its offset."""
    changes = [(start // _MINUTE, offset) for start, offset in clock["changes"]]
    assert all(start % _MINUTE == 0 for start, _ in clock["changes"]), "zones change at whole minutes"
    later = [(after[0] - before[0], after[1]) for before, after in pairwise(changes)]
    listed = [number for change in (changes[0], *later) for number in change]
    put = Function("putClock", _OF_ELEMENTS)
    return _sparse({"put": put, "weekday": clock["weekday"], "minute": clock["minute"], "changes": listed})


def _sparse(members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None and value != []}


def _functions(value: Any) -> Iterator[Function]:
    if isinstance(value, Function):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _functions(member)


def _text(value: Any) -> str:
    """JavaScript of a value: JSON, but for functions."""
    if isinstance(value, Function):
        return value.name
    if isinstance(value, dict):
        return f"{{{','.join(f'{compact(name)}:{_text(member)}' for name, member in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    return compact(value)
