"""The flags as files: one folder with every evaluator's documents, and Edgewise's program in wasm and in JavaScript."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.tables import tables
from decision_engine.targets.javascript.emit import emit_javascript
from decision_engine.targets.wasm import emit_wasm
from feature_registry import load
from infra.bench.node import NodeLoop
from infra.bench.rules import forms
from infra.bench.rules.flags import FlagSet, Visitor

CONTENDERS = Path(__file__).parent / "contenders"
NODE = Path(__file__).with_name("node.mjs")

WASM, JAVASCRIPT = "Edgewise, wasm", "Edgewise, JavaScript"
GROWTHBOOK, FLAGD = "GrowthBook SDK", "flagd-core"
JSON_LOGIC, ENGINE = "json-logic-js", "json-logic-engine"

Form: TypeAlias = Literal["decide", "answer"]

MODULES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        WASM: ("edgewise.js", "program.wasm"),
        JAVASCRIPT: ("edgewise.js", "program.js"),
        GROWTHBOOK: ("growthbook.js", None),
        FLAGD: ("flagd.js", None),
        JSON_LOGIC: ("json_logic_js.js", None),
        ENGINE: ("json_logic_engine.js", None),
    }
)
"""Each contender's module, and the program that it is given."""

SHARED_BUCKETS = frozenset({WASM, JAVASCRIPT, JSON_LOGIC, ENGINE})
"""Contenders with Edgewise's buckets; the others hash ids in their own way."""


def write_material(folder: Path, flags: FlagSet, visitors: Sequence[Visitor]) -> None:
    """Write `documents.json`, `program.wasm` and `program.js`."""
    registry = folder / "registry.json"
    registry.write_text(json.dumps(forms.registry_of(flags)))
    program = compile_program(load(registry, SIGNATURES), edge_only=True)
    documents = {
        "flags": [flag.name for flag in flags.flags],
        "tables": tables(program),
        "growthbook": forms.growthbook_of(flags),
        "flagd": forms.flagd_of(flags),
        "json_logic": forms.json_logic_of(flags),
        "visitors": {
            "edgewise": [forms.request_of(visitor) for visitor in visitors],
            "growthbook": [forms.attributes_of(visitor) for visitor in visitors],
            "flagd": [forms.context_of(visitor) for visitor in visitors],
            "json_logic": [dict(visitor) for visitor in visitors],
        },
    }
    (folder / "documents.json").write_text(json.dumps(documents))
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "program.wasm").write_bytes(emit_wasm(program).content)
    (folder / "program.js").write_text(emit_javascript(program))


def open_contender(name: str, folder: Path, form: Form, *, quick: bool = False) -> NodeLoop:
    """The contender in node. `decide` gives a list of outcomes, in the order of the flags; `answer` gives a text."""
    module, program = MODULES[name]
    given = [] if program is None else [folder / program]
    return NodeLoop(NODE, form, CONTENDERS / module, folder / "documents.json", *given, quick=quick)


def outcomes(name: str, folder: Path, count: int) -> list[list[str]]:
    """The contender's outcomes for each of the first visitors."""
    with open_contender(name, folder, "decide") as loop:
        return loop.results(count)


def answers(name: str, folder: Path, count: int) -> list[str]:
    """The texts that the contender answers to the first visitors."""
    with open_contender(name, folder, "answer") as loop:
        return loop.results(count)


def worker_entry(name: str, folder: Path) -> str:
    """The text of an entry module that serves the contender in a worker."""
    module, program = MODULES[name]
    lines = [
        f'import {{ serve }} from "{CONTENDERS / "worker.js"}";',
        f'import * as contender from "{CONTENDERS / module}";',
        f'import documents from "{folder / "documents.json"}";',
    ]
    if program == "program.wasm":
        lines.append('import program from "./program.wasm";')
    elif program is not None:
        lines.append(f'import * as program from "{folder / program}";')
    given = "" if program is None else ", program"
    return "\n".join([*lines, f"export default serve(contender, documents{given});", ""])
