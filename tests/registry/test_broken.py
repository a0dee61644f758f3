"""Broken registries, as data in tests/conformance/errors: each gives exactly the diagnostics that its case expects.

A case has a `title`, `files` (name -> list of lines, or {"hex": bytes}) and `expected`, the diagnostics in order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feature_registry import CODES
from feature_registry.codes import IMPORT_CODES, STORE_CODES
from tests.registry.folders import check, write

BROKEN = Path(__file__).parents[1] / "conformance" / "errors"
CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {case['title']}": case
    for path in sorted(BROKEN.glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))
}

# What a case cannot show: they need a file system in a certain state (test_loader.py), a store, or an import.
WITHOUT_CASE = {"no-such-path", "outside-folder", "too-large", "unreadable"} | STORE_CODES.keys() | IMPORT_CODES.keys()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_gives_the_expected_diagnostics(case: dict[str, Any], tmp_path: Path) -> None:
    registry, diagnostics = check(write(tmp_path, case["files"]))
    found = [{key: value for key, value in one.to_json().items() if value is not None} for one in diagnostics]
    for one in found:
        one["file"] = str(one["file"]).replace(str(tmp_path), "REGISTRY")
    assert found == case["expected"]
    assert (registry is None) == any(one["severity"] == "error" for one in case["expected"])


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60


def test_every_code_has_a_case() -> None:
    shown = {one["code"] for case in CASES.values() for one in case["expected"]}
    assert shown == set(CODES) - WITHOUT_CASE


def test_messages_follow_the_style() -> None:
    for case in CASES.values():
        for one in case["expected"]:
            message = one["message"]
            assert message[0] in "`[" or message[0].islower(), message
            assert not message.endswith("."), message
            assert not one.get("help", "").endswith("."), one["help"]
