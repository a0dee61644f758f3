"""What an object means, as a number: the same number means the same canonical form.

Numbers come from one table, so that objects of two registries can be compared (hash-consing: A. P. Ershov, 1958). The
canonical form leaves out how something is written: the order of keys, of the items of `all`, `any` and `in`, explicit
defaults, `24h` for `1d`, and the names of cohorts, models and layers, which stand for what they mean.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields as node_fields
from dataclasses import is_dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from pydantic import BaseModel

from feature_registry.conditions import All, Any, CohortRef, Condition, FeatureTest, ModelTest, Not, Share, default_salt
from feature_registry.documents import Experiment, ExperimentRule, Layer, ModelDocument, ModelInput, RankRule, ShowRule
from feature_registry.documents.decisions import DecisionDocument
from feature_registry.operators import ArgumentKind, OperatorSignature
from feature_registry.scores import FeatureScore, ModelScore
from feature_registry.values import read_duration, read_timestamp

Key: TypeAlias = tuple[str, str]
"""An object: its kind and its name. Beside the registry's kinds there are `units`, `groups`, and `candidates`: payloads
as a ranking sees them, while those of `payloads` are what is shown."""

WITHOUT_EFFECT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "": frozenset({"description", "owner", "status", "replaced_by"}),
        "features": frozenset({"unit", "tier", "version", "data_class", "linkability", "region"}),
        "models": frozenset({"version", "file", "digest", "training"}),
        "experiments": frozenset({"guardrails"}),
        "decisions": frozenset({"payload_schema", "needs"}),
    }
)
"""The attributes of each kind (`""`: of every kind) that no outcome depends on. An attribute that does not stand here
counts, so that one to come is taken for one with an effect."""

_NAMED = ("features", "experiments", "decisions", "payloads", "candidates", "environments", "policies")
"""The kinds whose names requests or answers hold. The name of any other object stands for its meaning alone."""

_REFERENCES: Mapping[tuple[type, str], str] = MappingProxyType(
    {
        (CohortRef, "name"): "cohorts",
        (Share, "unit"): "units",
        (FeatureTest, "feature"): "features",
        (ModelTest, "model"): "models",
        (FeatureScore, "feature"): "features",
        (ModelScore, "model"): "models",
        (ModelInput, "feature"): "features",
        (Experiment, "layer"): "layers",
        (Experiment, "cohort"): "cohorts",
        (ShowRule, "show"): "payloads",
        (ExperimentRule, "experiment"): "experiments",
        (ExperimentRule, "show"): "payloads",
        (RankRule, "rank"): "groups",
        (DecisionDocument, "otherwise"): "payloads",
    }
)
"""The attributes that name other objects, for the canonical form to hold what they mean instead. It need not be
complete: a name that is left in makes two objects differ that need not, and what it means is counted beside it."""

_SETS = ("purposes", "values")  # of these lists the order does not count
_IN_ORDER = ("value", "variations")  # of these mappings the order of the keys counts


class Numbers:
    """The table: what has been seen gets the number it had, anything else the next one."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def of(self, *parts: Hashable) -> int:
        """The number of a tuple of names, tagged values and numbers."""
        return self._numbers.setdefault(parts, len(self._numbers))


class Form:
    """The canonical form of parts of one object. With `meanings`, names of other objects stand for these numbers."""

    def __init__(
        self,
        key: Key,
        numbers: Numbers,
        operators: Mapping[str, OperatorSignature],
        meanings: Mapping[Key, int] | None = None,
    ) -> None:
        self._owner = default_salt(*(("payloads", key[1]) if key[0] == "candidates" else key))
        self._name = key[1]
        self._numbers = numbers
        self._operators = operators
        self._meanings = meanings

    def document(self, document: BaseModel, without: Iterable[str] = ()) -> int:
        """The number of a document, but for some of its attributes."""
        left_out = frozenset(without)
        parts = [self.attribute(document, name) for name in type(document).model_fields if name not in left_out]
        return self._numbers.of(type(document).__name__, *parts)

    def attribute(self, document: BaseModel, name: str) -> int:
        """The number of one attribute of a document."""
        value = getattr(document, name)
        if name == "salt" and value is None and isinstance(document, Experiment | Layer):
            value = self._name
        if name == "inputs" and isinstance(document, ModelDocument) and self._meanings is not None:
            value = {column: source.model_copy(update={"version": None}) for column, source in value.items()}
        return self._numbers.of(name, self._referring(type(document), name, value))

    def value(self, value: object, name: str = "") -> int:
        """The number of a value; `name` is the attribute that holds it."""
        match value:
            case bool():
                return self._numbers.of("bool", value)
            case int() | float():
                return self._numbers.of("number", repr(value if name == "value" else float(value)))
            case str() | None:
                return self._numbers.of("text", value)
            case list() | tuple():
                items = [self.value(item, name) for item in value]
                return self._numbers.of("list", *(sorted(items) if name in _SETS else items))
            case Mapping():
                pairs = [(str(key), self.value(item, name)) for key, item in value.items()]
                return self._numbers.of("object", *(pairs if name in _IN_ORDER else sorted(pairs)))
            case BaseModel():
                return self.document(value)
            case datetime():
                return self._numbers.of("time", value.isoformat())
            case _:
                return self._node(value)

    def _node(self, node: object) -> int:
        match node:
            case All(items) | Any(items):
                kind = type(node)
                parts = sorted({self.value(item) for item in _flat(kind, items)})
                return parts[0] if len(parts) == 1 else self._numbers.of(kind.__name__, *parts)
            case Not(Not(item)):
                return self.value(item)
            case _:
                assert is_dataclass(node), f"a part of a document, found {type(node).__name__}"
                names = [field.name for field in node_fields(node) if field.compare]
                return self._numbers.of(type(node).__name__, *(self._member(node, name) for name in names))

    def _member(self, node: object, name: str) -> int:
        value = getattr(node, name)
        match node:
            case Share() if name == "salt" and value is None:
                return self.value(self._owner)
            case FeatureTest() if name == "argument":
                return self._argument(node)
            case _:
                return self._referring(type(node), name, value)

    def _argument(self, test: FeatureTest) -> int:
        """The argument of an operator, whose lists are sets; but for [low, high]."""
        signature, argument = self._operators[test.operator], test.argument
        if signature.argument is ArgumentKind.DURATION:
            return self.value(read_duration(argument))
        if signature.argument is ArgumentKind.TIME:
            return self.value(read_timestamp(argument))
        if signature.argument in (ArgumentKind.VALUES, ArgumentKind.TAGS) and isinstance(argument, tuple):
            return self._numbers.of("set", *sorted({self.value(item) for item in argument}))
        return self.value(argument)

    def _referring(self, owner: type, name: str, value: object) -> int:
        kind = _REFERENCES.get((owner, name))
        if kind is None or value is None:
            return self.value(value, name)
        if isinstance(value, Mapping):
            return self._numbers.of("object", *sorted((key, self._meaning(kind, one)) for key, one in value.items()))
        return self._meaning(kind, str(value))

    def _meaning(self, kind: str, name: str) -> int:
        if self._meanings is None or (kind, name) not in self._meanings:
            return self._numbers.of("named", kind, name)
        return self._numbers.of("meant", kind, self._meanings[kind, name])


def without_effect(kind: str) -> frozenset[str]:
    """The attributes of a kind that no outcome depends on."""
    return WITHOUT_EFFECT[""] | WITHOUT_EFFECT.get("payloads" if kind == "candidates" else kind, frozenset())


def is_named(kind: str) -> bool:
    """Whether the names of a kind's objects stand in requests or answers."""
    return kind in _NAMED


def _flat(kind: type[All | Any], items: Iterable[Condition]) -> Iterable[Condition]:
    """The items, those of an inner condition of the same kind instead of it."""
    for item in items:
        if isinstance(item, kind):
            yield from _flat(kind, item.items)
        else:
            yield item
