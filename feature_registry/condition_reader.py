"""Reads conditions from JSON.

A condition is an object with exactly one head key (`all`, `feature`, ...), which says what else may stand in it. What
is broken is reported and left out, so that the rest can still be checked; the result is None when nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from feature_registry.arguments import read_argument
from feature_registry.conditions import (
    All,
    Any,
    CohortRef,
    Condition,
    FeatureTest,
    ModelComparison,
    ModelTest,
    Not,
    Share,
)
from feature_registry.documents.base import CARE
from feature_registry.findings import Findings, described, short
from feature_registry.json_reader import escape
from feature_registry.nearest import listed, nearest
from feature_registry.operators import OperatorSignature
from feature_registry.schedule_reader import read_schedule
from feature_registry.share_reader import NAMED_KEYS, read_named_share
from feature_registry.values import (
    BadValueError,
    read_bool,
    read_number,
    read_text,
)


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
        name = self.findings.read_key(json, "cohort", at, read_text)
        return None if name is None else CohortRef(name, at)

    def _model(self, json: dict[str, object], at: str) -> Condition | None:
        tests = [op for op in ModelComparison if op in json]
        model = self.findings.read_key(json, "model", at, read_text)
        if len(tests) != 1:
            found = listed(tests) if tests else "none"
            message = f"expected one test of the model, found {found}"
            self._only(json, ("model", "class", *ModelComparison), at)
            self.findings.add("bad-condition", message, at, f"give one of {listed(ModelComparison)}")
            return None
        op = tests[0]
        if op is ModelComparison.IS:
            self._only(json, ("model", "is"), at)
            name = self.findings.read_key(json, "is", at, read_text)
            return ModelTest(model, op, class_name=name, at=at) if model is not None and name is not None else None
        self._only(json, ("model", "class", op), at)
        class_name = self.findings.read_key(json, "class", at, read_text) if "class" in json else None
        bounds = self._bounds(json, op, at)
        if model is None or bounds is None:
            return None
        return ModelTest(model, op, *bounds, class_name, at)

    def _bounds(
        self, json: dict[str, object], op: ModelComparison, at: str
    ) -> tuple[float | None, float | None] | None:
        if op is not ModelComparison.BETWEEN:
            bound = self.findings.read_key(json, op, at, read_number)
            if bound is None:
                return None
            return (bound, None) if op is ModelComparison.AT_LEAST else (None, bound)
        low_high = self.findings.read_key(json, op, at, _read_bounds)
        if low_high is not None and low_high[0] >= low_high[1]:
            message = f"expected [low, high] with low < high, found {described(low_high[0])} first"
            help_line = "the score is at least low and below high"
            self.findings.add("empty-range", message, f"{at}/{op}", help_line)
            return None
        return low_high

    def _feature(self, json: dict[str, object], at: str) -> Condition | None:
        feature = self.findings.read_key(json, "feature", at, read_text)
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
        argument = self.findings.read_key(json, signature.name, at, lambda given: read_argument(signature, given))
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
        return self.findings.read_key(json, "if_missing", at, read_bool)

    def _share(self, json: dict[str, object], at: str) -> Condition | None:
        if "bucketing" in json or isinstance(json["share"], list):
            self._only(json, ("share", "of", "if_missing", *NAMED_KEYS), at)
            return read_named_share(self.findings, json, at)
        self._only(json, ("share", "of", "salt", "if_missing"), at)
        fraction = self.findings.read_key(json, "share", at, read_fraction)
        salt = self.findings.read_key(json, "salt", at, read_text) if "salt" in json else None
        if "of" not in json:
            message = "missing key `of`: the unit that the share is taken of"
            self.findings.add("missing-key", message, at, 'for instance "of": "visitor_id"')
            return None
        unit = self.findings.read_key(json, "of", at, read_text)
        settled = self.findings.read_key(json, "if_missing", at, read_bool) if "if_missing" in json else None
        return None if fraction is None or unit is None else Share(fraction, unit, salt, at, None, settled)

    def _schedule(self, json: dict[str, object], at: str) -> Condition | None:
        self._only(json, ("schedule",), at)
        return read_schedule(json["schedule"], at, self.findings)

    def _only(self, json: dict[str, object], keys: Iterable[str], at: str) -> None:
        """Note the keys that do not belong to this kind of condition."""
        self.findings.unknown_keys(json, (*keys, *self._beside(at)), at)

    def _beside(self, at: str) -> tuple[str, ...]:
        """The keys that may stand beside the condition: those of the cohort that it makes up."""
        return CARE if self.findings.kind == "cohorts" and not at else ()


def read_fraction(json: object) -> float:
    """A number from 0 to 1. Raises BadValueError."""
    number = read_number(json)
    if not 0 <= number <= 1:
        raise BadValueError("a fraction from 0 to 1", "out-of-range", "a quarter is `0.25`")
    return number


def _read_bounds(json: object) -> tuple[float, float]:
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[low, high]", "wrong-type", "the score is at least low and below high")
    return read_number(json[0]), read_number(json[1])


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
