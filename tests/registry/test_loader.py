"""Loading: folders and files, order, digests, model files, places."""

from __future__ import annotations

import copy
import json
import os
import time
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from feature_registry import RegistryError, load
from feature_registry import files as registry_files
from feature_registry.checks import ADVICE, Check
from feature_registry.checks.cycles import DEPTH
from feature_registry.conditions import All, FeatureTest
from tests.registry.folders import MODEL, SHOP, check, shop, write


def test_loads_a_registry_without_problems(tmp_path: Path) -> None:
    registry, diagnostics = check(shop(tmp_path))
    assert diagnostics == ()
    assert registry is not None
    assert list(registry.features) == list(SHOP["features"])
    assert registry.group("offers") == ("offer-2", "offer-1")
    assert registry.model_files == {"intent": MODEL.encode()}
    assert registry.features["page_values"].max_age == 30 * 60 * 1000
    assert registry.features["page_values"].bounds == (0.0, 10000.0)
    assert registry.policies.identity.max_age == 365 * 86_400_000
    buyer = registry.cohorts["buyer"].condition
    assert isinstance(buyer, All)
    assert buyer.items[3] == FeatureTest("app", "at_least", "1.4.0", True)
    assert buyer.items[3].at == "/all/3"


def test_a_file_and_a_folder_are_the_same_registry(tmp_path: Path) -> None:
    shop(tmp_path / "one")
    write(tmp_path / "many", {f"parts/{kind}.json": {kind: objects} for kind, objects in SHOP.items()})
    write(tmp_path / "many", {"models/intent.txt": MODEL, ".hidden.json": "not JSON", "x.schema.json": "{}"})
    whole = load(tmp_path / "one" / "shop.json", SIGNATURES)
    parts = load(tmp_path / "many", SIGNATURES)
    assert whole.digest == load(tmp_path / "one", SIGNATURES).digest == parts.digest
    assert parts.place("cohorts", "dach", "/in/1").file == "parts/cohorts.json"


def test_the_digest_names_the_content(tmp_path: Path) -> None:
    original = load(shop(tmp_path / "a"), SIGNATURES).digest
    reordered = {name: dict(reversed(one.items())) for name, one in SHOP["features"].items()}
    assert load(shop(tmp_path / "b", features=reordered), SIGNATURES).digest == original
    other_ties = dict(reversed(SHOP["payloads"].items()))
    assert load(shop(tmp_path / "c", payloads=other_ties), SIGNATURES).digest != original
    experiments = copy.deepcopy(SHOP["experiments"])
    experiments["hero_test"]["variations"] = {"bold": 50, "control": 50}
    assert load(shop(tmp_path / "d", experiments=experiments), SIGNATURES).digest != original
    write(shop(tmp_path / "e"), {"models/intent.txt": "another tree\n"})
    assert load(tmp_path / "e", SIGNATURES).digest != original


def test_knows_places(tmp_path: Path) -> None:
    registry = load(shop(tmp_path), SIGNATURES)
    place = registry.place("cohorts", "buyer", "/all/0/at_least")
    line = (tmp_path / "shop.json").read_text().splitlines()[(place.line or 0) - 1]
    assert line[(place.column or 0) - 1 :] == "0.62"
    assert place.pointer == "/cohorts/buyer/all/0/at_least"


def test_a_missing_path_is_a_diagnostic(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as raised:
        load(tmp_path / "nowhere", SIGNATURES)
    assert [one.code for one in raised.value.diagnostics] == ["no-such-path"]
    assert raised.value.exit_code == 1
    assert str(raised.value).startswith("error[no-such-path] ")


def test_a_path_that_cannot_be_one_is_a_diagnostic() -> None:
    _, diagnostics = check(Path("a\0b"))
    assert [one.code for one in diagnostics] in (["unreadable"], ["no-such-path"])


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"secret/a.json": {"features": {}}, "model.txt": MODEL})
    root = shop(tmp_path / "registry")
    (root / "link.json").symlink_to(tmp_path / "secret" / "a.json")
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "models" / "intent.txt").unlink()
    (root / "models" / "intent.txt").symlink_to(tmp_path / "model.txt")
    _, diagnostics = check(root)
    assert {(one.code, one.file, one.pointer) for one in diagnostics} == {
        ("outside-folder", "link.json", ""),
        ("outside-folder", "folder", ""),
        ("outside-folder", "shop.json", "/models/intent/file"),
    }


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    root = shop(tmp_path)
    (root / "models" / "real.txt").write_text(MODEL)
    (root / "models" / "intent.txt").unlink()
    (root / "models" / "intent.txt").symlink_to(root / "models" / "real.txt")
    assert check(root)[1] == ()


def test_links_in_circles_and_special_files_are_diagnostics(tmp_path: Path) -> None:
    root = shop(tmp_path)
    (root / "circle.json").symlink_to(root / "circle.json")
    os.mkfifo(root / "pipe.json")
    (root / "folder.json").mkdir()
    _, diagnostics = check(root)
    assert {one.file for one in diagnostics} == {"circle.json", "pipe.json"}
    assert {one.code for one in diagnostics} <= {"unreadable", "no-such-file"}


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = shop(tmp_path)
    with (root / "large.json").open("wb") as stream:
        stream.truncate(registry_files.LARGEST_FILE + 1)
    _, diagnostics = check(root)
    assert [(one.code, one.file) for one in diagnostics] == [("too-large", "large.json")]


def test_long_chains_of_cohorts_are_diagnostics(tmp_path: Path) -> None:
    cohorts: dict[str, Any] = {f"c{i}": {"cohort": f"c{i + 1}"} for i in range(3000)}
    cohorts["c3000"] = {"feature": "is_new", "is": True}
    rules = [{"if": {"cohort": "c0"}, "show": "hero"}]
    root = write(
        tmp_path,
        {
            "shop.json": {
                "features": {"is_new": SHOP["features"]["is_new"]},
                "cohorts": cohorts,
                "payloads": {"hero": {"value": 1}},
                "decisions": {"home": {"rules": rules, "otherwise": "hero"}},
            }
        },
    )
    found = check(root)[1]
    assert [(one.code, one.pointer) for one in found] == [("too-deep", f"/cohorts/c{3000 - DEPTH}")]
    cohorts["c3000"] = {"cohort": "c0"}
    write(tmp_path, {"shop.json": {"cohorts": cohorts}})
    found = check(root)[1]
    assert {one.code for one in found} == {"cohort-cycle", "too-deep"}
    assert max(len(one.message) for one in found) < 200


def test_a_large_registry_loads_within_a_second(tmp_path: Path) -> None:
    features = {f"f{i}": {"type": "number", "from": f"session.f{i}", "range": [0, 1000]} for i in range(50)}
    cohorts = {
        f"c{i}": {
            "all": [
                *({"feature": f"f{(i + k) % 50}", "at_least": (i * k) % 1000} for k in range(5)),
                {"not": {"feature": f"f{i % 50}", "less": 3}},
                *([{"cohort": f"c{i // 2}"}] if i else []),
            ]
        }
        for i in range(500)
    }
    payloads = {f"p{i}": {"value": {"title": f"Title {i}"}} for i in range(300)}
    decisions = {
        f"d{i}": {
            "schema": {"type": "object", "required": ["title"], "maxProperties": 100 + i},
            "rules": [{"if": {"cohort": f"c{i * 5 + k}"}, "show": f"p{i * 3 + k % 3}"} for k in range(5)],
            "otherwise": f"p{i * 3}",
        }
        for i in range(100)
    }
    kinds = {"features": features, "cohorts": cohorts, "payloads": payloads, "decisions": decisions}
    root = write(tmp_path, {f"{kind}.json": {kind: objects} for kind, objects in kinds.items()})
    start = time.perf_counter()
    registry, _ = check(root)
    assert registry is not None
    assert time.perf_counter() - start < 1.0


def test_diagnostics_are_sorted_and_written_in_one_form(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "cohorts/loyal.json": [
                '{"cohorts": {"loyal": {"all": [',
                '  {"feature": "loyalty_teir", "is": "gold"}]}}}',
            ],
            "features.json": {"features": {"loyalty_tier": {"type": "category", "from": "profile.loyalty"}}},
        },
    )
    _, diagnostics = check(root)
    assert [str(one) for one in diagnostics if one.code != "unused"] == [
        "error[unknown-feature] cohorts/loyal.json:2:15 /cohorts/loyal/all/0/feature: unknown feature `loyalty_teir`\n"
        "  help: did you mean `loyalty_tier`?"
    ]
    assert json.loads(json.dumps([one.to_json() for one in diagnostics]))[1]["line"] == 2


def test_a_problem_stays_on_its_line_whatever_the_keys_hold(tmp_path: Path) -> None:
    write(tmp_path, {"shop.json": {"features": {"a\u001b[31m\nb": {}}, "c\nd": 1}})
    _, problems = check(tmp_path)
    for one in problems:
        first, *rest = str(one).split("\n")
        assert all(line.startswith("  help: ") for line in rest)
        assert first.isprintable()
    assert str(problems[0]).startswith("error[bad-name] shop.json:3:5 /features/a\\u001b[31m\\u000ab: ")


@pytest.mark.parametrize("check", sorted(ADVICE, key=lambda check: check.__name__))
def test_advice_is_never_an_error(check: Check) -> None:
    """Loading leaves these checks out."""
    source = getsource(check)
    assert "draft.warning(" in source
    assert "draft.error(" not in source
