"""Hostile registries: loading gives diagnostics with places, and never raises."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from feature_registry import CODES, Severity
from tests.registry.folders import MODEL, SHOP, check, write

WORDS = st.sampled_from(
    sorted({key for kind in SHOP.values() for one in kind.values() for key in one})
    + [
        "country",
        "buyer",
        "intent",
        "home",
        "hero_test",
        "offers",
        "visitor_id",
        "item",
        "model",
        "is",
        "all",
        "rank",
        "by",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-3, 100) | st.floats(-2, 2) | WORDS | st.text(max_size=5)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(st.sampled_from([*SHOP, "$schema", "feature"]), JSON | st.dictionaries(WORDS, JSON, max_size=3)))
def test_any_json(value: Any) -> None:
    _checks(json.dumps(value))


@given(st.data())
def test_a_registry_with_parts_replaced(data: st.DataObject) -> None:
    value = copy.deepcopy(SHOP)
    for _ in range(data.draw(st.integers(1, 4))):
        _replace(value, data)
    _checks(json.dumps(value))


@given(st.data())
def test_a_registry_with_characters_replaced(data: st.DataObject) -> None:
    text = json.dumps(SHOP)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 3)))
        text = text[:start] + data.draw(st.text('{}[]",: \\0179-eE.\x00é\u0301', max_size=3)) + text[end:]
    _checks(text)


def _replace(value: Any, data: st.DataObject) -> None:
    """Change one part, chosen by walking down from the top."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and data.draw(st.integers(0, 5)):
            value = value[key]
            continue
        match data.draw(st.sampled_from(["replace", "remove", "add"])):
            case "remove":
                del value[key]
            case "add" if isinstance(value, dict):
                value[data.draw(WORDS)] = data.draw(JSON)
            case _:
                value[key] = data.draw(JSON)
        return


def _checks(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {"shop.json": text, "models/intent.txt": MODEL})
        registry, diagnostics = check(root)
    assert (registry is None) == any(one.severity is Severity.ERROR for one in diagnostics)
    assert list(diagnostics) == sorted(diagnostics, key=lambda one: (one.file, one.line or 0, one.column or 0))
    lines = text.count("\n") + 1
    for one in diagnostics:
        assert one.code in CODES
        assert one.line is not None and 1 <= one.line <= lines
        assert "\n" not in str(one.message) and "\n" not in (one.help or "")
