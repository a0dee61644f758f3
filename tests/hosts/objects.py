"""Objects as pages send them, and odd ones, for any tables, and their texts in a query."""

import json
from collections.abc import Mapping
from copy import deepcopy
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

from decision_engine.hosts.python.tables import Tables
from tests.hosts.hostile import NOW


def plain_object(source: Random, document: Tables) -> dict[str, Any]:
    """An object of the kind that pages send: each feature at its path with a value of its type, or absent."""
    request: dict[str, Any] = {}
    for feature in document["features"]:
        if len(feature["path"]) == 2 and source.random() < 0.6 and not _is_parsed(feature):
            group, key = feature["path"]
            request.setdefault(group, {})[key] = _fair(source, feature)
    if source.random() < 0.7:
        request["units"] = {
            unit["name"]: f"{unit['name']}-{source.randrange(10 ** source.randint(1, 12))}"
            for unit in document["units"]
        }
    groups = [group for group in request if group in ("session", "profile")]
    if groups and source.random() < 0.5:
        request["timestamps"] = {group: NOW - source.randrange(10 ** source.randint(3, 10)) for group in groups}
    if source.random() < 0.2 and document["identity"] is not None:
        request["consent"] = {
            "denied": source.sample(["personalisation", "storage", "analytics"], source.randint(0, 3))
        }
    return request


def _is_parsed(feature: Mapping[str, Any]) -> bool:
    is_text = feature["type"] in ("category", "text", "version")
    return feature["path"][0] in ("headers", "cookies", "query") and not is_text


def _fair(source: Random, feature: Mapping[str, Any]) -> Any:
    texts = [*(feature["values"] or ()), *(level for one in feature["inputs"] for level in one.get("levels", ()))]
    match feature["type"]:
        case "number":
            return source.choice([0, 1, 5, 11, 0.5, 0.05, 1.25, 89.9, 12345, 7.333333333])
        case "bool":
            return source.random() < 0.5
        case "category":
            return source.choice([text for text in texts if text.isascii()] + ([] if feature["values"] else ["other"]))
        case "text":
            return source.choice(["/", "/sale/shoes", "sale-2026-11", "Windows", "abc", "Win", "x" * 20])
        case "version":
            return source.choice(["1.0.0", "3.2.0", "2.0.0", "0.9.12", "10.20.30"])
        case "timestamp":
            return source.choice([NOW - 10**9, "2025-06-30T12:00:00Z", "2025-06-30T12:00:00.125Z"])
        case _:
            return source.sample(feature["values"] or ["shoes", "bags"], source.randint(0, 2))


def odd_object(source: Random, document: Tables) -> dict[str, Any]:
    """The same with members replaced, added, emptied and renamed."""
    request = plain_object(source, document)
    odd = [
        None, True, False, 0, -1, 10**6, 1e-7, 2**53 - 1, "", "x", "1", [], ["x"], ["shoes", "shoes"], {}, {"a": 1},
        "é", "a b", "1.0", "01.0.0", "1.0.0-rc.1", "123456.0.0", "00.1.2", "2025-11-21T08:00:00Z", NOW, NOW + 5,
        8.64e15, 1.5,
    ]  # fmt: skip
    for _ in range(source.randint(1, 4)):
        group = source.choice([*request, "other", "features", "units", "timestamps", "consent", "decisions", "geo"])
        members = request.setdefault(group, {})
        match source.randrange(4):
            case 0:
                request[group] = deepcopy(source.choice(odd))
            case 1 if isinstance(members, dict):
                members[source.choice(["x", "y", "__proto__", "constructor", *members])] = deepcopy(source.choice(odd))
            case 2 if isinstance(members, dict) and members:
                members[source.choice([*members])] = deepcopy(source.choice(odd))
            case _:
                request[source.choice(["x", "y", "toString"])] = deepcopy(source.choice(odd))
    return request


def encoded(request: object, source: Random) -> str:
    """The percent-encoded JSON of an object, with spaces or without."""
    separators = source.choice([(",", ":"), (",", ":"), (", ", ": ")])
    return percent(json.dumps(request, separators=separators), source)


def percent(text: str, source: Random) -> str:
    """A text of JSON as a page might write it into a query."""
    encoded = quote_from_bytes(text.encode(), safe=source.choice(["", "", "/:,{}[]\"'"]))
    return encoded.replace("%20", "+") if source.random() < 0.3 else encoded
