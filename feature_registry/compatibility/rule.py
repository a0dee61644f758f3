"""What a rule of compatibility is: a kind of change that a live release does not survive, or that people should see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from feature_registry.compatibility.affected import Affected
from feature_registry.compatibility.changes import Changes
from feature_registry.compatibility.graph import Graph
from feature_registry.compatibility.identities import Key
from feature_registry.documents import (
    DecisionDocument,
    Experiment,
    Feature,
    Layer,
    ModelDocument,
    Payload,
)
from feature_registry.documents.base import Document
from feature_registry.registry import Registry


class Weight(StrEnum):
    """A breaking change is refused unless its rule is allowed by name; a notice is told."""

    BREAKING = "breaking"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Hit:
    """A change that a rule is about: of the object `key`, at the JSON pointer `at` in it.

    `message` says what changed. The place is in the new registry, unless the object is only in the old one.
    """

    key: Key
    at: str
    message: str


@dataclass(frozen=True)
class Comparison:
    """Two registries that were loaded, what differs between them, and the time (ms UTC) at which experiments run.

    `read` holds what the decisions of the old registry reach: what a live release depends on.
    """

    old_graph: Graph
    new_graph: Graph
    changes: Changes
    affected: Affected
    at: int
    read: frozenset[Key] = field(repr=False)

    @property
    def old(self) -> Registry:
        """The registry of the live release."""
        return self.old_graph.registry

    @property
    def new(self) -> Registry:
        """The registry that is to follow."""
        return self.new_graph.registry

    def is_read(self, kind: str, name: str) -> bool:
        """Whether a decision of the old registry reaches an object."""
        return (kind, name) in self.read or (kind == "payloads" and ("candidates", name) in self.read)

    def is_running(self, name: str) -> bool:
        """Whether an experiment of the old registry enrols units at the time, for some decision."""
        experiment = self.old.experiments[name]
        has_started = experiment.starts is None or experiment.starts <= self.at
        has_ended = experiment.ends is not None and experiment.ends <= self.at
        return self.is_read("experiments", name) and has_started and not has_ended and experiment.traffic > 0

    def running_in(self, layer: str) -> list[str]:
        """The experiments of a layer that run in the old registry."""
        return [name for name, one in self.old.experiments.items() if one.layer == layer and self.is_running(name)]


Find: TypeAlias = Callable[[Comparison], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class CompatibilityRule:
    """One rule: its stable name, whether it breaks, and three sentences for people.

    `summary` says what changed, `reason` what happens then, `advice` what to do instead.
    """

    name: str
    weight: Weight
    summary: str
    reason: str
    advice: str
    find: Find


D = TypeVar("D", bound=Document)
Told: TypeAlias = tuple[str, str] | None
"""The pointer of an attribute, and what changed; None when nothing did."""


def in_features(test: Callable[[Feature, Feature], Told]) -> Find:
    """Looks at each feature that a live release reads and that both registries have."""
    return lambda both: _each(both, "features", both.old.features, both.new.features, test, both.is_read)


def in_all_features(test: Callable[[Feature, Feature], Told]) -> Find:
    """Looks at each feature of both registries, read or not."""
    return lambda both: _each(both, "features", both.old.features, both.new.features, test, _always)


def in_models(test: Callable[[ModelDocument, ModelDocument], Told]) -> Find:
    """Looks at each model that a live release reads."""
    return lambda both: _each(both, "models", both.old.models, both.new.models, test, both.is_read)


def in_running_experiments(test: Callable[[Experiment, Experiment], Told]) -> Find:
    """Looks at each experiment that runs in the live release."""
    return lambda both: _each(
        both, "experiments", both.old.experiments, both.new.experiments, test, lambda _, name: both.is_running(name)
    )


def in_running_layers(test: Callable[[Layer, Layer], Told]) -> Find:
    """Looks at each layer with an experiment that runs in the live release."""
    return lambda both: _each(
        both, "layers", both.old.layers, both.new.layers, test, lambda _, name: bool(both.running_in(name))
    )


def in_decisions(test: Callable[[DecisionDocument, DecisionDocument], Told]) -> Find:
    """Looks at each decision of both registries."""
    return lambda both: _each(both, "decisions", both.old.decisions, both.new.decisions, test, _always)


def in_payloads(test: Callable[[Payload, Payload], Told]) -> Find:
    """Looks at each payload that a live release shows."""
    return lambda both: _each(both, "payloads", both.old.payloads, both.new.payloads, test, both.is_read)


def changed(pointer: str, old: object, new: object, what: str) -> Told:
    """The attribute at a pointer, when it is not what it was; `what` names it in the message."""
    return None if old == new else (pointer, f"{what} changes from {shown(old)} to {shown(new)}")


def shown(value: object) -> str:
    """A value in a message."""
    match value:
        case None | ():
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case float() if value.is_integer():
            return f"`{int(value)}`"
        case tuple() | list():
            return ", ".join(shown(item) for item in value)
        case _:
            return f"`{value}`"


def duration(milliseconds: int | None) -> str:
    """A duration as registries write it; none for one that never ends."""
    if milliseconds is None:
        return "none"
    for letter, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % length == 0 and milliseconds:
            return f"`{milliseconds // length}{letter}`"
    return f"`{milliseconds}ms`"


def _each(
    both: Comparison,
    kind: str,
    olds: Mapping[str, D],
    news: Mapping[str, D],
    test: Callable[[D, D], Told],
    counts: Callable[[str, str], bool],
) -> Iterator[Hit]:
    for name, old in olds.items():
        if (kind, name) in both.changes.changed and counts(kind, name):
            told = test(old, news[name])
            if told is not None:
                yield Hit((kind, name), *told)


def _always(kind: str, name: str) -> bool:
    return True
