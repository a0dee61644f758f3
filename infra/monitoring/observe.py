"""Recorded sessions as a tally: each feature as the reference evaluator serves it, each model's score, in batches."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np

from decision_engine.budget.fit.scoring import Views, margins
from decision_engine.hosts.python.values import Status, Value
from decision_engine.models import FeatureInput, Model, Models, Output, attribute_number, output_value
from decision_engine.monitoring import OTHER, Cell, Tally, Values, Watched, age_bin, number_bin
from decision_engine.monitoring.documents import Scale
from decision_engine.reference import Reference
from decision_engine.reference.features import Served
from feature_registry import Feature, Registry
from feature_registry.conditions import Condition, FeatureTest, walk
from feature_registry.values import FeatureType
from infra.engines import Request
from infra.replay.request_files import Session

BATCH = 512
"""Sessions that are scored at once."""

UNKNOWN = "(unknown)"
"""The region or device of a session that does not say."""

DERIVED = "derived"
"""The group of the features that are derived from others."""

_LONGEST_LABEL = 64

Bin: TypeAlias = Callable[[Value, int], str]
"""The bin or the label of a present value, in a session at that time (ms UTC)."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a request says its region and its kind of device: paths, such as (geo, country)."""

    region: tuple[str, ...] = ("geo", "country")
    device: tuple[str, ...] = ("device", "mobile")


def digest_of_model(registry: Registry, model: str) -> str:
    """The digest of a model's file."""
    return f"sha256:{hashlib.sha256(registry.model_files[model]).hexdigest()}"


def scored_models(models: Models) -> dict[str, Model]:
    """The models that score a session: those that read no attribute of a candidate."""
    return {
        name: model
        for name, model in models.items()
        if all(isinstance(source, FeatureInput) for source in model.inputs)
    }


def watched_features(registry: Registry) -> tuple[Watched, ...]:
    """What freshness knows of the features; those that are derived from others are a group, as old as their sources."""
    return tuple(
        Watched(name, feature.path[0] if feature.path else DERIVED, feature.max_age)
        for name, feature in registry.features.items()
    )


class Observer:
    """Counts sessions of one registry. `max_age` and scales come from the registry; so do the labels of open texts."""

    def __init__(self, registry: Registry, models: Models, places: Places) -> None:
        self._reference = Reference(registry, models)
        self._registry = registry
        self._places = places
        self._models = scored_models(models)
        self._digests = {name: digest_of_model(registry, name) for name in self._models}
        labels = _labels(registry, models)
        self._bins = {name: _binning(feature, labels[name]) for name, feature in registry.features.items()}

    def add(self, tally: Tally, sessions: Iterable[Session], now: int, on_batch: Callable[[int], None]) -> None:
        """Count sessions, of which no more than a batch is in memory; `now` is the time of those that have none."""
        timed = ((request, now if at is None else at) for request, at in sessions)
        for batch in _batches(timed):
            rows: dict[str, list[list[float]]] = {name: [] for name in self._models}
            for request, at in batch:
                served = self._reference.evaluate(request, at, ()).features
                self._count(tally, request, served, at)
                for name, model in self._models.items():
                    rows[name].append([_input(source, served) for source in model.inputs if _is_feature(source)])
            for name, model in self._models.items():
                scale: Scale = "category" if model.output is Output.CLASS else "number"
                values = tally.scores_of(name, self._digests[name], scale)
                _count_scores(values, model, rows[name])
            on_batch(len(batch))

    def _count(self, tally: Tally, request: Request, served: Mapping[str, Served], at: int) -> None:
        tally.see(at, at, self._registry.digest)
        cell = tally.cell(_label_at(request, self._places.region), _label_at(request, self._places.device))
        tally.sessions[cell] += 1
        for name, found in served.items():
            self._count_feature(tally, name, cell, found, at)

    def _count_feature(self, tally: Tally, name: str, cell: Cell, found: Served, at: int) -> None:
        feature = self._registry.features[name]
        counted = tally.served_in(name, cell)
        counted.counts[found.status] += 1
        if found.age is not None:
            counted.ages[age_bin(found.age)] += 1
            if feature.max_age is not None and found.age > feature.max_age:
                counted.beyond += 1
        scale, bin_of = self._bins[name]
        values = tally.values_of(name, feature.version, scale)
        if found.status is Status.PRESENT and found.value is not None:
            values.bins[bin_of(found.value, at)] += 1
        else:
            values.absent += 1


def _batches(sessions: Iterator[tuple[Request, int]]) -> Iterator[list[tuple[Request, int]]]:
    while batch := list(islice(sessions, BATCH)):
        yield batch


def _labels(registry: Registry, models: Models) -> dict[str, frozenset[str]]:
    """The texts of each feature that the registry names; all others are counted together, and none is kept."""
    found: dict[str, set[str]] = {name: set(feature.values or ()) for name, feature in registry.features.items()}
    for outer in _conditions(registry):
        for condition in walk(outer):
            if isinstance(condition, FeatureTest) and condition.operator in ("is", "is_not", "in", "not_in"):
                given = condition.argument if isinstance(condition.argument, tuple) else (condition.argument,)
                found[condition.feature].update(text for text in given if isinstance(text, str))
    for model in models.values():
        for source in model.inputs:
            if isinstance(source, FeatureInput):
                found[source.feature].update(source.categories or ())
    return {name: frozenset(text for text in texts if 0 < len(text) <= _LONGEST_LABEL) for name, texts in found.items()}


def _conditions(registry: Registry) -> Iterator[Condition]:
    """The conditions of cohorts, candidates and rules."""
    for cohort in registry.cohorts.values():
        yield cohort.condition
    for document in (*registry.payloads.values(), *(rule for one in registry.decisions.values() for rule in one.rules)):
        if document.condition is not None:
            yield document.condition


def _binning(feature: Feature, labels: frozenset[str]) -> tuple[Scale, Bin]:
    """How the values of a feature are counted.

    Numbers as they are, timestamps by the seconds that have passed since, tags by how many there are; bools, and texts
    by their labels; of versions only that there is one.
    """
    match feature.type:
        case FeatureType.NUMBER:
            return "number", lambda value, _: str(number_bin(float(value)))
        case FeatureType.TIMESTAMP:
            return "number", lambda value, at: str(number_bin((at - int(value)) / 1000))
        case FeatureType.TAGS:
            return "number", lambda value, _: str(number_bin(len(value)))
        case FeatureType.BOOL:
            return "category", lambda value, _: "true" if value else "false"
        case FeatureType.CATEGORY | FeatureType.TEXT:
            return "category", lambda value, _: str(value) if value in labels else OTHER
        case _:
            return "category", lambda _, __: OTHER


def _is_feature(source: object) -> bool:
    return isinstance(source, FeatureInput)


def _input(source: object, served: Mapping[str, Served]) -> float:
    assert isinstance(source, FeatureInput), "models of candidates are left out"
    value = served[source.feature].value
    if value is None:
        return math.nan
    if source.categories is not None:
        return attribute_number(str(value), source.categories)
    assert isinstance(value, int | float), "models read numbers, bools and timestamps only"
    return float(value)


def _count_scores(values: Values, model: Model, rows: Sequence[Sequence[float]]) -> None:
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(model.inputs))
    scores = margins(model.forest, Views(table))
    if model.output is Output.CLASS:
        columns = (
            scores if model.forest.outputs > 1 else np.column_stack([np.full(len(rows), model.even_score), scores])
        )
        for place in columns.argmax(axis=1).tolist():
            values.bins[model.classes[place]] += 1
        return
    for score in scores[:, 0].tolist():
        values.bins[str(number_bin(output_value(model, score)))] += 1


def _label_at(request: object, path: tuple[str, ...]) -> str:
    """The text or flag at a path as a label; anything else, and what no label can be, is unknown."""
    found = request
    for key in path:
        if not isinstance(found, dict) or key not in found:
            return UNKNOWN
        found = found[key]
    if isinstance(found, bool):
        return path[-1] if found else f"not {path[-1]}"
    return found if isinstance(found, str) and 0 < len(found) <= _LONGEST_LABEL and found.isprintable() else UNKNOWN
