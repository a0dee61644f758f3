"""What a decision means: every attribute on the way to an outcome counts, and no other one does.

The decision of `base.json` in tests/conformance/compatibility reaches every kind of object.
"""

from __future__ import annotations

from typing import Any

import pytest

from feature_registry.compatibility.identities import WITHOUT_EFFECT
from feature_registry.documents import Cohort, DecisionDocument, Experiment, Feature, Layer, ModelDocument, Payload
from tests.registry.test_compatibility import BASE, comparison_of

DOCUMENTS = {
    "features": Feature,
    "cohorts": Cohort,
    "models": ModelDocument,
    "layers": Layer,
    "experiments": Experiment,
    "decisions": DecisionDocument,
    "payloads": Payload,
}
HERO = BASE["decisions"]["hero"]["rules"]

EFFECT: list[tuple[str, str, dict[str, Any]]] = [
    ("hero", "features", {"loyalty": {"type": "text"}}),
    ("hero", "features", {"page_values": {"from": "query.value"}}),
    ("hero", "features", {"page_values": {"default": 1}}),
    ("hero", "features", {"page_values": {"range": [0, 999]}}),
    ("hero", "features", {"page_values": {"max_age": "31m"}}),
    ("hero", "features", {"country": {"values": ["DE", "AT", "CH", "LI"]}}),
    ("hero", "features", {"loyalty": {"purposes": ["research"]}}),
    ("hero", "features", {"page_values": {"reading": "number", "default": None}}),
    ("hero", "cohorts", {"dach": {"in": ["DE", "AT"]}}),
    ("hero", "cohorts", {"dach": {"if_missing": True}}),
    ("hero", "cohorts", {"buyer": {"at_least": 0.61}}),
    ("hero", "models", {"intent": {"inputs": {"Loyalty": {"categories": ["gold", "none"]}}}}),
    ("hero", "models", {"intent": {"inputs": {"PageValues": "spare"}}}),
    ("hero", "models", {"intent": {"calibration": {"platt": {"a": -2, "b": 0}}}}),
    ("hero", "models", {"kinds": {"classes": ["buy", "browse"]}}),
    ("hero", "layers", {"home": {"holdout": 0.06}}),
    ("hero", "layers", {"home": {"salt": "x"}}),
    ("hero", "experiments", {"hero_test": {"share": [0, 0.6]}}),
    ("hero", "experiments", {"hero_test": {"traffic": 0.9}}),
    ("hero", "experiments", {"hero_test": {"cohort": "rich"}}),
    ("hero", "experiments", {"hero_test": {"salt": "x"}}),
    ("hero", "experiments", {"hero_test": {"variations": {"control": 51}}}),
    ("hero", "experiments", {"hero_test": {"starts": "2026-01-02T00:00:00Z"}}),
    ("hero", "experiments", {"hero_test": {"ends": "2027-01-02T00:00:00Z"}}),
    ("hero", "payloads", {"hero_c": {"value": {"title": "c"}}}),
    ("hero", "decisions", {"hero": {"rules": HERO[:3]}}),
    ("hero", "decisions", {"hero": {"rules": [HERO[1], HERO[0], *HERO[2:]]}}),
    ("hero", "decisions", {"hero": {"otherwise": "hero_c"}}),
    ("hero", "decisions", {"hero": {"runs": "cloud"}}),
    ("hero", "decisions", {"hero": {"rules": [{**HERO[0], "unsure": {"ask": "cloud", "within": "9ms"}}, *HERO[1:]]}}),
    ("offers", "payloads", {"offer_1": {"attributes": {"margin": 0.4}}}),
    ("offers", "payloads", {"offer_1": {"if": {"cohort": "dach"}}}),
    ("offers", "payloads", {"offer_2": {"value": {"title": "P"}, "group": "offers", "attributes": {"margin": 0.3}}}),
    ("hero", "policies", {"identity": {"cookie": "vid"}}),
]
NO_EFFECT: list[tuple[str, dict[str, Any]]] = [
    ("features", {"page_values": {"description": "x", "owner": "x"}}),
    ("features", {"page_values": {"unit": "cent", "tier": 2, "region": "eu"}}),
    ("features", {"page_values": {"data_class": "pseudonymous", "linkability": "group", "version": 2}}),
    ("features", {"page_values": {"status": "deprecated", "replaced_by": "spare"}}),
    ("features", {"spare": {"from": "query.spare"}}),
    ("models", {"intent": {"version": 4, "training": {"rows": 5}}}),
    ("experiments", {"hero_test": {"guardrails": []}}),
    ("decisions", {"hero": {"needs": {"offline": False}, "schema": None}}),
    ("payloads", {"hero_b": {"attributes": {"margin": 1}, "if": {"cohort": "dach"}}}),
    ("cohorts", {"rich": {"more": 101}}),
    ("policies", {"retention": {"exposures": "1d"}}),
    ("environments", {"lab": {"ring": "pilot"}}),
]


@pytest.mark.parametrize(("decision", "kind", "patch"), EFFECT, ids=lambda value: str(value)[:70])
def test_what_leads_to_an_outcome_counts(decision: str, kind: str, patch: dict[str, Any]) -> None:
    affected = comparison_of({"new": {kind: patch}}).affected
    assert decision in affected.changed
    assert all(effect.because for effect in affected.changed[decision])


@pytest.mark.parametrize(("kind", "patch"), NO_EFFECT, ids=lambda value: str(value)[:70])
def test_what_leads_to_no_outcome_does_not(kind: str, patch: dict[str, Any]) -> None:
    comparison = comparison_of({"new": {kind: patch}})
    assert comparison.changes.changed
    assert not comparison.affected.changed


def test_what_a_derived_feature_reads_counts() -> None:
    derived = {
        "features": {"double": {"type": "number", "derive": {"multiply": [{"feature": "spare"}, 2]}}},
        "decisions": {"offers": {"rules": [{"if": {"feature": "double", "more": 1}, "show": "hero_b"}]}},
    }
    affected = comparison_of({"old": derived, "new": {"features": {"spare": {"default": 3}}}}).affected
    assert tuple(affected.changed) == ("offers",)
    (effect,) = affected.changed["offers"]
    assert effect.because == ("the feature `spare` is changed, through the feature `double`",)


def test_a_cohort_under_another_name_means_the_same() -> None:
    rules = [{**HERO[0], "if": {"cohort": "purchaser"}}, *HERO[1:]]
    cohorts = {"purchaser": BASE["cohorts"]["buyer"], "buyer": None}
    affected = comparison_of({"new": {"cohorts": cohorts, "decisions": {"hero": {"rules": rules}}}}).affected
    assert "hero" in affected.unchanged


def test_the_attributes_without_effect_exist() -> None:
    for kind, names in WITHOUT_EFFECT.items():
        for name in names:
            documents = DOCUMENTS.values() if kind == "" else [DOCUMENTS[kind]]
            assert all(name in document.model_fields for document in documents), f"{kind}: {name}"
