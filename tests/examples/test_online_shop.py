"""The example shop: what it shows, that its model can be trained again, and that its sessions reach every outcome."""

from __future__ import annotations

import csv
import hashlib
import json
import platform
import random
import re
import subprocess
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import lightgbm
import pytest

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from feature_registry import ExperimentRule, RankRule, Registry, ShowRule, inspect, render
from infra.replay import count_requests, load_map, requests_from

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples" / "online_shop"
SESSIONS = SHOP / "data" / "online_shoppers_intention.csv"
BERLIN = ZoneInfo("Europe/Berlin")
MODEL = SHOP / "registry" / "models" / "purchase_intent.txt"


@cache
def registry() -> Registry:
    found, diagnostics = inspect(SHOP / "registry", SIGNATURES)
    assert found is not None, render(diagnostics)
    assert not diagnostics, render(diagnostics)
    return found


@cache
def sessions() -> list[tuple[dict[str, Any], int]]:
    found = list(requests_from(SESSIONS, load_map(SHOP / "map.json")))
    return [(request, at) for request, at in found if at is not None]


@cache
def documents(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in (SHOP / "registry").glob("*.json"):
        found |= json.loads(path.read_text(encoding="utf-8")).get(kind, {})
    return found


def test_the_registry_has_what_a_shop_needs() -> None:
    shop = registry()
    assert len(shop.features) >= 14
    assert len(shop.cohorts) >= 8
    assert len(shop.decisions) == 5
    assert len(shop.group("offers")) >= 10
    assert {str(feature.type) for feature in shop.features.values()} == {
        "bool", "category", "number", "tags", "text", "timestamp", "version"
    }  # fmt: skip
    (layer,) = {experiment.layer for experiment in shop.experiments.values()}
    assert layer is not None
    assert len(shop.experiments) >= 2
    assert shop.layers[layer].holdout > 0
    rules = [rule for decision in shop.decisions.values() for rule in decision.rules]
    assert sum(isinstance(rule, ExperimentRule) for rule in rules) >= 2
    assert any(isinstance(rule, RankRule) for rule in rules)


def test_cohorts_nest_negate_and_settle_what_is_missing() -> None:
    text = json.dumps(documents("cohorts"))
    for key in ("cohort", "not", "if_missing", "is_missing", "schedule", "model", "all", "any"):
        assert f'"{key}":' in text


@pytest.mark.parametrize("kind", ["features", "cohorts", "models", "layers", "experiments", "decisions", "payloads"])
def test_every_object_is_described_and_owned(kind: str) -> None:
    bare = [name for name, one in documents(kind).items() if not one.get("description") or not one.get("owner")]
    assert documents(kind)
    assert not bare


def test_every_decision_has_a_schema() -> None:
    assert all("schema" in decision for decision in documents("decisions").values())


def test_files_name_the_schema_for_editors() -> None:
    for path in (SHOP / "registry").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))["$schema"]
        assert (path.parent / schema).resolve() == ROOT / "docs" / "reference" / "registry.schema.json"


def test_the_data_are_those_of_the_source() -> None:
    digest = hashlib.sha256(SESSIONS.read_bytes()).hexdigest()
    assert digest in (SHOP / "data" / "README.md").read_text(encoding="utf-8")
    assert documents("models")["purchase_intent"]["training"]["data_digest"] == f"sha256:{digest}"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors may round training differently")
def test_training_gives_the_committed_model_and_card(tmp_path: Path) -> None:
    pins = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    if not re.search(rf"^lightgbm=={re.escape(lightgbm.__version__)}\b", pins, re.MULTILINE):
        pytest.skip(f"lightgbm {lightgbm.__version__} is not the pinned one")
    card = tmp_path / "models.json"
    card.write_bytes((SHOP / "registry" / "models.json").read_bytes())
    command = [sys.executable, str(SHOP / "train.py"), "--out", str(tmp_path), "--no-figure"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "auc" in done.stdout
    assert (tmp_path / "models" / "purchase_intent.txt").read_bytes() == MODEL.read_bytes()
    assert card.read_bytes() == (SHOP / "registry" / "models.json").read_bytes()


def test_the_model_does_not_see_the_answer() -> None:
    (names,) = re.findall(r"^feature_names=(.*)$", MODEL.read_text(encoding="utf-8"), re.MULTILINE)
    assert not {"PageValues", "Revenue"} & set(names.split())
    text = (SHOP / "map.json").read_text(encoding="utf-8")
    assert "PageValues" not in text
    assert "Revenue" not in text


def test_the_models_categories_are_those_of_training() -> None:
    inputs = documents("models")["purchase_intent"]["inputs"]
    rules = json.loads((SHOP / "map.json").read_text(encoding="utf-8"))["request"]
    trained = (SHOP / "train.py").read_text(encoding="utf-8")
    for column, path in (("Month", "session.month"), ("VisitorType", "session.visitor_type")):
        (levels,) = re.findall(rf'^    "{column}": \((.*)\),$', trained, re.MULTILINE)
        texts = re.findall(r'"(\w+)"', levels)
        assert [rules[path]["values"][text] for text in texts] == inputs[column]["categories"]
    assert inputs["TrafficType"]["categories"] == [str(code) for code in range(1, 21)]


def test_every_row_is_a_session() -> None:
    assert len(sessions()) == count_requests(SESSIONS) == 12_330
    ids = {request["units"]["visitor_id"] for request, _ in sessions()}
    assert len(ids) == 12_330


def test_sessions_agree_with_their_rows() -> None:
    with SESSIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, (request, at) in zip(rows, sessions(), strict=True):
        session = request["session"]
        assert session["product_seconds"] == float(row["ProductRelated_Duration"])
        assert session["exit_rate"] == float(row["ExitRates"])
        local = datetime.fromtimestamp(at / 1000, BERLIN)
        assert f"{local:%b}" == row["Month"][:3]
        assert (local.weekday() >= 5) is (row["Weekend"] == "TRUE")


def test_the_map_feeds_every_feature_and_nothing_else() -> None:
    paths = {feature.source for feature in registry().features.values()}
    rules = json.loads((SHOP / "map.json").read_text(encoding="utf-8"))["request"]
    groups = {"units", "timestamps", "consent"}
    assert {path for path in rules if path.partition(".")[0] not in groups} == paths


def test_sessions_reach_every_outcome_by_every_rule() -> None:
    shop = registry()
    wanted = {
        (name, index, payload)
        for name, decision in shop.decisions.items()
        for index, rule in [*enumerate(decision.rules), (None, decision.otherwise)]
        for payload in _payloads(shop, rule)
    }
    evaluator = Reference(shop, load_models(shop))
    reached: set[tuple[str, int | None, str]] = set()
    shown: set[str] = set()
    shuffled = random.Random(468).sample(sessions(), len(sessions()))
    for request, at in shuffled:
        for name, outcome in evaluator.evaluate(request, at).answer["decisions"].items():
            items = outcome["payload"].get("items", []) if isinstance(outcome["payload"], dict) else []
            shown |= {item["key"] for item in items}
            reached.add((name, outcome["rule"], "" if items else outcome["outcome"]))
        if reached >= wanted and shown >= set(shop.group("offers")):
            break
    assert wanted <= reached, sorted(map(str, wanted - reached))
    assert set(shop.group("offers")) <= shown


def _payloads(shop: Registry, rule: object) -> list[str]:
    """What a rule can show; one empty name for a ranking."""
    match rule:
        case str():
            return [rule]
        case ExperimentRule():
            return list(rule.show.values())
        case RankRule():
            return [""]
        case _:
            assert isinstance(rule, ShowRule)
            return [rule.show]
