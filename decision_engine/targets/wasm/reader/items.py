"""What a reader knows of a registry: every name and text that it may meet, and what to do there, as bytes of memory.

A *context* is a place of the object where texts mean something: its own members, the members of a group, the values of
a category. One table maps (context, text) to a number that is not 0: the address of an item, the address of a row of
values, or a bit. What an item cannot say exactly is REFUSED: the host then reads the object in its general way.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decision_engine.hosts.python.tables import Tables
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.reader.elements import LARGEST, NONE, Measures, measures
from decision_engine.targets.wasm.reader.names import TOP, Names

REFUSED, GROUP, NUMBER, BOOL, CATEGORY, TEXT, TIME, VERSION, TAGS, STAMP, UNIT, DENIED = range(12)
"""The kinds of items. At each stands a value of this kind; a GROUP is an object with a context of its own."""

KIND, MARK, LOW, HIGH, COUNT, LIST, FIRST, SECOND = 0, 4, 8, 16, 24, 28, 32, 36
"""Where the parts of an item stand: its kind, the number of its mark, bounds (f64), its elements, two numbers more."""

MOST_PURPOSES = 31

_ITEM = struct.Struct("<2i2d4i")
_KINDS = {
    "number": NUMBER,
    "bool": BOOL,
    "category": CATEGORY,
    "text": TEXT,
    "timestamp": TIME,
    "version": VERSION,
    "tags": TAGS,
}
_RESERVED = ("units", "timestamps", "features", "consent", "decisions")
_OBSERVED = ("geo", "device", "language", "local", "headers", "cookies", "query")
_PARSED = ("headers", "cookies", "query")
_TEXTS = (CATEGORY, TEXT, VERSION)

_Feature = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Aged:
    """A feature with `max_age`: its elements, and the cells of the two timestamps that may stand for it."""

    max_age: float
    own: int
    group: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """A feature with purposes: the bits of those, and its elements."""

    purposes: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """The names with their items; how many marks and cells a request needs; what holds of the whole object.

    The first marks are those of the features, in the order of the tables, and that of the identity's unit.
    """

    names: Names
    marks: int
    cells: int
    aged: tuple[Aged, ...]
    denied: tuple[Denied, ...]


def place_items(document: Tables, layout: Layout) -> Items:
    """Put the items of tables into memory."""
    return _Placing(document, layout).place()


class _Placing:
    def __init__(self, document: Tables, layout: Layout) -> None:
        self._layout = layout
        self._names = Names()
        self._document = document
        self._features: Sequence[_Feature] = document["features"]
        self._marks = len(self._features) + 1
        self._cells: dict[str, int] = {}
        purposes = dict.fromkeys(purpose for feature in self._features for purpose in feature["purposes"])
        self._purposes = {purpose: number for number, purpose in enumerate(purposes)}

    def place(self) -> Items:
        self._place_features()
        self._place_units()
        self._place_consent()
        aged = self._place_timestamps()
        for name in _RESERVED:
            if not self._names.has(TOP, name):
                self._name(TOP, name, REFUSED)
        denied = tuple(
            Denied(sum(1 << self._purposes[purpose] for purpose in feature["purposes"]), _places(feature))
            for feature in self._features
            if feature["purposes"] and len(self._purposes) <= MOST_PURPOSES
        )
        return Items(self._names, self._marks, len(self._cells), aged, denied)

    def _place_features(self) -> None:
        groups: dict[str, int] = {}
        paths = Counter(tuple(feature["path"][:2]) for feature in self._features)
        single = {feature["path"][0] for feature in self._features if len(feature["path"]) == 1}
        for name in dict.fromkeys(path[0] for path in paths):
            if name in _RESERVED:
                continue
            groups[name] = 0 if name in single else self._names.context()
            self._name(TOP, name, REFUSED if name in single else GROUP, first=groups[name])
        self._refuse_zone(groups)
        for mark, feature in enumerate(self._features):
            path = tuple(feature["path"])
            context = groups.get(path[0], 0)
            if context == 0 or self._names.has(context, path[1]):
                continue
            if paths[path[:2]] == 1 and len(path) == 2:
                self._place_feature(context, mark, feature)
            else:
                self._name(context, path[1], REFUSED)

    def _refuse_zone(self, groups: dict[str, int]) -> None:
        """The local time is observed, by the zone of the object's own place where it names one."""
        if not self._reads("local"):
            return
        if "geo" not in groups:
            groups["geo"] = self._names.context()
            self._name(TOP, "geo", GROUP, first=groups["geo"])
        if groups["geo"]:
            self._name(groups["geo"], "timezone", REFUSED)

    def _place_feature(self, context: int, mark: int, feature: _Feature) -> None:
        kind = _KINDS[feature["type"]]
        group, key = feature["path"]
        is_own = "reading" not in feature  # else its value is made of the one that stands there
        found = measures(feature, self._document["automata"], self._names, self._layout) if is_own else None
        if found is None or (group in _PARSED and kind not in _TEXTS):
            self._name(context, key, REFUSED)
            return
        low, high = feature["low"], feature["high"]
        bounds = (-LARGEST if low is None else max(low, -LARGEST), LARGEST if high is None else min(high, LARGEST))
        self._name(context, key, kind, found, mark=mark, bounds=bounds)

    def _has_places(self) -> bool:
        """Whether a unit has places by named bucketings, which the host computes."""
        return any("named" in unit for unit in self._document["units"])

    def _place_units(self) -> None:
        identity = self._document["identity"]
        units = {unit["name"]: (unit["a"], unit["b"]) for unit in self._document["units"]}
        named = {unit["name"] for unit in self._document["units"] if "named" in unit}
        if identity is not None:
            units.setdefault(identity["unit"], (None, None))
        context = self._names.context()
        self._name(TOP, "units", REFUSED if self._reads("units") or self._has_places() else GROUP, first=context)
        for name, (a, b) in units.items():
            mark = len(self._features) if identity is not None and name == identity["unit"] else None
            kind = REFUSED if name in named else UNIT
            self._name(context, name, kind, first=_offset(a), second=_offset(b), mark=mark)

    def _place_consent(self) -> None:
        context, purposes = self._names.context(), self._names.context()
        is_refused = self._reads("consent") or len(self._purposes) > MOST_PURPOSES
        self._name(TOP, "consent", REFUSED if is_refused else GROUP, first=context)
        self._name(context, "denied", DENIED, first=purposes)
        seen = {purpose for feature in self._features if _is_observed(feature) for purpose in feature["purposes"]}
        for purpose, number in self._purposes.items():
            # What the platform observes is written after the reader, and not by purposes.
            self._names.add(purposes, purpose, -1 if purpose in seen or number >= MOST_PURPOSES else 1 << number)

    def _place_timestamps(self) -> tuple[Aged, ...]:
        aged = [feature for feature in self._features if feature["max_age"] is not None]
        context = self._names.context()
        self._name(TOP, "timestamps", REFUSED if self._reads("timestamps") else GROUP, first=context)
        uses = Counter(_dotted(feature) for feature in aged)
        seen = {name for feature in aged if _is_observed(feature) for name in (_dotted(feature), feature["path"][0])}
        for feature in aged:
            for name in (_dotted(feature), feature["path"][0]):
                if name in self._cells:
                    continue
                self._cells[name] = 8 * len(self._cells)
                is_refused = name in seen or uses[name] > 1
                self._name(context, name, REFUSED if is_refused else STAMP, first=self._cells[name])
        return tuple(
            Aged(
                float(feature["max_age"]),
                self._cells[_dotted(feature)],
                self._cells[feature["path"][0]],
                _places(feature),
            )
            for feature in aged
        )

    def _reads(self, group: str) -> bool:
        """Whether a feature reads a member that means something by itself."""
        return any(feature["path"][0] == group for feature in self._features)

    def _name(
        self,
        context: int,
        name: str,
        kind: int,
        found: Measures | None = None,
        *,
        mark: int | None = None,
        bounds: tuple[float, float] = (0.0, 0.0),
        first: int = 0,
        second: int = 0,
    ) -> None:
        if mark is None:
            mark, self._marks = self._marks, self._marks + 1
        if found is None:
            found = Measures(0, b"", first, second)
        listed = self._layout.place(found.elements, 4) if found.elements else 0
        item = _ITEM.pack(kind, mark, *bounds, found.count, listed, found.first, found.second)
        self._names.add(context, name, self._layout.place(item))


def _is_observed(feature: _Feature) -> bool:
    return feature["path"][0] in _OBSERVED


def _dotted(feature: _Feature) -> str:
    return ".".join(feature["path"])


def _places(feature: _Feature) -> tuple[int, ...]:
    return tuple(8 * given["at"] for given in feature["inputs"])


def _offset(place: int | None) -> int:
    return NONE if place is None else 8 * place
