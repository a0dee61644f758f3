"""Reads conditions from JSON.

A condition is an object with exactly one head key (`all`, `feature`, ...), which says what else may stand in it. What is broken
is reported and left out, so that the rest can still be checked; the result is None when nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from feature_registry.conditions import (
    DAYS,
    All,
    Any,
    Argument,
    CohortRef,
    Condition,
    FeatureTest,
    ModelComparison,
    ModelTest,
    Not,
    Schedule,
    Share,
)
from feature_registry.findings import Findings, described, short
from feature_registry.json_reader import escape
from feature_registry.nearest import listed, nearest
from feature_registry.operators import ArgumentKind, OperatorSignature
from feature_registry.values import (
    BadValueError,
    read_bool,
    read_clock,
    read_duration,
    read_local_time,
    read_number,
    read_scalar,
    read_text,
    read_timestamp,
    time_zones,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads the conditions of one document; its problems go to `findings`."""

    findings: Findings
    operators: Mapping[str, OperatorSignature]

    def read(self, json: object, at: str) -> Condition | None:
        """The condition at the pointer `at` of the document, as far as it is sound."""
        if not isinstance(json, dict):
            message = f"expected a condition, found {described(json)}"
            self.findings.add(
                "wrong-type", message, at, 'for instance {"cohort": "..."} or {"feature": "...", "is": true}'
            )
            return None
        heads = [key for key in json if key in _HEADS]
        if len(heads) == 1:
            return _HEADS[heads[0]](self, json, at)
        if heads:
            message = f"expected one condition, found {listed(heads)} in one object"
            self.findings.add(
                "bad-condition", message, at, 'put each into its own object, in a list under "all" or "any"'
            )
        else:
            message = f"expected a condition, found {self._keys(json)}"
            self.findings.add("bad-condition", message, at, self._head_help(json))
        return None

    def _keys(self, json: dict[str, object]) -> str:
        return f"an object with the keys {listed(short(key) for key in json)}" if json else "an empty object"

    def _head_help(self, json: dict[str, object]) -> str:
        for key in json:
            match = nearest(key, _HEADS)
            if match is not None:
                return f"did you mean `{match}`?"
        if any(key in self.operators for key in json):
            return 'name the feature: {"feature": "...", ...}'
        return f"a condition has one of the keys {listed(_HEADS)}"

    def _all(self, json: dict[str, object], at: str) -> Condition | None:
        items = self._items(json, "all", at)
        return All(items, at) if items else None

    def _any(self, json: dict[str, object], at: str) -> Condition | None:
        items = self._items(json, "any", at)
        return Any(items, at) if items else None

    def _items(self, json: dict[str, object], head: str, at: str) -> tuple[Condition, ...]:
        self._only(json, (head,), at)
        items = json[head]
        if not isinstance(items, list):
            self.findings.add("wrong-type", f"expected a list of conditions, found {described(items)}", f"{at}/{head}")
            return ()
        if not items:
            help_line = "an empty list says nothing: add a condition, or leave this one out"
            self.findings.add(
                "too-few", "expected at least one condition, found an empty list", f"{at}/{head}", help_line
            )
        read = (self.read(item, f"{at}/{head}/{index}") for index, item in enumerate(items))
        return tuple(item for item in read if item is not None)

    def _not(self, json: dict[str, object], at: str) -> Condition | None:
        self._only(json, ("not",), at)
        item = self.read(json["not"], f"{at}/not")
        return None if item is None else Not(item, at)

    def _cohort(self, json: dict[str, object], at: str) -> Condition | None:
        self._only(json, ("cohort",), at)
        name = self._form(json, "cohort", at, read_text)
        return None if name is None else CohortRef(name, at)

    def _model(self, json: dict[str, object], at: str) -> Condition | None:
        tests = [op for op in ModelComparison if op in json]
        model = self._form(json, "model", at, read_text)
        if len(tests) != 1:
            found = listed(tests) if tests else "none"
            message = f"expected one test of the model, found {found}"
            self._only(json, ("model", "class", *ModelComparison), at)
            self.findings.add("bad-condition", message, at, f"give one of {listed(ModelComparison)}")
            return None
        op = tests[0]
        if op is ModelComparison.IS:
            self._only(json, ("model", "is"), at)
            name = self._form(json, "is", at, read_text)
            return ModelTest(model, op, class_name=name, at=at) if model is not None and name is not None else None
        self._only(json, ("model", "class", op), at)
        class_name = self._form(json, "class", at, read_text) if "class" in json else None
        bounds = self._bounds(json, op, at)
        if model is None or bounds is None:
            return None
        return ModelTest(model, op, *bounds, class_name, at)

    def _bounds(
        self, json: dict[str, object], op: ModelComparison, at: str
    ) -> tuple[float | None, float | None] | None:
        if op is not ModelComparison.BETWEEN:
            bound = self._form(json, op, at, read_number)
            if bound is None:
                return None
            return (bound, None) if op is ModelComparison.AT_LEAST else (None, bound)
        low_high = self._form(json, op, at, _read_bounds)
        if low_high is not None and low_high[0] >= low_high[1]:
            message = f"expected [low, high] with low < high, found {described(low_high[0])} first"
            help_line = "the score is at least low and below high"
            self.findings.add("empty-range", message, f"{at}/{op}", help_line)
            return None
        return low_high

    def _feature(self, json: dict[str, object], at: str) -> Condition | None:
        feature = self._form(json, "feature", at, read_text)
        names = [key for key in json if key in self.operators]
        known = (*self.operators, "if_missing", *self._beside(at))
        unknown = [key for key in json if key not in known and key != "feature"]
        for key in unknown:
            match = nearest(key, known)
            help_line = f"did you mean `{match}`?" if match else f"the operators are {listed(self.operators)}"
            self.findings.add(
                "unknown-operator", f"unknown operator `{short(key)}`", f"{at}/{escape(key)}", help_line, key=True
            )
        if len(names) != 1:
            if names or not unknown:
                found = listed(names) if names else "none"
                help_line = (
                    'put each test into its own object, in a list under "all"' if names else self._operator_help()
                )
                self.findings.add(
                    "bad-condition", f"expected one operator beside `feature`, found {found}", at, help_line
                )
            return None
        signature = self.operators[names[0]]
        argument = self._form(json, signature.name, at, lambda given: read_argument(signature, given))
        if_missing = self._if_missing(json, signature, at)
        if feature is None or argument is None:
            return None
        return FeatureTest(feature, signature.name, argument, if_missing, at)

    def _operator_help(self) -> str:
        return f"the operators are {listed(self.operators)}"

    def _if_missing(self, json: dict[str, object], signature: OperatorSignature, at: str) -> bool | None:
        if "if_missing" not in json:
            return None
        if not signature.allows_if_missing:
            message = f"`{signature.name}` takes no `if_missing`"
            help_line = f"remove it: `{signature.name}` is never unknown"
            self.findings.add("unknown-key", message, f"{at}/if_missing", help_line, key=True)
            return None
        return self._form(json, "if_missing", at, read_bool)

    def _share(self, json: dict[str, object], at: str) -> Condition | None:
        self._only(json, ("share", "of", "salt"), at)
        fraction = self._form(json, "share", at, read_fraction)
        salt = self._form(json, "salt", at, read_text) if "salt" in json else None
        if "of" not in json:
            message = "missing key `of`: the unit that the share is taken of"
            self.findings.add("missing-key", message, at, 'for instance "of": "visitor_id"')
            return None
        unit = self._form(json, "of", at, read_text)
        return None if fraction is None or unit is None else Share(fraction, unit, salt, at)

    def _schedule(self, json: dict[str, object], at: str) -> Condition | None:
        self._only(json, ("schedule",), at)
        parts = json["schedule"]
        inside = f"{at}/schedule"
        if not isinstance(parts, dict):
            self.findings.add(
                "wrong-type", f"expected an object, found {described(parts)}", inside, 'give at least a "zone"'
            )
            return None
        self.findings.unknown_keys(parts, _SCHEDULE_KEYS, inside)
        if "zone" not in parts:
            self.findings.add("missing-key", "missing key `zone`", inside, 'for instance "zone": "Europe/Berlin"')
        if not any(key in parts for key in _SCHEDULE_KEYS[1:]):
            message = "expected a part of the time, found a schedule that is always true"
            self.findings.add("too-few", message, inside, f"give one of {listed(_SCHEDULE_KEYS[1:])}")
        zone = self._form(parts, "zone", inside, _read_zone) if "zone" in parts else None
        days = self._form(parts, "days", inside, _read_days) if "days" in parts else ()
        opens = self._form(parts, "from", inside, read_clock) if "from" in parts else 0
        closes = self._form(parts, "to", inside, read_clock) if "to" in parts else 1440
        starts = self._form(parts, "starts", inside, read_local_time) if "starts" in parts else None
        ends = self._form(parts, "ends", inside, read_local_time) if "ends" in parts else None
        if opens is not None and opens % 1440 == (closes or 0) % 1440 and ("from" in parts or "to" in parts):
            self._equal_hours(opens, closes, inside)
        if starts is not None and ends is not None and ends <= starts:
            message = f"expected an end after the start `{starts:%Y-%m-%dT%H:%M}`, found `{ends:%Y-%m-%dT%H:%M}`"
            self.findings.add("bad-window", message, f"{inside}/ends", "the end is exclusive")
        if zone is None or days is None or opens is None or closes is None:
            return None
        return Schedule(zone, days, opens, closes, starts, ends, at)

    def _equal_hours(self, opens: int, closes: int | None, at: str) -> None:
        if (opens, closes) != (0, 1440) and closes is not None:
            message = "expected `from` and `to` to differ, found the same time of day"
            self.findings.add("bad-window", message, at, "leave both out for the whole day")

    def _only(self, json: dict[str, object], keys: Iterable[str], at: str) -> None:
        """Note the keys that do not belong to this kind of condition."""
        self.findings.unknown_keys(json, (*keys, *self._beside(at)), at)

    def _beside(self, at: str) -> tuple[str, ...]:
        """The keys that may stand beside the condition: those of the cohort that it makes up."""
        return ("description", "owner") if self.findings.kind == "cohorts" and not at else ()

    def _form(self, json: dict[str, object], key: str, at: str, read: Callable[[object], T]) -> T | None:
        """The value of a key that is there; None, with a finding, when it has not the form."""
        try:
            return read(json[key])
        except BadValueError as problem:
            self.findings.bad_value(problem, json[key], f"{at}/{key}")
            return None


def read_argument(signature: OperatorSignature, json: object) -> Argument:
    """An operator's argument, as far as its shape goes: whether it fits the feature is checked later. Raises BadValueError."""
    argument = _SHAPES[signature.argument](json)
    fault = signature.check_argument(argument) if signature.check_argument is not None else None
    if fault is not None:
        raise BadValueError(f"a {signature.argument} for `{signature.name}`", f"bad-{signature.argument}", fault)
    return argument


def read_fraction(json: object) -> float:
    """A number from 0 to 1. Raises BadValueError."""
    number = read_number(json)
    if not 0 <= number <= 1:
        raise BadValueError("a fraction from 0 to 1", "out-of-range", "a quarter is `0.25`")
    return number


def _read_values(json: object) -> tuple[bool | float | str, ...]:
    if not isinstance(json, list):
        raise BadValueError("a list of values")
    if not json:
        raise BadValueError("at least one value", "too-few")
    values = tuple(read_scalar(item) for item in json)
    if len({(type(value), value) for value in values}) < len(values):
        raise BadValueError("distinct values", "repeated-value", "remove the value that stands twice")
    return values


def _read_texts(json: object) -> tuple[str, ...]:
    if not isinstance(json, list) or not all(isinstance(item, str) for item in json):
        raise BadValueError("a list of texts")
    _read_values(json)
    return tuple(json)


def _read_pair(json: object) -> tuple[bool | float | str, ...]:
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[low, high]", "wrong-type", "both ends count")
    return tuple(read_scalar(item) for item in json)


def _read_bounds(json: object) -> tuple[float, float]:
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[low, high]", "wrong-type", "the score is at least low and below high")
    return read_number(json[0]), read_number(json[1])


def _read_time(json: object) -> str:
    read_timestamp(json)
    return read_text(json)


def _read_duration_text(json: object) -> str:
    read_duration(json)
    return read_text(json)


def _read_zone(json: object) -> str:
    zone = read_text(json)
    zones = time_zones()
    if zone not in zones:
        match = nearest(zone, zones)
        help_line = f"did you mean `{match}`?" if match else "zones are named as in `Europe/Berlin`"
        raise BadValueError("a time zone of the IANA database", "unknown-zone", help_line)
    return zone


def _read_days(json: object) -> tuple[int, ...]:
    days = _read_texts(json)
    for day in days:
        if day not in DAYS:
            raise BadValueError(f"days of {listed(DAYS)}", "unknown-value", f"`{short(day)}` is none of them")
    return tuple(sorted(DAYS.index(day) for day in days))


_SCHEDULE_KEYS = ("zone", "days", "from", "to", "starts", "ends")

_SHAPES: Mapping[ArgumentKind, Callable[[object], Argument]] = MappingProxyType(
    {
        ArgumentKind.VALUE: read_scalar,
        ArgumentKind.VALUES: _read_values,
        ArgumentKind.RANGE: _read_pair,
        ArgumentKind.TIME: _read_time,
        ArgumentKind.DURATION: _read_duration_text,
        ArgumentKind.TAGS: _read_texts,
        ArgumentKind.TEXT: read_text,
        ArgumentKind.PATTERN: read_text,
        ArgumentKind.FLAG: read_bool,
    }
)

_HEADS: Mapping[str, Callable[[ConditionReader, dict[str, object], str], Condition | None]] = MappingProxyType(
    {
        "all": ConditionReader._all,
        "any": ConditionReader._any,
        "not": ConditionReader._not,
        "cohort": ConditionReader._cohort,
        "model": ConditionReader._model,
        "feature": ConditionReader._feature,
        "share": ConditionReader._share,
        "schedule": ConditionReader._schedule,
    }
)
