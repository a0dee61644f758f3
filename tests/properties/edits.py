"""Strategies of edits: a registry's document becomes another one, as people change them and as nobody would."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.conformance.cases import Json
from tests.properties.pools import DOMAINS, PATHS, PURPOSES, TAGS, TIMES
from tests.properties.registries import registries

KINDS = ("features", "cohorts", "models", "layers", "experiments", "payloads", "decisions")
VALUES: list[Json] = [True, False, 0, 0.5, 1, 2, 50, "a", "DE", "s", "1.2.3", "visitor_id", "account_id", "p1", "c0"]
KEPT_ORDER = ("variations", "value")


@st.composite
def edited(draw: DrawFn, registry: Json, is_sound: Callable[[Json], bool]) -> Json:
    """The document after one to three edits; one that makes it unsound is thrown away, and another one tried."""
    found, other = registry, draw(registries())
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        for _ in range(4):
            tried = copy.deepcopy(found)
            _edit(draw, tried, other)
            if is_sound(tried):
                found = tried
                break
    return found


def reformatted(registry: Json, random: Random) -> Json:
    """The same registry in another form: keys, and the items of lists that are sets, in any order."""
    found = _shuffled(registry, random)
    return {kind: {name: found[kind][name] for name in registry[kind]} for kind in sorted(registry, reverse=True)}


def _edit(draw: DrawFn, found: Json, other: Json) -> None:
    match draw(st.sampled_from([*["attribute"] * 6, "object", "part", "leaf", "drop", "order", "rename"])):
        case "attribute":
            _set_attribute(draw, found)
        case "object":
            _take_object(draw, found, other)
        case "part":
            _take_part(draw, found, other)
        case "leaf":
            _change_leaf(draw, found)
        case "drop":
            _drop_key(draw, found)
        case "order":
            _reorder_objects(draw, found)
        case _:
            _rename_cohort(draw, found)


def _set_attribute(draw: DrawFn, found: Json) -> None:
    """An attribute that outcomes depend on."""
    kind = draw(st.sampled_from(["features", "features", "features", "experiments", "layers", "payloads", "models"]))
    names = [name for name, one in found[kind].items() if kind != "payloads" or "group" in one]
    document = found[kind][draw(st.sampled_from(names))]
    match kind:
        case "features":
            key = draw(st.sampled_from(["default", "default", "max_age", "purposes", "from", "values", "range"]))
            document[key] = draw(_feature_attributes(document["type"], key))
        case "experiments":
            key = draw(st.sampled_from(["traffic", "salt", "starts", "ends", "cohort", "variations"]))
            document[key] = _experiment_attribute(draw, found, document, key)
        case "layers":
            document["holdout"] = draw(st.sampled_from([0, 0.3, 0.9]))
        case "payloads":
            attributes = document.get("attributes", {"weight": 1})
            document["attributes"] = {**attributes, "weight": draw(st.sampled_from([-2.0, 0, 0.5, 9]))}
        case _:
            column = draw(st.sampled_from(sorted(document["inputs"])))
            source = document["inputs"][column]
            if isinstance(source, dict) and "categories" in source:
                document["inputs"][column] = {**source, "categories": draw(st.permutations(source["categories"]))}
            else:
                document["inputs"][column] = draw(st.sampled_from(["f_number", "f_bool", "f_timestamp"]))


def _feature_attributes(kind: str, key: str) -> SearchStrategy[Json]:
    match key:
        case "default":
            return st.sampled_from(TIMES if kind == "timestamp" else DOMAINS[kind])
        case "max_age":
            return st.sampled_from(["1s", "1h", "48h", "3650d"])
        case "purposes":
            return st.sampled_from([[], [PURPOSES[0]], PURPOSES])
        case "values":
            return st.lists(st.sampled_from(TAGS if kind == "tags" else DOMAINS[kind]), min_size=1, max_size=4)
        case "range":
            return st.sampled_from([[0, 5], [-1, 50], [-1000, 1000]])
        case _:
            return st.sampled_from(PATHS).map(lambda path: path.format(f"f-{kind}"))


def _experiment_attribute(draw: DrawFn, found: Json, document: Json, key: str) -> Json:
    match key:
        case "variations":
            names = draw(st.permutations(sorted(document["variations"])))
            return {name: draw(st.sampled_from([0, 1, 3])) for name in names}
        case "cohort":
            return draw(st.sampled_from(sorted(found["cohorts"])))
        case "starts" | "ends":
            return draw(st.sampled_from(["2025-11-21T09:00:00Z", "2026-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]))
        case _:
            return draw(st.sampled_from([0.2, 0.7] if key == "traffic" else ["s1", "s2"]))


def _take_object(draw: DrawFn, found: Json, other: Json) -> None:
    kind = draw(st.sampled_from(KINDS))
    name = draw(st.sampled_from(sorted(other[kind])))
    found[kind][name] = other[kind][name]


def _take_part(draw: DrawFn, found: Json, other: Json) -> None:
    """One key of an object as another registry has it there."""
    kind = draw(st.sampled_from(KINDS))
    name = draw(st.sampled_from(sorted(found[kind])))
    if name in other[kind]:
        key = draw(st.sampled_from(sorted(other[kind][name])))
        found[kind][name][key] = other[kind][name][key]


def _change_leaf(draw: DrawFn, found: Json) -> None:
    holder, key = draw(st.sampled_from(list(_leaves({kind: found[kind] for kind in KINDS}))))
    holder[key] = draw(st.sampled_from(VALUES))


def _drop_key(draw: DrawFn, found: Json) -> None:
    kind = draw(st.sampled_from(KINDS))
    document = found[kind][draw(st.sampled_from(sorted(found[kind])))]
    document.pop(draw(st.sampled_from(sorted(document))))


def _reorder_objects(draw: DrawFn, found: Json) -> None:
    """The order of payloads settles ties of rankings, the order of rules which one is first."""
    if draw(st.booleans()):
        found["payloads"] = dict(draw(st.permutations(list(found["payloads"].items()))))
    else:
        decision = found["decisions"][draw(st.sampled_from(sorted(found["decisions"])))]
        decision["rules"] = draw(st.permutations(decision.get("rules", [])))


def _rename_cohort(draw: DrawFn, found: Json) -> None:
    """A cohort under another name, wherever it is named; shares without a salt are drawn anew by it."""
    name = draw(st.sampled_from(sorted(found["cohorts"])))
    found["cohorts"] = {("renamed" if key == name else key): one for key, one in found["cohorts"].items()}
    for holder, key in list(_leaves(found)):
        if key == "cohort" and holder[key] == name:
            holder[key] = "renamed"


def _leaves(value: Json) -> Iterator[tuple[Json, Json]]:
    """Every place of a value that is no object and no list: its holder, and the key in it."""
    items = list(value.items() if isinstance(value, dict) else enumerate(value))
    for key, item in items:
        if isinstance(item, dict | list):
            yield from _leaves(item)
        else:
            yield value, key


def _shuffled(value: Json, random: Random, key: str = "") -> Json:
    if isinstance(value, list):
        items = [_shuffled(item, random) for item in value]
        if key in ("all", "any", "in", "not_in", "has_any", "has_all", "has_none", "purposes", "values"):
            random.shuffle(items)
        return items
    if not isinstance(value, dict) or key in KEPT_ORDER:
        return value
    items = list(value.items())
    random.shuffle(items)
    return {name: _shuffled(item, random, name) for name, item in items}
