"""The cases that all implementations of JsonLogic share (data/jsonlogic/compatible.json) as imported registries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from decision_engine.importing import EngineSemantics
from feature_registry.importers.draft import RegistryDraft
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.jsonlogic import import_rule
from tests.importers.runner import Imported

CASES = [
    case
    for case in json.loads(
        (Path(__file__).parent / "data" / "jsonlogic" / "compatible.json").read_text(encoding="utf-8")
    )
    if isinstance(case, dict)
]
DECOYS = [True, False, 0, 1, 2, -1, "", "0", "1", "apple", "other", [], [1], {}]
"""Results that an attribute may also have: the expected one stands among them."""


def rule_cases(name: str, rule: object, data: object, expected: object) -> Imported | str:
    """A rule as a registry with one case; or why it is not carried over."""
    if not (data is None or isinstance(data, dict)):
        return "the whole context is no object, which a request's always is"
    draft = RegistryDraft(EngineSemantics())
    try:
        decision = import_rule(draft, "rule", rule, [*DECOYS, expected] if expected not in DECOYS else DECOYS)
    except NotCarriedError as problem:
        return f"{problem.construct}: {problem.reason}"
    return Imported(dict(draft.build()), [(name, decision, {"attributes": data or {}}, expected)])


def all_cases() -> Iterator[tuple[str, Imported | str]]:
    """(name, registry or reason) of every case."""
    for index, case in enumerate(CASES):
        name = f"{index} {case['description']}"
        yield name, rule_cases(name, case["rule"], case.get("data"), case["result"])
