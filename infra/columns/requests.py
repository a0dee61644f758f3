"""Many requests as columns: the values of a path, row by row, from a table by its map or from parsed requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from decision_engine.hosts.python.values import MAX_NUMBER
from infra.columns.rules import Batch, evaluate, evaluate_time
from infra.columns.values import ABSENT, Coded, Integers, Mask, Numbers, Texts, Values, is_present, map_coded
from infra.replay.mapping import Mapping
from infra.replay.rules import Rule, columns_of

Path: TypeAlias = tuple[str, ...]
Tree: TypeAlias = dict[str, "Tree | Values"]
_Groups: TypeAlias = Sequence[dict[str, object] | None]


class Requests(Protocol):
    """A batch of requests. `times` are in ms UTC, where `is_timed`; `first` is the number of the first row from 1."""

    count: int
    first: int
    times: Integers
    is_timed: Mask

    def values(self, path: Path) -> Values | None:
        """The raw values at a path of the request, which walks own properties through objects; None: no row has one."""


class MappedRequests:
    """The requests that a map makes of a table's batch; `at` is the time of all of them, instead of the map's."""

    def __init__(self, mapping: Mapping, batch: Batch, at: int | None) -> None:
        self.count = batch.count
        self.first = batch.first
        rows = batch.all_rows()
        if at is not None:
            batch.times, batch.is_timed = np.full(batch.count, at), np.ones(batch.count, dtype=np.bool_)
        elif mapping.at is not None:
            times, batch.is_timed = evaluate_time(mapping.at, batch, rows)
            batch.times = np.where(batch.is_timed, times, 0).astype(np.int64)
        self.times, self.is_timed = batch.times, batch.is_timed
        self._tree: Tree = {}
        for path, rule in mapping.paths:
            self._put(path, rule, batch, rows)

    def values(self, path: Path) -> Values | None:
        """The raw values at a path."""
        found: Tree | Values = self._tree
        for depth, key in enumerate(path):
            if not isinstance(found, dict):
                return _inside(found, path[depth:])
            if key not in found:
                return None
            found = found[key]
        # Some of a group's own paths: an object where a value is expected, in rows that have any of them.
        return _as_objects(found, self.count) if isinstance(found, dict) else found

    def _put(self, path: Path, rule: Rule, batch: Batch, rows: Integers) -> None:
        place = self._tree
        for key in path[:-1]:
            inner = place.setdefault(key, {})
            assert isinstance(inner, dict), "paths do not overlap"
            place = inner
        place[path[-1]] = evaluate(rule, batch, rows)


class ParsedRequests:
    """Requests that are Python values already, with their times."""

    def __init__(self, sessions: Sequence[tuple[dict[str, object], int | None]], first: int) -> None:
        self.count = len(sessions)
        self.first = first
        self.times = np.array([at or 0 for _, at in sessions], dtype=np.int64)
        self.is_timed = np.array([at is not None for _, at in sessions], dtype=np.bool_)
        self._groups: dict[Path, _Groups] = {(): [request for request, _ in sessions]}
        self._values: dict[Path, Values | None] = {}

    def values(self, path: Path) -> Values | None:
        """The raw values at a path."""
        if path not in self._values:
            self._values[path] = self._read(path)
        return self._values[path]

    def _read(self, path: Path) -> Values | None:
        groups, key = self._group(path[:-1]), path[-1]
        if not groups:
            return None
        return _columnar([_ABSENT if group is None else group.get(key, _ABSENT) for group in groups])

    def _group(self, path: Path) -> _Groups:
        """The objects at a path, None where there is none; empty when no row has one."""
        if path not in self._groups:
            outer, key = self._group(path[:-1]), path[-1]
            found = [_object(group.get(key)) if group else None for group in outer]
            self._groups[path] = found if any(found) else ()
        return self._groups[path]


def needed(mapping: Mapping, wanted: Iterable[Path]) -> Mapping:
    """The map without the rules of paths that nobody asks for; its columns are those that the others read."""
    paths = [path for path in dict.fromkeys(wanted) if path]
    rules = tuple(
        (path, rule) for path, rule in mapping.paths if any(path[: len(one)] == one[: len(path)] for one in paths)
    )
    read = [rule for rule in (*(rule for _, rule in rules), mapping.at) if rule is not None]
    used = {name for rule in read for name in columns_of(rule)}
    return Mapping(rules, mapping.at, {name: place for name, place in mapping.columns.items() if name in used})


class _Absent:
    """What a row has that has nothing; None would be a null."""


_ABSENT = _Absent()


def _object(value: object) -> dict[str, object] | None:
    return value if type(value) is dict else None


def _columnar(raws: list[object]) -> Values | None:
    kinds = set(map(type, raws))
    if kinds == {_Absent}:
        return None
    is_dense = _Absent not in kinds
    if kinds <= {float, int, _Absent}:
        present = np.array([True] if is_dense else [raw is not _ABSENT for raw in raws], dtype=np.bool_)
        numbers = np.array(raws if is_dense else [0.0 if raw is _ABSENT else raw for raw in raws], dtype=np.float64)
        if (np.abs(numbers) <= MAX_NUMBER).all():
            return Numbers(numbers, np.broadcast_to(present, len(raws)))
    if kinds <= {str, _Absent}:
        try:
            return Texts(pa.array(raws if is_dense else [None if raw is _ABSENT else raw for raw in raws], pa.string()))
        except UnicodeEncodeError:
            pass  # a lone surrogate, which Arrow has no form for
    return _distinct(raws)


def _distinct(raws: list[object]) -> Coded:
    known: dict[object, int] = {}
    values: list[object] = []
    codes = np.empty(len(raws), dtype=np.int32)
    for row, raw in enumerate(raws):
        if raw is _ABSENT:
            codes[row] = ABSENT
            continue
        # Texts stand for themselves; of other values, equal ones may be of other types, or signs.
        code = known.setdefault(raw if type(raw) is str else (type(raw), repr(raw)), len(values))
        if code == len(values):
            values.append(_with_floats(raw))
        codes[row] = code
    return Coded(codes, values)


def _with_floats(raw: object) -> object:
    """The value with its numbers as the strict rule reads them, which are all doubles."""
    match raw:
        case int() if type(raw) is int and abs(raw) <= MAX_NUMBER:
            return float(raw)
        case list():
            return [_with_floats(item) for item in raw]
        case dict():
            return {key: _with_floats(item) for key, item in raw.items()}
        case _:
            return raw


def _inside(values: Values, path: Path) -> Values | None:
    """The values at a path inside of values, most of which are no objects."""
    if not isinstance(values, Coded):
        return None
    found = map_coded(values, lambda value: _walk(value, path))
    is_absent = np.array([one is _ABSENT or one is None for one in found] + [True], dtype=np.bool_)
    return Coded(np.where(is_absent[values.codes], ABSENT, values.codes).astype(np.int32), found)


def _walk(value: object, path: Path) -> object:
    for key in path:
        if type(value) is not dict or key not in value:
            return _ABSENT
        value = value[key]
    return value


def _as_objects(tree: Tree, count: int) -> Values | None:
    has_any = np.zeros(count, dtype=np.bool_)
    for inner in tree.values():
        found = _as_objects(inner, count) if isinstance(inner, dict) else inner
        if found is not None:
            has_any |= is_present(found)
    return Coded(np.where(has_any, 0, ABSENT).astype(np.int32), [{}]) if has_any.any() else None
