"""Merging what two people made of the same content, object by object; what both changed is a clash.

Both sides begin with `base`. A file that one side left as it was is taken from the other, whole. In a file that both
changed, each object is taken from the side that changed it, and keeps its place in theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from feature_registry.stores.conflicts import ABSENT, Clash, clash, same
from feature_registry.stores.content import Content, Objects, all_objects, file_of, is_registry_file, objects_of
from feature_registry.stores.storage import digest_of

Keep: TypeAlias = Mapping[str, Literal["yours", "theirs"]]
"""The subject of a clash -> the side that is to stand."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Content that has the changes of both sides; empty when there are clashes."""

    content: Content
    clashes: tuple[Clash, ...]


def merge(base: Content, theirs: Content, yours: Content, keep: Keep | None = None) -> Merged:
    """Both sides' changes in one content, or every clash that `keep` does not settle."""
    merging = _Merging(keep or {})
    merging.note_objects(base, theirs, yours)
    content: dict[str, bytes] = {}
    for name in sorted({*base, *theirs, *yours}):
        merged = merging.file(name, base.get(name), theirs.get(name), yours.get(name))
        if merged is not None:
            content[name] = merged
    clashes = merging.clashes
    if not clashes:  # while a clash is open, what stands where depends on which side is to stand
        for path in sorted(_standing_twice(content) - _standing_twice(theirs) - _standing_twice(yours)):
            clashes[path] = clash(path, *(_files_with(path, side) for side in (base, theirs, yours)))
    return Merged({} if clashes else content, tuple(clashes[subject] for subject in sorted(clashes)))


def changes(old: Content, new: Content) -> tuple[str, ...]:
    """The objects (`kind/name`) that differ, and the files that differ without an object doing so; sorted."""
    files = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    before, after = (all_objects({name: side[name] for name in files if name in side}) for side in (old, new))
    objects = {path for path in {*before, *after} if not same(before.get(path, ABSENT), after.get(path, ABSENT))}
    told = {name for name in files if _paths(name, old, new) & objects}
    return (*sorted(objects), *sorted(files - told))


@dataclass
class _Merging:
    """The clashes found so far, by subject."""

    keep: Keep
    clashes: dict[str, Clash] = field(default_factory=dict)

    def note_objects(self, base: Content, theirs: Content, yours: Content) -> None:
        """Note every object that both sides changed, and not alike, in whichever files it stands."""
        before, left, right = all_objects(base), all_objects(theirs), all_objects(yours)
        for path in sorted({*before, *left, *right}):
            self._settled(path, before.get(path, ABSENT), left.get(path, ABSENT), right.get(path, ABSENT))

    def file(self, name: str, base: bytes | None, theirs: bytes | None, yours: bytes | None) -> bytes | None:
        """The file after both sides' changes; None when it is gone."""
        if yours in (base, theirs):
            return theirs
        if theirs == base:
            return yours
        texts = [one for one in (base, theirs, yours) if one is not None]
        if theirs is None or yours is None or not all(is_registry_file(name, one) for one in texts):
            settled = self._settled(f"file {name}", _named(base), _named(theirs), _named(yours))
            return yours if settled == "yours" else theirs
        before = {} if base is None else objects_of(name, base)
        return file_of(name, self._objects(name, before, objects_of(name, theirs), objects_of(name, yours)))

    def _objects(self, name: str, base: Objects, theirs: Objects, yours: Objects) -> Objects:
        merged: Objects = {}
        for kind in dict.fromkeys((*theirs, *yours)):
            before, left, right = (side.get(kind, {}) for side in (base, theirs, yours))
            if same(before, right):
                result = left
            elif same(before, left):
                result = right
            else:
                result = self._kind(name, kind, before, left, right)
            if result or (kind in theirs and kind in yours):
                merged[kind] = result
        return merged

    def _kind(
        self, file: str, kind: str, base: dict[str, object], theirs: dict[str, object], yours: dict[str, object]
    ) -> dict[str, object]:
        result = dict(theirs)
        for key in dict.fromkeys((*base, *yours)):
            sides = (base.get(key, ABSENT), theirs.get(key, ABSENT), yours.get(key, ABSENT))
            settled = self._settled(f"{kind}/{key}" if key else kind, *sides)
            if settled == "yours" or (settled is None and not same(sides[0], sides[2])):
                if sides[2] is ABSENT:
                    result.pop(key, None)
                else:
                    result[key] = sides[2]
        if self._takes_your_order(f"order of {kind} in {file}", list(base), list(theirs), list(yours)):
            result = {key: result[key] for key in dict.fromkeys((*yours, *result)) if key in result}
        return result

    def _takes_your_order(self, subject: str, base: list[str], theirs: list[str], yours: list[str]) -> bool:
        """Whether objects stand as yours do. The order of what all three have counts: new ones come last anyway."""
        common = {*base} & {*theirs} & {*yours}
        orders = [[key for key in side if key in common] for side in (base, theirs, yours)]
        settled = self._settled(subject, *orders)
        return settled == "yours" or (settled is None and orders[0] != orders[2])

    def _settled(self, subject: str, base: object, theirs: object, yours: object) -> Literal["yours", "theirs"] | None:
        """The side that is to stand where both changed the same; None where they did not. Notes an open clash."""
        if same(base, theirs) or same(base, yours) or same(theirs, yours):
            return None
        if subject not in self.keep:
            self.clashes.setdefault(subject, clash(subject, base, theirs, yours))
            return "theirs"
        return self.keep[subject]


def _standing_twice(content: Content) -> set[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for name in content:
        here = _paths(name, content)
        twice |= seen & here
        seen |= here
    return twice


def _paths(name: str, *contents: Content) -> set[str]:
    return {
        f"{kind}/{key}"
        for content in contents
        if name in content
        for kind, objects in objects_of(name, content[name]).items()
        for key in objects
        if key
    }


def _files_with(path: str, content: Content) -> object:
    return [name for name in sorted(content) if path in _paths(name, content)]


def _named(content: bytes | None) -> object:
    return ABSENT if content is None else digest_of(content)
