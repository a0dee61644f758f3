"""The state of one lowering: the node builder, the inputs asked for so far, and what has been lowered already."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

from decision_engine.compact_json import compact
from decision_engine.ir import Builder, Node, Ref, Source
from decision_engine.ir.nodes import (
    Automaton,
    Clock,
    Constant,
    FeatureSpec,
    Input,
    Level,
    Missing,
    NamedHash,
    Now,
    Number,
    OneOf,
    Payload,
    Select,
    Tag,
    TextTest,
    UnitHash,
    VersionRank,
)
from decision_engine.models import Model
from decision_engine.patterns import compile_pattern
from feature_registry import Registry
from feature_registry.bucketings import NamedSeed


class RegistryScope:
    """Builds nodes for one registry; implements `operators.Scope`.

    An open feature (without a closed list) gets its levels from the texts that the registry compares it with,
    numbered in
    the order of their first use; so its `Level` input is complete only at the end (see `inputs`).
    """

    def __init__(
        self, registry: Registry, models: Mapping[str, Model], derive: Callable[[RegistryScope, str], Ref]
    ) -> None:
        self.registry = registry
        self.models = models
        self.builder = Builder(share=False)
        self.automata: list[Automaton] = []
        self.payloads: list[Payload] = []
        self.forest_names: list[str] = []
        self.permits: dict[str, FeatureSpec] = {}
        self._derive = derive
        self._payload_numbers: dict[str, int] = {}
        self._sources: list[Source] = []
        self._places: dict[Hashable, int] = {}
        self._levels: dict[str, dict[str, int]] = {}
        self._memo: dict[Hashable, Ref] = {}

    def inputs(self) -> tuple[Source, ...]:
        """Every input asked for, in the order of first use."""
        return tuple(
            Level(source.feature, tuple(self._levels[source.feature]))
            if isinstance(source, Level) and not source.levels
            else source
            for source in self._sources
        )

    def once(self, key: Hashable, build: Callable[[], Ref]) -> Ref:
        """The ref built for `key` before, else the one `build` gives now."""
        if key not in self._memo:
            self._memo[key] = build()
        return self._memo[key]

    def type_of(self, feature: str) -> str:
        """The feature's type."""
        return self.registry.features[feature].type

    def add(self, node: Node) -> Ref:
        """Add a node."""
        return self.builder.add(node)

    def constant(self, value: float) -> Ref:
        """Add a constant."""
        return self.add(Constant(value))

    def number(self, feature: str) -> Ref:
        """The feature as a number (see `ir.nodes.Number`); of a derived one its value, a category as its place."""
        if self._is_derived(feature):
            return self.once(("derived", feature), lambda: self._derive(self, feature))
        return self.input(Number(feature))

    def level(self, feature: str, text: str) -> tuple[Ref, float]:
        """The feature's level, and the level that `text` has."""
        values = self.registry.features[feature].values or ()
        if self._is_derived(feature):
            return self.number(feature), float(values.index(text))
        if feature not in self._levels:
            self._levels[feature] = {value: number for number, value in enumerate(values)}
        known = self._levels[feature]
        ref = self.once(("level", feature), lambda: self.levels(feature, values))
        return ref, float(known.setdefault(text, len(known)))

    def levels(self, feature: str, levels: tuple[str, ...]) -> Ref:
        """The feature's level in a list of its own (the categories a model was trained with)."""
        if self._is_derived(feature):
            return self.once(("levels", feature, levels), lambda: self._derived_levels(feature, levels))
        return self.input(Level(feature, tuple(levels)))

    def tag(self, feature: str, tag: str) -> Ref:
        """1 when the set holds `tag`, else 0."""
        return self.input(Tag(feature, tag))

    def text_test(self, feature: str, test: str, operand: str) -> Ref:
        """1 when the text passes, else 0; a pattern is compiled to its automaton here."""
        if test != "matches":
            return self.input(TextTest(feature, test, operand))
        automaton = compile_pattern(operand)
        if automaton not in self.automata:
            self.automata.append(automaton)
        return self.input(TextTest(feature, test, operand, self.automata.index(automaton)))

    def version_rank(self, feature: str, version: str) -> Ref:
        """0, 1 or 2: the feature's version is below, equal to or above `version`."""
        return self.input(VersionRank(feature, (version,)))

    def now(self) -> Ref:
        """The time of the request in ms UTC."""
        return self.input(Now())

    def clock(self, zone: str, part: str) -> Ref:
        """Local time in `zone`: weekday or minute."""
        return self.input(Clock(zone, part))

    def unit_hash(self, unit: str, half: str) -> Ref:
        """One of the two hashes of a unit; NaN when the unit is missing."""
        return self.input(UnitHash(unit, half))

    def named_hash(self, unit: str, seed: NamedSeed) -> Ref:
        """The unit's place by a named bucketing; NaN when the unit is missing."""
        return self.input(NamedHash(unit, seed.bucketing, seed.before, seed.after))

    def payload(self, name: str) -> int:
        """The number of the payload `name` in the program."""
        number = self._payload_numbers.setdefault(name, len(self.payloads))
        if number == len(self.payloads):
            self.payloads.append(Payload(name, compact(self.registry.payloads[name].value)))
        return number

    def forest(self, model: str) -> int:
        """The number of the model's forest in the program."""
        if model not in self.forest_names:
            self.forest_names.append(model)
        return self.forest_names.index(model)

    def input(self, source: Source) -> Ref:
        """An element of the vector."""
        index = self._places.setdefault(source, len(self._sources))
        if index == len(self._sources):
            self._sources.append(source)
        return self.once(source, lambda: self.add(Input(index)))

    def _is_derived(self, feature: str) -> bool:
        return self.registry.features[feature].derivation is not None

    def _derived_levels(self, feature: str, levels: tuple[str, ...]) -> Ref:
        """The place among `levels` of a derived category's value; another value has the next place."""
        place, values = self.number(feature), self.registry.features[feature].values or ()
        found = self.add(Select(self.add(Missing(place)), self.constant(math.nan), self.constant(float(len(levels)))))
        for number, level in enumerate(levels):
            if level in values:
                is_level = self.add(OneOf(place, (float(values.index(level)),)))
                found = self.add(Select(is_level, self.constant(float(number)), found))
        return found
