"""Encode in columns: batches of requests become the rows of doubles that `decide_rows` reads.

The vectors are those of the Python host. What a value means is asked of that host, once for each distinct value: a
host with the tables of one feature encodes a request that holds that value alone. Only what is plain arithmetic is
done on arrays: limits of numbers and times, ages, hashes of ids, and clocks. The tests hold it to the host.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from math import isnan
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from decision_engine.hosts.python.encode import Encoded, denied, encoder
from decision_engine.hosts.python.tables import Clock, Feature, Tables, Unit
from decision_engine.hosts.python.timestamps import MAX_MAGNITUDE
from decision_engine.hosts.python.values import MAX_NUMBER, MAX_UNITS, Status, timestamp
from infra.columns.hashing import hash_texts
from infra.columns.requests import Path, Requests
from infra.columns.values import (
    ABSENT,
    Coded,
    Floats,
    Integers,
    Mask,
    Moments,
    Numbers,
    Texts,
    Values,
    coded,
    is_present,
    map_coded,
    mask_of,
)

STATUSES = tuple(Status)
"""What the numbers of `Rows.statuses` stand for."""

_PRESENT, _STALE = STATUSES.index(Status.PRESENT), STATUSES.index(Status.STALE)
_REMEMBERED = 65_536  # values of one feature, so that memory does not grow with the table
_DENIED_PATH = ("consent", "denied")
_PLAIN = frozenset(
    {"name", "type", "path", "default", "values", "low", "high", "max_age", "purposes", "inputs", "reading"}
)
"""What a feature's table holds that the arithmetic on arrays knows of."""

Encode: TypeAlias = Callable[[dict[str, object], int], Encoded]
Statuses: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rows:
    """Vectors of shape (rows, width), and for each feature that was asked for the status in each row."""

    vectors: Floats
    statuses: dict[str, Statuses]


class ColumnEncoder:
    """Encodes batches by the tables of a program, features that it does not read too where they are `watched`."""

    def __init__(self, tables: Tables, watched: Collection[str] = ()) -> None:
        self._width, self._now, self._clocks = tables["width"], tables["now"], tables["clocks"]
        bare = cast(Tables, {**tables, "features": [], "units": [], "now": None, "clocks": []})
        self._features = [
            _FeatureColumns(bare, feature)
            for feature in tables["features"]
            if feature["inputs"] or feature["name"] in watched
        ]
        self._units = [_UnitColumns(bare, unit) for unit in tables["units"]]

    def paths(self) -> Iterator[Path]:
        """The paths of requests that are looked at."""
        yield _DENIED_PATH
        for feature in self._features:
            yield from feature.paths()
        for unit in self._units:
            yield unit.path

    def encode(self, requests: Requests, now: int) -> Rows:
        """Encode a batch; `now` (ms UTC) is the time of the requests that have none."""
        vectors = np.full((requests.count, self._width), np.nan)
        at = np.where(requests.is_timed, requests.times, now)
        refused, times = requests.values(_DENIED_PATH), _Times(requests)
        statuses = {
            feature.name: feature.encode(requests, times, at, None if refused is None else coded(refused), vectors)
            for feature in self._features
        }
        for unit in self._units:
            unit.encode(requests, vectors)
        if self._now is not None:
            vectors[:, self._now] = at
        for clock in self._clocks:
            _put_clock(clock, at, vectors)
        return Rows(vectors, statuses)


class _Times:
    """The timestamps of a batch, each path read once."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._known: dict[Path, tuple[Integers, Mask] | None] = {}

    def at(self, path: Path) -> tuple[Integers, Mask] | None:
        """The times at a path in ms UTC, and the rows that have one."""
        if path not in self._known:
            self._known[path] = _times(self._requests.values(path))
        return self._known[path]


class _FeatureColumns:
    """One feature: its elements and its status."""

    def __init__(self, bare: Tables, feature: Feature) -> None:
        self.name = feature["name"]
        self._feature = feature
        self._path = tuple(feature["path"])
        self._host = encoder(cast(Tables, {**bare, "features": [feature]}))
        self._places = [item["at"] for item in feature["inputs"]]
        self._missing = self._encoded({})
        self._denied = self._encoded({"consent": {"denied": feature["purposes"]}})
        self._known: dict[tuple[Path, str], tuple[list[float], int]] = {}
        is_plain = feature.keys() <= _PLAIN and feature.get("reading") is None
        self._is_number = is_plain and feature["type"] == "number"
        self._is_timestamp = is_plain and feature["type"] == "timestamp"

    def paths(self) -> Iterator[Path]:
        """The paths that are looked at."""
        yield from (self._path, ("features", self.name))
        yield from (("timestamps", ".".join(self._path)), ("timestamps", *self._path[:1]))

    def encode(
        self, requests: Requests, times: _Times, at: Integers, refused: Coded | None, vectors: Floats
    ) -> Statuses:
        """Fill the feature's columns of `vectors`; gives the statuses."""
        count = requests.count
        elements = np.tile(np.array(self._missing[0]), (count, 1))
        statuses = np.full(count, self._missing[1], dtype=np.uint8)
        for path in (self._path, ("features", self.name)):
            values = requests.values(path) if path else None
            if values is not None:
                self._fill(values, path, elements, statuses)
        stale = self._stale(times, at, statuses)
        if stale is not None:
            elements[stale], statuses[stale] = self._missing[0], _STALE
        if refused is not None and self._feature["purposes"]:
            purposes = frozenset(self._feature["purposes"])
            is_denied = [not denied({"consent": {"denied": one}}).isdisjoint(purposes) for one in refused.values]
            rows = np.array([*is_denied, False], dtype=np.bool_)[refused.codes]
            elements[rows], statuses[rows] = self._denied
        for column, place in enumerate(self._places):
            vectors[:, place] = elements[:, column]
        return statuses

    def _fill(self, values: Values, path: Path, elements: Floats, statuses: Statuses) -> None:
        """Put in the rows that have a value what it gives, which may be as if there were none."""
        present = is_present(values)
        if self._is_number and isinstance(values, Numbers):
            fits = self._within(values.numbers, float(MAX_NUMBER))
            self._put(present, fits, values.numbers, elements, statuses)
        elif self._is_timestamp and isinstance(values, Numbers | Moments):
            times = values.numbers if isinstance(values, Numbers) else values.times.astype(np.float64)
            fits = self._within(times, float(MAX_MAGNITUDE)) & (np.floor(times) == times)
            self._put(present, fits, times + 0.0, elements, statuses)
        else:
            part = coded(values)
            found = map_coded(part, lambda value: self._one(value, path))
            rows = np.flatnonzero(part.codes != ABSENT)
            blank = self._missing
            given = [one if isinstance(one, tuple) else blank for one in found]
            if len(rows):
                codes = part.codes[rows]
                elements[rows] = np.array([one for one, _ in given])[codes].reshape(len(rows), -1)
                statuses[rows] = np.array([status for _, status in given], dtype=np.uint8)[codes]

    def _within(self, numbers: Floats, largest: float) -> Mask:
        low, high = self._feature["low"], self._feature["high"]
        lowest = -largest if low is None else max(low, -largest)
        highest = largest if high is None else min(high, largest)
        return (numbers >= lowest) & (numbers <= highest)

    def _put(self, present: Mask, fits: Mask, numbers: Floats, elements: Floats, statuses: Statuses) -> None:
        """Features of numbers and times have elements of one kind: the number."""
        good, bad = present & fits, present & ~fits
        elements[good], statuses[good] = numbers[good, None], _PRESENT
        elements[bad], statuses[bad] = self._missing

    def _one(self, value: object, path: Path) -> tuple[list[float], int]:
        """What the host makes of a single value at a path."""
        key = (path, value) if isinstance(value, str) else None
        if key is not None and key in self._known:
            return self._known[key]
        request: object = value
        for name in reversed(path):
            request = {name: request}
        found = self._encoded(cast(dict[str, object], request))
        if key is not None and len(self._known) < _REMEMBERED:
            self._known[key] = found
        return found

    def _encoded(self, request: dict[str, object]) -> tuple[list[float], int]:
        vector, statuses = self._host(request, 0)
        return [vector[place] for place in self._places], STATUSES.index(statuses[0][1])

    def _stale(self, times: _Times, at: Integers, statuses: Statuses) -> Mask | None:
        max_age = self._feature["max_age"]
        if max_age is None or not self._path:
            return None
        exact = times.at(("timestamps", ".".join(self._path)))
        group = times.at(("timestamps", self._path[0]))
        if exact is None or group is None:
            since = exact or group
        else:
            since = np.where(exact[1], exact[0], group[0]), exact[1] | group[1]
        return None if since is None else (statuses == _PRESENT) & since[1] & (at - since[0] > max_age)


class _UnitColumns:
    """The elements that come from the id of a unit."""

    def __init__(self, bare: Tables, unit: Unit) -> None:
        self.path = ("units", unit["name"])
        self._unit = unit
        self._host: Encode = encoder(cast(Tables, {**bare, "units": [unit]}))
        sample = self._host({"units": {unit["name"]: "1"}}, 0).vector
        self._places = [place for place, number in enumerate(sample) if not isnan(number)]
        self._is_hashed = unit.keys() == {"name", "a", "b"}

    def encode(self, requests: Requests, vectors: Floats) -> None:
        """Fill the unit's columns of `vectors`."""
        values = requests.values(self.path) if self._places else None
        if values is None:
            return
        if self._is_hashed and isinstance(values, Texts):
            lengths = pc.fill_null(pc.binary_length(values.texts), 0)
            if pc.max(lengths).as_py() <= MAX_UNITS:  # so many bytes are never more UTF-16 units
                self._put_hashes(values, mask_of(pc.greater(lengths, 0)), vectors)
                return
        part = coded(values)
        none = [np.nan] * len(self._places)
        found = [none if one is None else one for one in map_coded(part, self._one)]
        table = np.array([*found, none], dtype=np.float64).reshape(-1, len(self._places))
        vectors[:, self._places] = table[part.codes]

    def _put_hashes(self, values: Texts, is_id: Mask, vectors: Floats) -> None:
        for place, hashes in zip((self._unit["a"], self._unit["b"]), hash_texts(values.texts), strict=True):
            if place is not None:
                vectors[:, place] = np.where(is_id, hashes.astype(np.float64), np.nan)

    def _one(self, raw: object) -> list[float]:
        vector = self._host({"units": {self._unit["name"]: raw}}, 0).vector
        return [vector[place] for place in self._places]


def _times(values: Values | None) -> tuple[Integers, Mask] | None:
    """Times in ms UTC as hosts read them, without limits, and the rows that have one."""
    match values:
        case None:
            return None
        case Moments(times, present):
            return times, present
        case Numbers(numbers, present):
            is_time = (np.abs(numbers) <= MAX_MAGNITUDE) & (np.floor(numbers) == numbers)
            return np.where(is_time, numbers, 0).astype(np.int64), present & is_time
        case _:
            part = coded(values)
            read = [*map_coded(part, timestamp), None]
            whole = np.array([one if isinstance(one, int) else 0 for one in read], dtype=np.int64)
            return whole[part.codes], np.array([one is not None for one in read], dtype=np.bool_)[part.codes]


def _put_clock(clock: Clock, at: Integers, vectors: Floats) -> None:
    """Local time, as decision_engine/hosts/python/clocks.py has it."""
    starts = np.array([start for start, _ in clock["changes"]], dtype=np.int64)
    offsets = np.array([offset for _, offset in clock["changes"]], dtype=np.int64) * 60_000
    local = at + offsets[np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)]
    days, rest = np.divmod(local, 86_400_000)
    if (place := clock["weekday"]) is not None:
        vectors[:, place] = (days + 3) % 7
    if (place := clock["minute"]) is not None:
        vectors[:, place] = rest // 60_000
