"""`explain` and `decide` with a request that brings signals: the gate's outcome and its basis."""

import json
from pathlib import Path

import pytest

from infra.consent import AT, tc_string
from tests.cli.running import Run, runner

REGISTRY = Path(__file__).resolve().parents[1] / "service" / "registry.json"
SHOP = Path(__file__).resolve().parents[1] / "engines" / "shop.json"
TC = tc_string(AT - 10**9, (1, 5, 6), publisher=(1, 5, 6))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


def request(folder: Path, **members: object) -> Path:
    path = folder / "request.json"
    path.write_text(json.dumps({"profile": {"loyalty": "gold"}, **members}), encoding="utf-8")
    return path


def test_explain_shows_each_purpose_with_its_basis(run: Run, tmp_path: Path) -> None:
    signals = {"cookie": f"euconsent-v2={TC}", "geo": {"country": "DE"}}
    ran = run("explain", REGISTRY, "--request", request(tmp_path, signals=signals), "--at", AT)
    assert ran.code == 0 and "Consent: the rule of `DE` holds, opt-in" in ran.out
    assert "  personalisation  allowed  granted (tcf)" in ran.out
    assert "  analytics        denied   denied (tcf-denied)" in ran.out
    found = run("explain", REGISTRY, "--request", request(tmp_path, signals=signals), "--at", AT, "--json").json
    assert found["consent"]["purposes"]["storage"] == {"allowed": True, "state": "granted", "basis": "tcf"}
    assert found["explanation"]["features"]["loyalty"]["status"] == "present"
    assert found["decisions"]["home_hero"]["outcome"] == "hero_loyal"


def test_a_denied_feature_is_denied_in_the_answer(run: Run, tmp_path: Path) -> None:
    signals = {"cookie": f"euconsent-v2={TC}", "sec-gpc": "1"}
    path = request(tmp_path, signals=signals, geo={"country": "DE"})
    found = run("decide", REGISTRY, "--request", path, "--at", AT, "--explain", "--json").json
    assert {one["basis"] for one in found["consent"]["purposes"].values()} == {"gpc"}
    assert found["explanation"]["features"]["loyalty"]["status"] == "denied"
    assert found["decisions"]["home_hero"]["outcome"] == "hero_default"
    plain = run("decide", REGISTRY, "--request", request(tmp_path), "--at", AT, "--json").json
    assert "consent" not in plain and plain["decisions"]["home_hero"]["outcome"] == "hero_loyal"


@pytest.mark.parametrize(
    ("signals", "basis"),
    [
        ({"receipt": {"granted": ["personalisation"]}}, "receipt"),
        ({"receipt": {"refused": "expired"}}, "receipt-expired"),
        ({"stopped": "erased"}, "erased"),
        ({}, "opt-in"),
    ],
)
def test_other_signals(run: Run, tmp_path: Path, signals: object, basis: str) -> None:
    found = run("decide", REGISTRY, "--request", request(tmp_path, signals=signals), "--at", AT, "--json").json
    assert found["consent"]["purposes"]["personalisation"]["basis"] == basis


@pytest.mark.parametrize(
    ("registry", "signals", "code"),
    [
        (SHOP, {}, "no-gate"),
        (REGISTRY, 7, "bad-signals"),
        (REGISTRY, {"tcf": "x"}, "bad-signals"),
        (REGISTRY, {"cookie": 7}, "bad-signals"),
        (REGISTRY, {"stopped": "maybe"}, "bad-signals"),
        (REGISTRY, {"receipt": {"refused": "x"}}, "bad-signals"),
        (REGISTRY, {"receipt": {"granted": "storage"}}, "bad-signals"),
    ],
)
def test_signals_that_cannot_be_used(run: Run, tmp_path: Path, registry: Path, signals: object, code: str) -> None:
    ran = run("explain", registry, "--request", request(tmp_path, signals=signals), "--at", AT, "--json")
    assert ran.code == 1 and ran.codes == [code]
