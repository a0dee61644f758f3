"""The registry: all documents of a folder, checked and immutable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from feature_registry.diagnostics import Place
from feature_registry.documents import (
    Cohort,
    DecisionDocument,
    Environment,
    Experiment,
    Feature,
    Layer,
    ModelDocument,
    Payload,
    Policies,
)
from feature_registry.json_reader import JsonFile, pointer_to

# Objects whose own keys have an order that matters: names map to ranges of buckets, and payloads are shown as they are.
_ORDERED_KEYS = ("variations", "value")


@dataclass(frozen=True, slots=True)
class Registry:
    """All documents by kind and name, in the order of declaration: files by path, then as they stand in the file.

    `root` is the registry's folder. `digest` names the content (see `digest_of`). `model_files` holds the model files.
    """

    root: Path
    digest: str
    features: Mapping[str, Feature]
    cohorts: Mapping[str, Cohort]
    models: Mapping[str, ModelDocument]
    layers: Mapping[str, Layer]
    experiments: Mapping[str, Experiment]
    decisions: Mapping[str, DecisionDocument]
    payloads: Mapping[str, Payload]
    policies: Policies
    environments: Mapping[str, Environment]
    model_files: Mapping[str, bytes] = field(repr=False)
    files: Mapping[tuple[str, str], JsonFile] = field(repr=False, compare=False)

    def place(self, kind: str, name: str, pointer: str = "", *, key: bool = False) -> Place:
        """Where the value at `pointer` stands, or its `key`; the JSON pointer starts at the object `name` of `kind`."""
        return self.files[kind, name].place(pointer_to(kind, name) + pointer, key=key)

    def group(self, name: str) -> tuple[str, ...]:
        """The names of the payloads of a group, in the order of declaration: the candidates of a ranking."""
        return tuple(key for key, payload in self.payloads.items() if payload.group == name)


def digest_of(documents: Mapping[str, Mapping[str, object]], model_files: Mapping[str, bytes]) -> str:
    """`sha256:` of the documents as JSON and of the model files.

    Spaces, the division into files, and the order of keys within documents do not count. The order of objects of a kind
    does, since ties of rankings follow it.
    """
    content = {
        "documents": {
            kind: {name: _canonical(one) for name, one in named.items()} for kind, named in documents.items()
        },
        "models": {name: hashlib.sha256(content).hexdigest() for name, content in model_files.items()},
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _canonical(value: object, key: str = "") -> object:
    if isinstance(value, dict):
        return value if key in _ORDERED_KEYS else {name: _canonical(value[name], name) for name in sorted(value)}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value
