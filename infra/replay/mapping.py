"""Maps: how the columns of a table become requests. docs/reference/replay-map.md is the reference of the format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from feature_registry import Diagnostic, Place, error, has_errors
from feature_registry.json_reader import JsonFile, pointer_to, read_json
from feature_registry.nearest import suggestion
from infra.files import unreadable
from infra.replay.cells import BadCellError, Json
from infra.replay.errors import MapError
from infra.replay.map_reader import MapReader
from infra.replay.prepare import Cells, Moment, prepare, prepare_moment
from infra.replay.rules import Rule, reads_number

KEYS = ("$schema", "description", "request", "at")
_SINGLE_KEY_GROUPS = ("timestamps", "features")  # what follows the group is one key, dots included
_RESERVED = ("__proto__", "constructor", "prototype")


MakeRequest: TypeAlias = Callable[[Cells, int, int | None], tuple[dict[str, object], int | None]]
"""The cells of a row, its number from 1, and the time that is told for it: the request, and its time in ms UTC, which
is the one told if there is one, else what the map's `at` gives. Raises BadCellError."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A map that was read: a rule for each path, the rule of the time, and where each column is first named.

    A plain value, which can be sent to other processes; `prepare` makes the closures.
    """

    paths: tuple[tuple[tuple[str, ...], Rule], ...]
    at: Rule | None
    columns: dict[str, Place]

    def prepare(self) -> MakeRequest:
        """What makes requests of rows; prepared once a table."""
        return _prepare(self)

    @property
    def reads_number(self) -> bool:
        """Whether a request depends on the number of its row."""
        rules = [rule for _, rule in self.paths]
        return any(map(reads_number, rules if self.at is None else [*rules, self.at]))

    def problems(self, columns: Iterable[str]) -> list[Diagnostic]:
        """An error for each column that the map reads and the table has not."""
        known = list(columns)
        return [
            error("unknown-column", f"the table has no column `{name}`", place, suggestion(name, known, "columns"))
            for name, place in self.columns.items()
            if name not in known
        ]


def load_map(path: Path) -> Mapping:
    """Read a map. Raises MapError with all its problems."""
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as fault:
        raise MapError(unreadable(fault, str(path), "a map").diagnostics) from fault
    file, problems = read_json(str(path), raw)
    if not file.is_readable:
        raise MapError(problems)
    reader = MapReader(file)
    mapping = _read(file, reader)
    found = [*problems, *reader.problems]
    if has_errors(found):
        raise MapError(found)
    return mapping


def _read(file: JsonFile, reader: MapReader) -> Mapping:
    if not isinstance(file.value, dict):
        reader.wrong_type("an object with `request`", file.value, "")
        return Mapping((), None, {})
    document: dict[str, Json] = file.value
    reader.check_keys(document, KEYS, "")
    # The time comes first: it may not refer to itself.
    at = reader.rule(document["at"], "/at", salt="at", is_time_of_session=True) if "at" in document else None
    reader.has_session_time = "at" in document
    paths: list[tuple[tuple[str, ...], Rule]] = []
    request = document.get("request")
    if not isinstance(request, dict):
        if "request" in document:
            reader.wrong_type("an object of paths and rules", request, "/request")
        else:
            help_line = 'for instance {"request": {"geo.country": "Country"}}'
            reader.problem("missing-key", "expected the key `request`", "", help_line)
        return Mapping((), at, reader.columns)
    for name, json in request.items():
        pointer = pointer_to("request", name)
        path = _path(name, reader, pointer)
        rule = reader.rule(json, pointer, salt=name)
        if path is not None and rule is not None:
            _check_overlap(path, [known for known, _ in paths], reader, pointer)
            paths.append((path, rule))
    return Mapping(tuple(paths), at, reader.columns)


def _path(name: str, reader: MapReader, pointer: str) -> tuple[str, ...] | None:
    group, dot, rest = name.partition(".")
    parts = (group, rest) if group in _SINGLE_KEY_GROUPS else (group, *rest.split("."))
    if not dot or not all(parts) or any(part in _RESERVED for part in parts):
        help_line = "a group of the request and a name in it, with a dot between"
        reader.problem(
            "bad-path", f"expected a path such as `geo.country`, found `{name}`", pointer, help_line, key=True
        )
        return None
    return parts


def _check_overlap(path: tuple[str, ...], known: list[tuple[str, ...]], reader: MapReader, pointer: str) -> None:
    for other in known:
        shorter = min(len(path), len(other))
        if path[:shorter] == other[:shorter]:
            message = f"`{'.'.join(path)}` and `{'.'.join(other)}` cannot both be set: one lies within the other"
            reader.problem("bad-path", message, pointer, "remove one of them", key=True)
            return


def _prepare(mapping: Mapping) -> MakeRequest:
    moment = None if mapping.at is None else _naming("`at`", prepare_moment(mapping.at))
    rules = [(path[:-1], path[-1], prepare(rule)) for path, rule in mapping.paths]

    def request(cells: Cells, number: int, at: int | None) -> tuple[dict[str, object], int | None]:
        if at is None and moment is not None:
            at = moment(cells, number, None)
        made: dict[str, object] = {}
        for groups, name, evaluate in rules:
            try:
                value = evaluate(cells, number, at)
            except BadCellError as problem:
                raise _named(f"`{'.'.join((*groups, name))}`", problem) from problem
            if value is None:
                continue
            place = made
            for key in groups:
                inner = place.get(key)
                if inner is None:
                    inner = place[key] = {}
                assert type(inner) is dict, "paths do not overlap"
                place = inner
            place[name] = value
        return made, at

    return request


def _naming(name: str, moment: Moment) -> Moment:
    def named(cells: Cells, number: int, at: int | None) -> int | None:
        try:
            return moment(cells, number, at)
        except BadCellError as problem:
            raise _named(name, problem) from problem

    return named


def _named(name: str, problem: BadCellError) -> BadCellError:
    return BadCellError(problem.code, f"{name}: {problem.message}", problem.column, problem.help)
