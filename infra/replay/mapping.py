"""Maps: how the columns of a table become requests. docs/reference/replay-map.md is the reference of the format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from feature_registry import Diagnostic, Place, error, has_errors
from feature_registry.json_reader import JsonFile, pointer_to, read_json
from feature_registry.nearest import suggestion
from infra.files import unreadable
from infra.replay.cells import BadCellError, Json
from infra.replay.errors import MapError
from infra.replay.map_reader import MapReader
from infra.replay.rules import Row, Rule, evaluate, milliseconds

KEYS = ("$schema", "description", "request", "at")
_SINGLE_KEY_GROUPS = ("timestamps", "features")  # what follows the group is one key, dots included
_RESERVED = ("__proto__", "constructor", "prototype")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A map that was read: a rule for each path, the rule of the time, and where each column is first named."""

    paths: tuple[tuple[tuple[str, ...], Rule], ...]
    at: Rule | None
    columns: dict[str, Place]

    def request(self, row: Row) -> tuple[dict[str, object], int | None]:
        """The request of a row, and its time in ms UTC: the row's own if it has one, else what `at` gives.

        Raises BadCellError.
        """
        at = row.at if row.at is not None or self.at is None else _time(self.at, row)
        row = Row(row.number, row.cells, at)
        request: dict[str, object] = {}
        for path, rule in self.paths:
            try:
                value = evaluate(rule, row)
            except BadCellError as problem:
                where = f"`{'.'.join(path)}`: {problem.message}"
                raise BadCellError(problem.code, where, problem.column, problem.help) from problem
            if value is not None:
                _put(request, path, value)
        return request, at

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


def _time(rule: Rule, row: Row) -> int | None:
    try:
        value = evaluate(rule, row)
        return None if value is None else milliseconds(value)
    except BadCellError as problem:
        raise BadCellError(problem.code, f"`at`: {problem.message}", problem.column, problem.help) from problem


def _put(request: dict[str, object], path: tuple[str, ...], value: Json) -> None:
    for key in path[:-1]:
        inner = request.setdefault(key, {})
        assert isinstance(inner, dict), "paths do not overlap"
        request = inner
    request[path[-1]] = value
