"""The sessions of a table with a label each: the vectors that the program reads, and the rows that its model reads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from decision_engine.budget.fit.metrics import Labels
from decision_engine.budget.fit.scoring import Floats
from decision_engine.hosts.python.encode import encoder
from decision_engine.ir import Program
from decision_engine.ir.nodes import Clock, Constant, Input, Now, Score
from decision_engine.models import FeatureInput, Model
from feature_registry import Place
from infra.engines.engine import host_tables
from infra.fitting.errors import FittingError
from infra.replay import Mapping, requests_from
from infra.replay.rules import Column

LEAST_ROWS = 50
_LABEL = "label"  # the group of a request that carries what the table says beside the request


@dataclass(frozen=True, slots=True)
class Sessions:
    """`rows` has a column for each input of the model; `vectors`, one for each input of the program, is None for a
    table that holds the model's inputs alone."""

    rows: Floats
    labels: Labels
    vectors: Floats | None


def read_sessions(
    path: Path, label: str, mapping: Mapping | None, program: Program, model: Model, at: int | None
) -> Sessions:
    """The sessions of a table. Without a map its columns are the inputs of the model, by their names in training.

    `at` (ms UTC) is the time of all sessions, instead of the one that the map gives each.

    Raises FittingError, MapError and RequestFileError.
    """
    if mapping is None:
        labels, rows = _read(path, _with_label(_plain_map(model), label, path), model)
        return _checked(Sessions(_array(rows, len(model.inputs)), np.array(labels, dtype=bool), None), path, label)
    reads_time = any(isinstance(source, Now | Clock) for source in program.inputs)
    if at is None and mapping.at is None and reads_time:
        message = "expected a time for the sessions, found none: decisions depend on it"
        raise FittingError("bad-time", message, "", "give one to all with `--at TIME`, or say `at` in the map")
    encode = encoder(host_tables(program))
    labels, vectors = [], []
    for request, own in requests_from(path, _with_label(mapping, label, path), at):
        labels.append(_label(request, len(labels) + 1, path, label))
        vectors.append(encode(request, own or 0).vector)
    found = _array(vectors, len(program.inputs))
    return _checked(Sessions(model_rows(program, model.name, found), np.array(labels, dtype=bool), found), path, label)


def model_rows(program: Program, name: str, vectors: Floats) -> Floats:
    """The inputs of a model for each vector. Raises FittingError when the program asks it about several things."""
    number = next((place for place, forest in enumerate(program.forests) if forest.name == name), None)
    asked = {node.inputs for node in program.nodes if isinstance(node, Score) and node.forest == number}
    if len(asked) != 1:
        found = f"`{name}` scores {len(asked)} things a session" if asked else f"no decision reads `{name}`"
        help_line = "a label belongs to a session: models of candidates cannot be fitted by it"
        raise FittingError("bad-fit", f"expected a model that scores each session once: {found}", "", help_line)
    columns = []
    for ref in asked.pop():
        node = program.nodes[ref]
        match node:
            case Input(index):
                columns.append(vectors[:, index])
            case Constant(value):
                columns.append(np.full(len(vectors), value))
            case _:
                raise AssertionError("a model reads inputs and constants")
    return np.column_stack(columns) if columns else np.empty((len(vectors), 0))


def _read(path: Path, mapping: Mapping, model: Model) -> tuple[list[bool], list[list[float]]]:
    labels: list[bool] = []
    rows: list[list[float]] = []
    for request, _ in requests_from(path, mapping):
        labels.append(_label(request, len(labels) + 1, path, next(iter(mapping.columns))))
        given = request.get("inputs")
        cells = given if isinstance(given, dict) else {}
        rows.append(list(_numbers(cells, model, len(labels), path)))
    return labels, rows


def _numbers(cells: dict[str, object], model: Model, row: int, path: Path) -> Iterator[float]:
    for name, source in zip(model.forest.inputs, model.inputs, strict=True):
        text = cells.get(name)
        if text is None:
            yield math.nan
        elif source.categories is not None:
            yield float(_category(str(text), source.categories, name, row, path))
        else:
            yield _number(str(text).strip(), name, row, path)


def _category(text: str, categories: tuple[str, ...], name: str, row: int, path: Path) -> int:
    if text in categories:
        return categories.index(text)
    message = f"row {row}: expected one of the model's categories in column `{name}`, found `{text[:40]}`"
    raise FittingError("unknown-cell", message, str(path), "give a map with `--map` that says what the texts mean")


def _number(text: str, name: str, row: int, path: Path) -> float:
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        return float(text)
    except ValueError:
        message = f"row {row}: expected a number in column `{name}`, found `{text[:40]}`"
        raise FittingError("bad-cell", message, str(path), "give a map with `--map` if it means one") from None


def _label(request: dict[str, object], row: int, path: Path, label: str) -> bool:
    found = request.pop(_LABEL, None)
    if isinstance(found, dict):
        return bool(found["value"])
    message = f"row {row}: expected a label in column `{label}`, found nothing"
    raise FittingError("bad-label", message, str(path), "leave out rows whose outcome is not known")


def _with_label(mapping: Mapping, label: str, path: Path) -> Mapping:
    """The map, which reads the label as well: so it is missed, or refused, as any column is."""
    paths = (*mapping.paths, ((_LABEL, "value"), Column(label, "bool")))
    return replace(mapping, paths=paths, columns={label: Place(str(path)), **mapping.columns})


def _plain_map(model: Model) -> Mapping:
    for name, source in zip(model.forest.inputs, model.inputs, strict=True):
        if not isinstance(source, FeatureInput):
            message = f"expected a model of sessions: `{model.name}` reads `{name}` of a candidate"
            raise FittingError("bad-fit", message, "", "models of candidates cannot be fitted by a label a session")
    paths = tuple((("inputs", name), Column(name, "text")) for name in model.forest.inputs)
    return Mapping(paths, None, {name: Place("") for name in model.forest.inputs})


def _array(rows: list[list[float]], width: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _checked(sessions: Sessions, path: Path, label: str) -> Sessions:
    count, true = len(sessions.labels), int(sessions.labels.sum())
    if count < LEAST_ROWS:
        message = f"expected at least {LEAST_ROWS} rows, found {count}"
        raise FittingError(
            "too-few-rows", message, str(path), "a model is measured by its rows: give as many as can be"
        )
    if not 0 < true < count:
        found = "true" if true else "false"
        message = f"expected both labels in column `{label}`, found {found} alone"
        raise FittingError("bad-label", message, str(path), "is it the column of the outcome?")
    if min(true, count - true) < 10:
        message = f"expected at least 10 rows of each label in column `{label}`, found {min(true, count - true)}"
        raise FittingError("too-few-rows", message, str(path), "figures of so few rows say nothing")
    return sessions
