"""What a comparison of two registries calls unchanged is: replay of random requests on both tells.

The oracle decides with both registries; the analysis may call a decision changed that gives the same, never the other
way round.
"""

import json
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from decision_engine.operators import SIGNATURES
from feature_registry import Registry, RegistryError
from feature_registry.compatibility import Comparison, compare, find_all
from tests.conformance.cases import Json
from tests.conformance.programs import load_registry
from tests.properties.edits import edited, reformatted
from tests.properties.engines import Batch, decide
from tests.properties.pools import NOW
from tests.properties.registries import registries
from tests.properties.requests import requests, times

REQUESTS = 20


def loaded(document: Json) -> Registry | None:
    """The registry, or None when it is refused."""
    try:
        return load_registry(document)[0]
    except RegistryError:
        return None


def comparison_of(old: Registry, new: Registry) -> Comparison:
    return compare(old, new, SIGNATURES, NOW)


def outcomes(document: Json, batch: Batch) -> list[dict[str, Json]]:
    """What each request gets, by decision; a request that names decisions gets only these."""
    return [json.loads(text).get("decisions", {}) for text in decide(document, batch)]


@pytest.mark.timeout(900)  # a counter-example takes minutes to shrink
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), registries())
def test_unchanged_decisions_give_the_same_outcomes(data: st.DataObject, document: Json) -> None:
    other = data.draw(edited(document, lambda tried: loaded(tried) is not None))
    old, new = loaded(document), loaded(other)
    assert old is not None
    assert new is not None
    affected = comparison_of(old, new).affected
    source = st.sampled_from([document, other])
    batch = [
        ({**data.draw(requests(data.draw(source))), "decisions": list(affected.unchanged)}, data.draw(times()))
        for _ in range(REQUESTS)
    ]
    event("some are unchanged" if affected.unchanged else "none is unchanged")
    event("some are changed" if affected.changed else "none is changed")
    for before, after, (request, at) in zip(outcomes(document, batch), outcomes(other, batch), batch, strict=True):
        assert set(before) == set(affected.unchanged)
        for name in affected.unchanged:
            assert before[name] == after[name], f"{name} at {at}: {json.dumps(request)}"


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(registries(), st.integers(0, 2**32))
def test_another_form_is_no_change(document: Json, seed: int) -> None:
    old, new = loaded(document), loaded(reformatted(document, Random(seed)))
    assert old is not None
    assert new is not None
    comparison = comparison_of(old, new)
    assert not comparison.changes.changed
    assert not comparison.changes.added
    assert not comparison.changes.removed
    assert set(comparison.affected.unchanged) == set(document["decisions"])
    assert find_all(comparison) == ()


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), registries())
def test_one_cohort_changes_the_decisions_that_reach_it(data: st.DataObject, document: Json) -> None:
    """The analysis is not only safe: what does not reach a change is called unchanged."""
    name = data.draw(st.sampled_from(sorted(document["cohorts"])))
    other = {**document, "cohorts": {**document["cohorts"], name: {"feature": "f_bool", "is_missing": False}}}
    old, new = loaded(document), loaded(other)
    assert old is not None
    assert new is not None
    affected = comparison_of(old, new).affected
    text = {decision: json.dumps(one) for decision, one in document["decisions"].items()}
    assert f"shows_{name}" in {*affected.changed, *affected.unchanged}
    for decision, effects in affected.changed.items():
        assert effects, f"{decision} is changed by nothing"
        assert all(one.because for one in effects), text[decision]
    reaches = _reaching(document, name)
    assert set(affected.changed) <= reaches, "a decision that does not reach the cohort"


def _reaching(document: Json, name: str) -> set[str]:
    """The decisions that reach a cohort, found by text."""
    cohorts = {name}
    while True:
        more = {one for one, json_ in document["cohorts"].items() if _names(json_, cohorts)} - cohorts
        if not more:
            break
        cohorts |= more
    experiments = {one for one, json_ in document["experiments"].items() if json_.get("cohort") in cohorts}
    ranked = any(_names(json_.get("if", {}), cohorts) for json_ in document["payloads"].values() if "group" in json_)
    found = set()
    for decision, json_ in document["decisions"].items():
        rules = json_["rules"]
        if _names([rule.get("if", {}) for rule in rules], cohorts):
            found.add(decision)
        if any(rule.get("experiment") in experiments or ("rank" in rule and ranked) for rule in rules):
            found.add(decision)
    return found


def _names(value: Json, cohorts: set[str]) -> bool:
    if isinstance(value, dict):
        return value.get("cohort") in cohorts or any(_names(item, cohorts) for item in value.values())
    return isinstance(value, list) and any(_names(item, cohorts) for item in value)


def test_the_order_of_candidates_counts() -> None:
    """Ties of a ranking go by the order of declaration, which no document holds."""
    payloads = {name: {"value": name, "group": "offers"} for name in ("one", "two")}
    decisions = {
        "ranked": {"rules": [{"rank": "offers", "by": 1, "top": 1}], "otherwise": "one"},
        "shown": {"rules": [], "otherwise": "one"},
    }
    document = {"payloads": payloads, "decisions": decisions}
    other = {**document, "payloads": dict(reversed(payloads.items()))}
    batch = [({}, NOW)]
    assert outcomes(document, batch)[0]["ranked"] != outcomes(other, batch)[0]["ranked"]
    old, new = loaded(document), loaded(other)
    assert old is not None
    assert new is not None
    comparison = comparison_of(old, new)
    assert not comparison.changes.changed
    assert (tuple(comparison.affected.changed), comparison.affected.unchanged) == (("ranked",), ("shown",))
    (effect,) = comparison.affected.changed["ranked"]
    assert effect.because == ("the group `offers` is changed",)
