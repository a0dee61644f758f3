"""The rules of compatibility, as data in tests/conformance/compatibility: what they find between two registries.

`base.json` is a registry. A case makes two of it: `old` is a merge patch (RFC 7386) on it, `new` is one on the old
registry; `new_files` are model files of the new one. `finds` names every rule that finds something; `at` is the time.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from feature_registry import Registry, load
from feature_registry.compatibility import RULES, Comparison, Weight, compare, find_all
from feature_registry.values import read_timestamp
from tests.registry.folders import write

FOLDER = Path(__file__).parents[1] / "conformance" / "compatibility"
BASE: Any = json.loads((FOLDER / "base.json").read_text("utf-8"))
CASES: dict[str, dict[str, Any]] = {
    f"{case['rule']}: {case['title']}": case
    for path in sorted(FOLDER.glob("*.json"))
    if path.stem != "base"
    for case in json.loads(path.read_text("utf-8"))
}
DURING = "2026-06-01T00:00:00Z"
FILES = {"intent.txt": "tree", "kinds.txt": "tree of kinds"}


def merged(document: Any, patch: Any) -> Any:
    """A document with a merge patch applied."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def registry_of(document: Any, files: dict[str, str]) -> Registry:
    with tempfile.TemporaryDirectory(prefix="edgewise-compatibility-") as folder:
        return load(write(Path(folder), {"registry.json": document, **FILES, **files}), SIGNATURES)


def comparison_of(case: dict[str, Any]) -> Comparison:
    old = merged(BASE, case.get("old", {}))
    new = merged(old, case["new"])
    at = read_timestamp(case.get("at", DURING))
    return compare(registry_of(old, {}), registry_of(new, case.get("new_files", {})), SIGNATURES, at)


def found_by(case: dict[str, Any]) -> list[str]:
    """The rules that find something, each once, in the order of the table."""
    return list(dict.fromkeys(one.rule.name for one in find_all(comparison_of(case))))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_finds_what_the_case_says(case: dict[str, Any]) -> None:
    assert found_by(case) == case["finds"]


def test_every_rule_has_a_case_that_it_finds_and_one_that_it_passes() -> None:
    shown = Counter((case["rule"], case["rule"] in case["finds"]) for case in CASES.values())
    assert {rule for rule, _ in shown} == set(RULES)
    assert [rule for rule in RULES if not (shown[rule, True] and shown[rule, False])] == []
    assert len(CASES) >= 48


def test_there_are_enough_rules_that_break() -> None:
    assert sum(rule.weight is Weight.BREAKING for rule in RULES.values()) >= 24


def test_the_words_of_the_rules_follow_the_style() -> None:
    for rule in RULES.values():
        assert rule.summary[0].isupper() and rule.summary.endswith("."), rule.name
        assert rule.reason[0].isupper() and rule.reason.endswith("."), rule.name
        assert (rule.advice[0].islower() or rule.advice[0] == "`") and not rule.advice.endswith("."), rule.name


def test_a_registry_has_nothing_against_itself() -> None:
    comparison = comparison_of({"new": {}})
    assert find_all(comparison) == ()
    assert not comparison.changes.changed
    assert set(comparison.affected.unchanged) == set(BASE["decisions"])


def test_a_rule_that_is_allowed_does_not_break() -> None:
    comparison = comparison_of({"new": {"experiments": {"hero_test": {"traffic": 0.5}}}})
    (refused,) = find_all(comparison)
    (allowed,) = find_all(comparison, ["experiment-traffic-lowered"])
    assert (refused.breaks, allowed.breaks, allowed.is_allowed) == (True, False, True)
    assert refused.place.pointer == "/experiments/hero_test/traffic"
    assert not refused.is_gone
