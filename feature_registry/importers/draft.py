"""The registry that an import builds: documents by kind, each added once, with names of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, to_condition
from feature_registry.importers.names import registry_name
from feature_registry.importers.semantics import Semantics

GROUP = "attributes"
"""The group of the request that holds the source's attributes."""

Json: TypeAlias = object
Documents: TypeAlias = dict[str, dict[str, dict[str, Json]]]

_KEPT = ("features", "experiments", "payloads", "decisions")


@dataclass(frozen=True, slots=True)
class Show:
    """Shows the payload of a value; `key` is what the source calls it."""

    key: str
    value: Json


@dataclass(frozen=True, slots=True)
class Split:
    """Shows a value for each variation of an experiment; the unit is enrolled where its place lies in a range."""

    experiment: str
    bucketing: str
    unit: str
    seed: str
    seed_after: str
    variations: tuple[tuple[str, float, Show], ...]
    ranges: tuple[tuple[float, float], ...]
    name_hint: str | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """One rule: who matches, and what is shown."""

    condition: Formula
    outcome: Show | Split


@dataclass
class RegistryDraft:
    """Documents so far. `checkpoint` and `restore` take back what an object left out has added."""

    semantics: Semantics
    documents: Documents = field(default_factory=lambda: {kind: {} for kind in _KEPT})
    units: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    _features: dict[tuple[str, ...], str] = field(default_factory=dict)
    _payloads: dict[tuple[str, str], str] = field(default_factory=dict)
    _experiments: dict[tuple[str, str], str] = field(default_factory=dict)

    def feature(self, group: str, path: str, type: str, reading: str | None) -> str:
        """The name of the feature that reads a path of a group with this type and reading."""
        key = (group, path, type, reading or "")
        if key not in self._features:
            _check_path(path)
            name = registry_name(_feature_name(path, type, reading), self.documents["features"])
            form = {} if reading is None else {"reading": reading}
            self.documents["features"][name] = {"type": type, "from": f"{group}.{path}", **form}
            self._features[key] = name
            if group == GROUP:
                self.paths[path] = f"{group}.{path}"
        return self._features[key]

    def unit(self, attribute: str) -> str:
        """The name of the unit that an attribute becomes."""
        if attribute not in self.units:
            self.units[attribute] = registry_name(attribute, set(self.units.values()))
        return self.units[attribute]

    def decision(self, source: str, arms: list[Arm], otherwise: Show, description: str | None) -> str:
        """Add a decision; gives its name."""
        name = registry_name(source, self.documents["decisions"])
        rules: list[Json] = []
        for arm in arms:
            if arm.condition == FALSE:
                continue
            rules.append(self._rule(name, arm))
            if arm.condition == TRUE and isinstance(arm.outcome, Show):
                break
        document: dict[str, Json] = {} if description is None else {"description": description}
        document |= {"rules": rules, "otherwise": self._payload(name, otherwise)}
        self.documents["decisions"][name] = document
        return name

    def _rule(self, decision: str, arm: Arm) -> Json:
        condition = {} if arm.condition == TRUE else {"if": to_condition(arm.condition)}
        if isinstance(arm.outcome, Show):
            return {**condition, "show": self._payload(decision, arm.outcome)}
        split = arm.outcome
        names: list[str] = []
        for key, _, _ in split.variations:
            names.append(registry_name(key, names))
        document: dict[str, Json] = {} if split.name_hint is None else {"description": split.name_hint}
        document |= {
            "unit": split.unit,
            "bucketing": split.bucketing,
            "seed": split.seed,
            **({"seed_after": split.seed_after} if split.seed_after else {}),
            "variations": {name: weight for name, (_, weight, _) in zip(names, split.variations, strict=True)},
            "ranges": {name: list(bounds) for name, bounds in zip(names, split.ranges, strict=True)},
        }
        experiment = self._experiment(split.experiment, document)
        show = {
            name: self._payload(decision, shown) for name, (_, _, shown) in zip(names, split.variations, strict=True)
        }
        return {**condition, "experiment": experiment, "show": show}

    def _experiment(self, key: str, document: dict[str, Json]) -> str:
        """The name of the experiment; the same document under the same key is added once."""
        known = (key, compact_text(document))
        if known not in self._experiments:
            name = registry_name(key, self.documents["experiments"])
            self.documents["experiments"][name] = document
            self._experiments[known] = name
        return self._experiments[known]

    def _payload(self, decision: str, shown: Show) -> str:
        text = self.semantics.read("text", "json", [shown.value])
        known = self._payloads.get((decision, str(text))) if text is not None else None
        if known is not None:
            return known
        name = registry_name(f"{decision}_{shown.key}", self.documents["payloads"], dashes=True)
        value = shown.value
        self.documents["payloads"][name] = {"value": {"value": value} if is_wrapped(value) else value}
        if text is not None:
            self._payloads[decision, str(text)] = name
        return name

    def build(self) -> Mapping[str, Json]:
        """The registry as one document."""
        units = list(dict.fromkeys(self.units.values())) or ["visitor_id"]
        found: dict[str, Json] = {"policies": {"identity": {"units": units}}}
        return {**found, **{kind: named for kind, named in self.documents.items() if named}}

    def checkpoint(self) -> tuple[int, ...]:
        """What `restore` needs to take back everything added from now on."""
        return tuple(len(one) for one in self._growing())

    def restore(self, checkpoint: tuple[int, ...]) -> None:
        """Take back what was added since the checkpoint."""
        for one, size in zip(self._growing(), checkpoint, strict=True):
            while len(one) > size:
                one.popitem()

    def _growing(self) -> list[dict[Any, Any]]:
        """All that only grows, at its end."""
        kinds = [self.documents[kind] for kind in _KEPT]
        return [*kinds, self.units, self.paths, self._features, self._payloads, self._experiments]


def compact_text(document: Mapping[str, Json]) -> str:
    """The document as a text to tell it from others by."""
    return json.dumps(document, ensure_ascii=False)


def is_wrapped(value: Json) -> bool:
    """Whether a value stands in an object under `value`, since a payload cannot be null or a list by itself."""
    return value is None or isinstance(value, list)


_SUFFIXES = {
    ("text", None): "",
    ("number", None): "_number",
    ("bool", None): "_flag",
    ("text", "text"): "_as_text",
    ("number", "number"): "_as_number",
    ("tags", "texts"): "_list",
    ("tags", "text"): "_list_as_text",
    ("tags", "number"): "_list_as_numbers",
    ("tags", "json"): "_list_as_json",
    ("tags", "lower-case"): "_list_in_lower_case",
    ("text", "lower-case"): "_in_lower_case",
    ("text", "padded-version"): "_version",
}


def _feature_name(path: str, type: str, reading: str | None) -> str:
    suffix = _SUFFIXES.get((type, reading), f"_{reading or type}")
    return path.replace(".", "_") + suffix


def _check_path(path: str) -> None:
    parts = path.split(".")
    bad = next((part for part in parts if not part or part.split() != [part]), None)
    if bad is not None:
        raise NotCarriedError("attribute-path", f"the attribute path `{path}` has a part with spaces or none at all")
    if any(part in ("__proto__", "constructor", "prototype") for part in parts):
        raise NotCarriedError("attribute-path", f"the attribute path `{path}` has a name that JavaScript reserves")
    if any(part.isdigit() for part in parts[1:]) or parts[-1] == "length":
        raise NotCarriedError("attribute-path", f"the attribute path `{path}` leads into a list")
