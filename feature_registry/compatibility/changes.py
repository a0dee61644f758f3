"""What differs between two registries: objects added, removed and changed, attribute by attribute."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from feature_registry.compatibility.graph import Graph
from feature_registry.compatibility.identities import Form, Key, Numbers
from feature_registry.documents import Cohort
from feature_registry.documents.base import CARE
from feature_registry.json_reader import pointer_to
from feature_registry.registry import Registry

KINDS = ("features", "cohorts", "models", "layers", "experiments", "decisions", "payloads", "policies", "environments")
NOTHING = object()
"""What stands on the side of a change where there is no value."""


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One value of a document that differs. `at` is its JSON pointer in the document; old or new may be NOTHING."""

    at: str
    old: object
    new: object

    def to_json(self) -> dict[str, object]:
        """The change; the side where there is no value is left out."""
        sides = {"old": self.old, "new": self.new}
        return {"attribute": self.at, **{side: value for side, value in sides.items() if value is not NOTHING}}


@dataclass(frozen=True, slots=True)
class Changes:
    """All objects that differ, by kind in the order of KINDS, then in the order of declaration."""

    added: tuple[Key, ...]
    removed: tuple[Key, ...]
    changed: Mapping[Key, tuple[AttributeChange, ...]]


def find_changes(old: Graph, new: Graph, numbers: Numbers) -> Changes:
    """The objects that differ in meaning. Policies that are not written count as those with defaults."""
    olds, news = _objects(old.registry), _objects(new.registry)
    changed = {}
    for key in (*olds, *(key for key in news if key[0] == "policies" and key not in olds)):
        if key in news or key[0] == "policies":
            found = tuple(_attribute_changes(old, new, numbers, key, olds.get(key, {}), news.get(key, {})))
            if found:
                changed[key] = found
    return Changes(
        tuple(key for key in news if key not in olds and key[0] != "policies"),
        tuple(key for key in olds if key not in news and key[0] != "policies"),
        dict(sorted(changed.items(), key=lambda item: KINDS.index(item[0][0]))),
    )


def _objects(registry: Registry) -> dict[Key, object]:
    """The JSON of every object."""
    found: dict[Key, object] = {}
    for (kind, name), file in registry.files.items():
        assert isinstance(file.value, dict), "a registry file is an object"
        found[kind, name] = file.value[kind][name]
    return dict(sorted(found.items(), key=lambda item: KINDS.index(item[0][0])))


def _attribute_changes(
    old: Graph, new: Graph, numbers: Numbers, key: Key, old_json: object, new_json: object
) -> Iterator[AttributeChange]:
    if key[0] == "models":
        was, now = (hashlib.sha256(one.registry.model_files[key[1]]).hexdigest() for one in (old, new))
        if was != now:
            yield AttributeChange("/file", f"sha256:{was}", f"sha256:{now}")
    if repr(old_json) == repr(new_json):
        return
    assert isinstance(old_json, dict), "the registry was read"
    assert isinstance(new_json, dict), "the registry was read"
    before, after = old.document(key), new.document(key)
    if before is None or after is None or type(before) is not type(after):
        yield from _inside("", old_json, new_json)
        return
    was_form, now_form = (Form(key, numbers, one.operators) for one in (old, new))
    for name, field in type(before).model_fields.items():
        if was_form.attribute(before, name) == now_form.attribute(after, name):
            continue
        if isinstance(before, Cohort) and name == "condition":
            yield from _inside("", _condition(old_json), _condition(new_json))
        else:
            key_name = field.alias or name
            yield from _inside(pointer_to(key_name), old_json.get(key_name, NOTHING), new_json.get(key_name, NOTHING))


def _condition(json: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in json.items() if key not in CARE}


def _inside(at: str, old: object, new: object) -> Iterator[AttributeChange]:
    """The innermost values that differ; lists of another length, and values of another kind, as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        common = [key for key in old if key in new]
        if common != [key for key in new if key in old] and {*old} == {*new} and old == new:
            yield AttributeChange(at, old, new)  # nothing but the order differs, and it counts here
        for key in dict.fromkeys((*old, *new)):
            yield from _inside(at + pointer_to(key), old.get(key, NOTHING), new.get(key, NOTHING))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and _hold_objects(old, new):
        for index, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from _inside(at + pointer_to(index), was, now)
    elif old is NOTHING or new is NOTHING or repr(old) != repr(new):
        yield AttributeChange(at, old, new)


def _hold_objects(*lists: list[object]) -> bool:
    return any(isinstance(item, dict) for one in lists for item in one)
