"""The example storefront's registry and pages fit each other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from examples.storefront.edge import REGISTRY
from examples.storefront.origin import SHOP
from feature_registry import Registry, inspect, render
from tests.conftest import ROOT

MODEL = Path("registry") / "models" / "purchase_intent.txt"
AT = 1_795_000_000_000


@pytest.fixture(scope="module")
def registry() -> Registry:
    found, diagnostics = inspect(REGISTRY, SIGNATURES)
    assert found is not None, render(diagnostics)
    assert not diagnostics, render(diagnostics)
    return found


def decided(registry: Registry, request: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Reference(registry, load_models(registry)).decide(request, AT))
    return found["decisions"]


def pages() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (SHOP / "pages").glob("*.html")}


def test_the_model_is_the_online_shops() -> None:
    examples = ROOT / "examples"
    assert (examples / "storefront" / MODEL).read_bytes() == (examples / "online_shop" / MODEL).read_bytes()
    models = [examples / name / "registry" / "models.json" for name in ("storefront", "online_shop")]
    ours, theirs = (json.loads(path.read_text(encoding="utf-8"))["models"] for path in models)
    assert ours == theirs


def test_every_slot_is_a_decision_and_every_decision_has_a_slot(registry: Registry) -> None:
    slots = {name for text in pages().values() for name in re.findall(r'<edgewise-slot name="(\w+)"', text)}
    assert slots == set(registry.decisions)
    delivery = registry.policies.delivery
    assert delivery is not None
    assert set(delivery.slots) == slots
    assert set(delivery.hydrate) == slots


def test_the_default_of_the_pages_is_the_outcome_without_consent(registry: Registry) -> None:
    found = decided(registry, {"consent": {"denied": ["storage", "personalisation", "analytics"]}})
    everything = "".join(pages().values())
    for name in ("announcement", "nudge"):
        assert f">{found[name]['payload']}</p>" in everything
    for value in found["home_hero"]["payload"].values():
        assert value in pages()["home"]
    names = [one["value"]["link"].removeprefix("/p/") for one in found["picks"]["payload"]["items"]]
    assert names == ["camp-mug", "dry-bag", "head-torch"]


def test_every_field_that_a_page_takes_is_in_every_payload(registry: Registry) -> None:
    heroes = [one.value for name, one in registry.payloads.items() if name.startswith("hero_")]
    hero = pages()["home"].partition('name="home_hero"')[2].partition("</edgewise-slot>")[0]
    taken = {path for edits in re.findall(r'data-fill="([^"]*)"', hero) for path in re.findall(r":(\w+)", edits)}
    assert taken == {"image", "title", "text", "button", "link"}
    for value in heroes:
        assert isinstance(value, dict)
        assert taken <= set(value)


def test_every_picture_and_link_of_a_payload_exists(registry: Registry) -> None:
    catalogue = json.loads((SHOP / "catalogue.json").read_text(encoding="utf-8"))
    paths = {f"/p/{one['name']}" for one in catalogue["products"]} | {f"/c/{name}" for name in catalogue["categories"]}
    for payload in registry.payloads.values():
        if isinstance(payload.value, dict):
            assert payload.value["link"] in paths
            assert (SHOP / payload.value["image"].removeprefix("/static/")).is_file()
