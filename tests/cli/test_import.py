"""`edgewise import`: files, report, exit codes."""

import json
from pathlib import Path

import pytest

from tests.cli.running import Run, files_of

FLAGD = {
    "flags": {
        "newHero": {
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": "off",
            "targeting": {"fractional": [["on", 20], ["off", 80]]},
        }
    }
}
GROWTHBOOK = {
    "features": {
        "hero": {"defaultValue": "a", "rules": [{"key": "hero-test", "variations": ["a", "b"]}]},
        "odd": {"defaultValue": 1, "rules": [{"force": 2, "condition": {"x": {"$regex": "(?=y)"}}}]},
    }
}


def written(folder: Path, document: object) -> Path:
    path = folder / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_document_becomes_a_registry_that_decides(run: Run, tmp_path: Path) -> None:
    ran = run("import", "flagd", written(tmp_path, FLAGD), "--out", tmp_path / "shop")
    assert ran.code == 0
    assert "newHero" in ran.out
    assert set(files_of(tmp_path / "shop")) == {"registry.json", "import_report.jsonl", "registry.schema.json"}
    assert run("check", tmp_path / "shop").code == 0
    request = tmp_path / "request.json"
    request.write_text('{"units": {"targeting_key": "user-1"}}', encoding="utf-8")
    decided = run("decide", tmp_path / "shop", "--request", request, "--json")
    assert decided.json["decisions"]["new_hero"]["reason"] == "SPLIT"


def test_what_is_left_out_ends_with_1_unless_allowed(run: Run, tmp_path: Path) -> None:
    document = written(tmp_path, GROWTHBOOK)
    ran = run("import", "growthbook", document, "--out", tmp_path / "one")
    assert ran.code == 1
    assert "regular-expression" in ran.out
    assert "1 carried over, 1 left out" in ran.out
    allowed = run("import", "growthbook", document, "--out", tmp_path / "two", "--allow-partial", "--json")
    assert allowed.code == 0
    assert [one["construct"] for one in allowed.json["left_out"]] == ["regular-expression"]
    assert json.loads(files_of(tmp_path / "two")["import_report.jsonl"])["left_out"] == allowed.json["left_out"]
    registry = json.loads(files_of(tmp_path / "two")["registry.json"])
    assert registry["experiments"]["hero_test"]["bucketing"] == "growthbook-1"


def test_the_formula_of_fractional_is_chosen(run: Run, tmp_path: Path) -> None:
    run("import", "flagd", written(tmp_path, FLAGD), "--out", tmp_path / "old", "--fractional", "legacy")
    experiment = json.loads(files_of(tmp_path / "old")["registry.json"])["experiments"]["new_hero"]
    assert experiment["bucketing"] == "flagd-legacy"
    assert experiment["ranges"] == {"on": [0.0, 20.0], "off": [20.0, 100.0]}


def test_sticky_buckets_and_overrides_are_options(run: Run, tmp_path: Path) -> None:
    document = written(tmp_path, {"features": {"hero": GROWTHBOOK["features"]["hero"]}})
    run("import", "growthbook", document, "--out", tmp_path / "plain", "--no-overrides")
    assert "features" not in json.loads(files_of(tmp_path / "plain")["registry.json"])
    run("import", "growthbook", document, "--out", tmp_path / "query")
    assert "query.hero-test" in files_of(tmp_path / "query")["registry.json"].decode()


ENCRYPTED = {
    "encryptedFeatures": "m5ylFM6ndyOJA2OPadubkw==.Uu7ViqgKEt/dWvCyhI46q088PkAEJbnXKf3KPZjf9IEQQ+A8fojNoxw4wIbPX3aj"
}


def test_encrypted_documents_need_their_key(run: Run, tmp_path: Path) -> None:
    document = written(tmp_path, ENCRYPTED)
    without = run("import", "growthbook", document, "--out", tmp_path / "a", "--json")
    assert (without.code, without.codes) == (1, ["encrypted"])
    wrong = ["--decryption-key", "Zvwv/+uhpFDznZ6SX39Yjg=="]
    assert run("import", "growthbook", document, "--out", tmp_path / "b", *wrong, "--json").codes == [
        "decryption-failed"
    ]
    bad = run("import", "growthbook", document, "--out", tmp_path / "c", "--decryption-key", "short", "--json")
    assert bad.code == 2
    key = ["--decryption-key", "Zvwv/+uhpFDznZ6SX28Yjg=="]
    assert run("import", "growthbook", document, "--out", tmp_path / "d", *key).code == 0


@pytest.mark.parametrize(
    ("content", "code"), [("{", "not-json"), ("[]", "wrong-type"), ('{"flags": {"f": {}}}', "missing-key")]
)
def test_bad_documents_change_nothing(run: Run, tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "document.json"
    path.write_text(content, encoding="utf-8")
    ran = run("import", "flagd", path, "--out", tmp_path / "shop", "--json")
    assert ran.code == 1
    assert code in ran.codes
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("evaluators", "code"),
    [({}, "unknown-reference"), ({"a": {"$ref": "b"}, "b": {"$ref": "a"}}, "evaluator-cycle")],
)
def test_references_of_flagd_must_lead_somewhere(
    run: Run, tmp_path: Path, evaluators: dict[str, object], code: str
) -> None:
    flag = {**FLAGD["flags"]["newHero"], "targeting": {"if": [{"$ref": "a"}, "on", "off"]}}
    document = written(tmp_path, {"flags": {"f": flag}, "$evaluators": evaluators})
    ran = run("import", "flagd", document, "--out", tmp_path / "shop", "--json")
    assert (ran.code, ran.codes) == (1, [code])
    assert not (tmp_path / "shop").exists()


def test_absent_files_and_full_folders_are_refused(run: Run, tmp_path: Path) -> None:
    absent = run("import", "flagd", tmp_path / "no.json", "--out", tmp_path / "shop", "--json")
    assert (absent.code, absent.codes) == (1, ["no-such-file"])
    ran = run("import", "flagd", written(tmp_path, FLAGD), "--out", tmp_path, "--json")
    assert ran.code == 1
    assert run("import", "other", tmp_path / "x", "--out", tmp_path / "y").code == 2
