"""What the advisor knows of a decision: everything that it reads, however far away, and whether its code fits."""

import json
from pathlib import Path
from typing import Any

import pytest

from decision_engine.advisor import EDGE_PLATFORMS, Facts, Placement, advise, decision_facts, graph_of
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from feature_registry import load
from feature_registry.documents.policies import Platform
from infra.advice import measured_fits
from infra.advice.measure import TARGET_OF_PLATFORM
from tests.advisor.material import assume
from tests.cli.running import EXAMPLE

REGISTRY: dict[str, Any] = {
    "features": {
        "country": {"type": "category", "from": "geo.country"},
        "tier": {"type": "category", "from": "profile.tier", "tier": 2, "max_age": "24h"},
        "fit": {"type": "number", "from": "session.fit", "data_class": "personal", "purposes": ["ads"]},
        "orders": {"type": "number", "from": "store.orders", "tier": 3},
    },
    "cohorts": {
        "near": {"feature": "country", "is": "DE"},
        "inner": {"all": [{"cohort": "near"}, {"feature": "tier", "is": "gold"}]},
    },
    "experiments": {
        "by_visitor": {"unit": "visitor_id", "variations": {"a": 1, "b": 1}},
        "by_account": {"unit": "account_id", "cohort": "inner", "variations": {"a": 1, "b": 1}},
    },
    "payloads": {"p": {"value": 1}, "q": {"value": 2, "group": "g", "if": {"feature": "fit", "more": 1}}},
    "decisions": {
        "plain": {"rules": [], "otherwise": "p"},
        "deep": {"rules": [{"if": {"not": {"cohort": "inner"}}, "show": "p"}], "otherwise": "p"},
        "tested": {"rules": [{"experiment": "by_visitor", "show": {"a": "p", "b": "p"}}], "otherwise": "p"},
        "account": {"rules": [{"experiment": "by_account", "show": {"a": "p", "b": "p"}}], "otherwise": "p"},
        "ranked": {"rules": [{"rank": "g", "by": {"feature": "fit"}, "top": 1}], "otherwise": "p"},
        "far": {"rules": [{"if": {"feature": "orders", "more": 3}, "show": "p"}], "otherwise": "p", "runs": "cloud"},
        "fast": {"rules": [], "otherwise": "p", "needs": {"latency": "20ms", "offline": True}},
    },
    "policies": {"identity": {"units": ["visitor_id", "account_id"]}, "consent": {"purposes": ["ads"]}},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    path = tmp_path_factory.mktemp("advisor") / "registry.json"
    path.write_text(json.dumps(REGISTRY), encoding="utf-8")
    registry = load(path, SIGNATURES)
    graph, fits = graph_of(registry), measured_fits(registry, {}, list(registry.decisions))
    return {name: decision_facts(graph, {}, name, fits(name)) for name in registry.decisions}


@pytest.mark.parametrize(
    ("decision", "names"),
    [
        ("plain", set()),
        ("deep", {"country", "tier"}),
        ("tested", set()),
        ("account", {"country", "tier"}),
        ("ranked", {"fit"}),
        ("far", {"orders"}),
    ],
)
def test_everything_that_is_read_is_known(found: dict[str, Facts], decision: str, names: set[str]) -> None:
    assert {one.name for one in found[decision].features} == names


def test_experiments_of_another_unit_are_far(found: dict[str, Facts]) -> None:
    assert (found["tested"].far_units, found["account"].far_units) == ((), ("by_account",))


def test_needs_and_fits_are_known(found: dict[str, Facts]) -> None:
    assert (found["fast"].latency, found["fast"].offline) == (20, True)
    assert [fit.platform for fit in found["plain"].fits] == list(EDGE_PLATFORMS) == list(TARGET_OF_PLATFORM)
    assert all(fit.problem is None and fit.code > 0 for fit in found["plain"].fits)
    assert found["deep"].operations > found["plain"].operations
    assert set(EDGE_PLATFORMS) <= set(Platform.__args__)


@pytest.mark.parametrize(
    ("decision", "placement"),
    [
        ("plain", Placement.EDGE),
        ("deep", Placement.EDGE),
        ("account", Placement.CLOUD),
        ("ranked", Placement.EDGE),
        ("far", Placement.CLOUD),
        ("fast", Placement.EDGE),
    ],
)
def test_a_registry_gets_its_advice(found: dict[str, Facts], decision: str, placement: Placement) -> None:
    assert advise(found[decision], assume()).placement is placement


def test_the_model_of_the_example_is_too_large_for_a_cloudfront_function() -> None:
    registry = load(EXAMPLE / "registry", SIGNATURES)
    fits = measured_fits(registry, load_models(registry), list(registry.decisions))("home_hero")
    assert [fit.platform for fit in fits if fit.problem is not None] == ["cloudfront"]
    assert "10,240" in (fits[1].problem or "")
    assert [fit.decisions for fit in fits] == [5, 1, 5, 5, 5]


def test_fitting_together_says_what_fitting_alone_says() -> None:
    registry = load(EXAMPLE / "registry", SIGNATURES)
    models = load_models(registry)
    together = measured_fits(registry, models, list(registry.decisions))
    for name in registry.decisions:
        alone = measured_fits(registry, models, [name])(name)
        assert [fit.problem is None for fit in together(name)] == [fit.problem is None for fit in alone]


def test_what_is_read_agrees_with_the_path_of_the_registry(tmp_path: Path) -> None:
    registry = load(EXAMPLE / "registry", SIGNATURES)
    facts = decision_facts(graph_of(registry), load_models(registry), "coupon", ())
    assert set(facts.models) == {"purchase_intent"}
    inputs = {one.feature for one in registry.models["purchase_intent"].inputs.values()}
    assert inputs <= {one.name for one in facts.features}
    assert facts.synced_groups == ("profile",)
