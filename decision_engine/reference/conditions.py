"""Conditions evaluated as they are written, in Kleene's three-valued logic: the oracle of lowering and of every
target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from struct import pack
from typing import assert_never

from decision_engine.bucketing import bound, bucket, salt_word
from decision_engine.hosts.python.encode import is_unit
from decision_engine.hosts.python.murmur import halves
from decision_engine.hosts.python.named_hash import place
from decision_engine.models import ItemInput as ModelItem
from decision_engine.models import Model, Output, attribute_number, margin_threshold, output_value
from decision_engine.operators import OPERATORS
from decision_engine.reference.features import Request, Served
from decision_engine.reference.trace import Trace, Truth, conjunction, disjunction, negation
from decision_engine.reference.words import describe
from decision_engine.trees import raw_scores
from decision_engine.zones import local_to_utc, offset_at
from feature_registry import Registry
from feature_registry.bucketings import NamedSeed
from feature_registry.conditions import (
    DAYS,
    All,
    Any,
    CohortRef,
    Condition,
    FeatureTest,
    ModelComparison,
    ModelTest,
    NamedRange,
    Not,
    Schedule,
    Share,
    default_salt,
)
from feature_registry.operators import typed_argument
from feature_registry.values import FeatureType

Attributes = Mapping[str, bool | float | str]

_EPOCH = date(1970, 1, 1)


class Evaluation:
    """One request at one time: the features served, and every condition evaluated against them."""

    def __init__(
        self, registry: Registry, models: Mapping[str, Model], request: Request, at: int, served: Mapping[str, Served]
    ) -> None:
        self.registry = registry
        self.models = models
        self.served = served
        self.at = at
        units = request.get("units")
        self._units: Mapping[str, object] = units if isinstance(units, dict) else {}
        self._cohorts: dict[str, Trace] = {}
        self._margins: dict[tuple[str, bytes], tuple[float, ...]] = {}

    def evaluate(self, condition: Condition, owner: str) -> Trace:
        """The truth of the condition with what it saw; `owner` is the document it stands in (`cohorts/loyal`)."""
        match condition:
            case All(items):
                traces = tuple(self.evaluate(item, owner) for item in items)
                return Trace(describe(condition), conjunction([trace.truth for trace in traces]), items=traces)
            case Any(items):
                traces = tuple(self.evaluate(item, owner) for item in items)
                return Trace(describe(condition), disjunction([trace.truth for trace in traces]), items=traces)
            case Not(item):
                trace = self.evaluate(item, owner)
                return Trace(describe(condition), negation(trace.truth), items=(trace,))
            case CohortRef(name):
                return self.cohort(name)
            case FeatureTest():
                return self._feature_test(condition)
            case ModelTest():
                return self._model_test(condition)
            case Share():
                return self._share(condition, owner)
            case Schedule():
                return self._schedule(condition)
            case _:
                assert_never(condition)

    def cohort(self, name: str) -> Trace:
        """The truth of the cohort's condition; evaluated once a request."""
        if name not in self._cohorts:
            inner = self.evaluate(self.registry.cohorts[name].condition, default_salt("cohorts", name))
            self._cohorts[name] = Trace(f"cohort {name}", inner.truth, items=(inner,))
        return self._cohorts[name]

    def bucket(self, unit: str, salt: str) -> int | None:
        """The unit's bucket in [0, 2^32), or None when the unit is missing."""
        raw = self._units.get(unit)
        if not is_unit(raw):
            return None
        assert isinstance(raw, str)
        return bucket(*halves(raw.encode()), salt_word(salt))

    def place(self, unit: str, seed: NamedSeed) -> float | None:
        """The unit's place by a named bucketing, or None when the unit is missing."""
        raw = self._units.get(unit)
        if not is_unit(raw):
            return None
        assert isinstance(raw, str)
        return place(seed.bucketing, seed.before + raw + seed.after)

    def _is_within(self, named: NamedRange, found: float) -> bool:
        if named.ramp is None:
            return named.low <= found < named.high
        starts, ends = named.ramp
        return found * float(ends - starts) < float(self.at - starts)

    def _share(self, share: Share, owner: str) -> Trace:
        found: float | None
        if share.named is None:
            found = self.bucket(share.unit, f"share:{owner if share.salt is None else share.salt}")
            truth = None if found is None else found < bound(share.fraction)
        else:
            found = self.place(share.unit, share.named.seed)
            truth = None if found is None else self._is_within(share.named, found)
        status = None if found is not None else "missing"
        return Trace(describe(share), share.if_missing if truth is None else truth, value=found, status=status)

    def number(self, feature: str) -> float:
        """A number or bool as a double; NaN when missing."""
        value = self.served[feature].value
        if value is None:
            return math.nan
        assert isinstance(value, int | float), "scores and models read numbers, bools and timestamps only"
        return float(value)

    def margins(self, model: Model, item: Attributes) -> tuple[float, ...]:
        """The raw scores of the model for this request (and this candidate); computed once for the same inputs."""
        row = []
        for source in model.inputs:
            if isinstance(source, ModelItem):
                value = item.get(source.attribute)
                row.append(math.nan if value is None else attribute_number(value, source.categories))
            elif source.categories is None:
                row.append(self.number(source.feature))
            else:
                text = self.served[source.feature].value
                row.append(math.nan if text is None else attribute_number(str(text), source.categories))
        key = model.name, pack(f"{len(row)}d", *row)
        if key not in self._margins:
            self._margins[key] = raw_scores(model.forest, row)
        return self._margins[key]

    def _feature_test(self, test: FeatureTest) -> Trace:
        served = self.served[test.feature]
        operator = OPERATORS[test.operator]
        kind = self.registry.features[test.feature].type
        truth: Truth
        if test.operator == "is_missing":
            truth = test.argument is (served.value is None)
        elif served.value is None:
            truth = test.if_missing
        else:
            argument = typed_argument(operator.signature, FeatureType(kind), test.argument)
            truth = operator.holds(kind, served.value, argument, float(self.at))
        return Trace(describe(test), truth, served.value, served.status, served.age)

    def _model_test(self, test: ModelTest) -> Trace:
        model = self.models[test.model]
        margins = self.margins(model, {})
        if test.op is ModelComparison.IS:
            scores = (model.even_score, *margins) if len(margins) == 1 else margins
            chosen = model.classes[scores.index(max(scores))]
            return Trace(describe(test), chosen == test.class_name, value=chosen, status="present")
        output, opposite = model.output_of(test.class_name)
        score = -margins[output] if opposite else margins[output]
        above = test.low is None or score >= margin_threshold(model, test.low, opposite)
        below = test.high is None or score < margin_threshold(model, test.high, opposite)
        if model.output is Output.PROBABILITY:
            return Trace(describe(test), above and below, output_value(model, score, opposite), "probability")
        return Trace(describe(test), above and below, score, "margin")

    def _schedule(self, schedule: Schedule) -> Trace:
        local = self.at // 60_000 + offset_at(schedule.zone, self.at)  # in whole minutes since 1970
        day, minute = divmod(local, 24 * 60)
        weekday = (day + 3) % 7  # 1970 began on a Thursday
        if schedule.opens <= schedule.closes:
            open_ = schedule.opens <= minute < schedule.closes
        else:
            open_ = minute >= schedule.opens or minute < schedule.closes
        truth = (
            open_
            and (not schedule.days or weekday in schedule.days)
            and (schedule.starts is None or self.at >= local_to_utc(schedule.zone, schedule.starts))
            and (schedule.ends is None or self.at < local_to_utc(schedule.zone, schedule.ends))
        )
        return Trace(describe(schedule), truth, value=_local_time(day, weekday, minute), status="present")


def _local_time(day: int, weekday: int, minute: int) -> str:
    """For people; without the date where it lies outside the years that a date can tell."""
    try:
        day_text = f" {_EPOCH + timedelta(days=day)}"
    except OverflowError:
        day_text = ""
    return f"{DAYS[weekday].capitalize()}{day_text} {minute // 60:02}:{minute % 60:02}"
