"""Runs imported registries in the reference, in Python, and in JavaScript and WebAssembly in node."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from feature_registry import load
from infra.engines import open_engine
from tests.conformance.lines import LineProcess
from tests.conformance.programs import write_javascript_host, write_program

ENGINES = ("reference", "python", "javascript", "wasm")
AT = 1_763_712_000_000


@dataclass
class Imported:
    """A registry that was imported, and the cases that ask one of its decisions."""

    document: Mapping[str, Any]
    cases: list[tuple[str, str, dict[str, Any], object]] = field(default_factory=list)
    """(name of the case, decision, request, expected value); values that payloads cannot hold stand as they are."""
    defaults: dict[str, bool] = field(default_factory=dict)
    """Of some cases whether no rule matches."""


@dataclass(frozen=True)
class Answered:
    """What an engine showed for a case."""

    case: str
    engine: str
    value: object
    expected: object
    outcome: Mapping[str, Any]
    is_default: bool | None = None

    @property
    def is_right(self) -> bool:
        """Whether the value is the one expected, types and all."""
        is_as_said = self.is_default in (None, self.outcome["rule"] is None)
        return is_as_said and json.dumps(self.value, sort_keys=True) == json.dumps(self.expected, sort_keys=True)


def run(imported: Sequence[Imported]) -> list[Answered]:
    """Every case in every engine."""
    found: list[Answered] = []
    with tempfile.TemporaryDirectory(prefix="edgewise-import-") as name:
        folder = Path(name)
        write_javascript_host(folder / "host")
        node = shutil.which("node")
        assert node is not None, "the mark `node` has looked for it"
        with LineProcess(Path(node), "node_runner.mjs", folder / "host") as process:
            for number, one in enumerate(imported):
                found += _run_one(one, folder / str(number), process)
    return found


def _run_one(one: Imported, folder: Path, process: LineProcess) -> list[Answered]:
    folder.mkdir()
    (folder / "registry.json").write_text(json.dumps(one.document), encoding="utf-8")
    registry = load(folder / "registry.json", SIGNATURES)
    models = load_models(registry)
    batch = [({**request, "decisions": [decision]}, AT) for _, decision, request, _ in one.cases]
    texts: dict[str, list[str]] = {}
    reference = Reference(registry, models)
    texts["reference"] = [reference.decide(request, at) for request, at in batch]
    with open_engine("python", registry, models) as engine:
        texts["python"] = engine.answers(batch)
    write_program(folder / "program", registry, models, passes=True)
    for name in ("javascript", "wasm"):
        texts[name] = process.ask(program=str(folder / "program"), engine=name, cases=batch)
    found = []
    for name, answers in texts.items():
        for (case, decision, _, expected), text in zip(one.cases, answers, strict=True):
            outcome = json.loads(text)["decisions"][decision]
            value = unwrapped(outcome["payload"])
            found.append(Answered(case, name, value, expected, outcome, one.defaults.get(case)))
    return found


def unwrapped(payload: object) -> object:
    """A payload's value: lists and null stand in an object."""
    if isinstance(payload, dict) and list(payload) == ["value"] and not isinstance(payload["value"], str | int | float):
        return payload["value"]
    return payload


def text_of_id(value: object) -> str | None:
    """An id as text, as JavaScript joins it; None where it counts as missing."""
    if value is None or value == "" or value is False or value == 0:
        return None
    if isinstance(value, bool):
        return "true"
    return str(value)
