"""`edgewise status` and `edgewise baseline`: gates, baselines beside models, logs, figures, mistakes."""

import json
import shutil
from pathlib import Path

import pytest

from decision_engine.operators import SIGNATURES
from feature_registry import load
from tests.cli.running import EXAMPLE, SHOP, Run

MAP = EXAMPLE / "map.json"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the example's registry."""
    shutil.copytree(EXAMPLE / "registry", tmp_path / "registry")
    for stale in (tmp_path / "registry" / "models").glob("*.baseline.json"):
        stale.unlink()
    return tmp_path / "registry"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Every tenth session of the example: a sample of the whole year."""
    lines = (EXAMPLE / "data" / "online_shoppers_intention.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "sessions.csv"
    path.write_text("".join([lines[0], *lines[1::10]]), encoding="utf-8")
    return path


@pytest.fixture
def baseline(run: Run, shop: Path, table: Path) -> Path:
    """The baseline of the model, kept beside it."""
    ran = run("baseline", shop, "purchase_intent", "--data", table, "--map", MAP, "--json")
    assert (ran.code, ran.json["sessions"], len(ran.json["inputs"])) == (0, 1233, 13)
    return Path(ran.json["out"])


def test_a_baseline_stands_beside_the_model_and_is_no_part_of_the_registry(
    shop: Path, baseline: Path, table: Path, run: Run
) -> None:
    assert baseline == shop / "models" / "purchase_intent.baseline.json"
    assert load(shop, SIGNATURES).digest == load(EXAMPLE / "registry", SIGNATURES).digest
    first = baseline.read_bytes()
    assert run("baseline", shop, "purchase_intent", "--data", table, "--map", MAP).code == 0
    assert baseline.read_bytes() == first


def test_the_sessions_of_the_baseline_pass_and_a_shifted_window_does_not(
    run: Run, shop: Path, baseline: Path, table: Path, tmp_path: Path
) -> None:
    ran = run("status", shop, "--drift", "--data", table, "--map", MAP, "--json")
    assert (ran.code, ran.json["ok"], ran.json["state"], ran.json["findings"]) == (0, True, "ok", [])
    assert all(one["psi"] == 0 for one in ran.json["drift"][0]["compared"])
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    december = [line for line in lines[1:] if ",Dec," in line or ",Nov," in line]
    (tmp_path / "late.csv").write_text("".join([lines[0], *december * 2]), encoding="utf-8")
    ran = run("status", shop, "--drift", "--data", tmp_path / "late.csv", "--map", MAP, "--json")
    assert (ran.code, ran.json["ok"], ran.json["state"]) == (1, False, "breach")
    assert "purchase_intent/month" in {one["subject"] for one in ran.json["findings"] if one["state"] == "breach"}
    loose = run("status", shop, "--drift", "--data", tmp_path / "late.csv", "--map", MAP, "--json", "--max-psi", "99")
    assert (loose.code, loose.json["state"]) == (0, "warn")


def test_a_missing_baseline_and_a_small_window_do_not_pass(run: Run, shop: Path, table: Path, tmp_path: Path) -> None:
    ran = run("status", shop, "--drift", "--data", table, "--map", MAP, "--json")
    assert (ran.code, ran.json["state"]) == (1, "not-enough-data")
    assert "has no baseline" in ran.json["findings"][0]["message"]
    (tmp_path / "few.csv").write_text("".join(table.read_text().splitlines(keepends=True)[:50]), encoding="utf-8")
    ran = run("status", shop, "--freshness", "--of", "geo", "--data", tmp_path / "few.csv", "--map", MAP, "--json")
    assert (ran.code, ran.json["state"]) == (1, "not-enough-data")
    ran = run(
        *("status", shop, "--freshness", "--of", "geo", "--data", tmp_path / "few.csv", "--map", MAP, "--least", "49")
    )
    assert ran.code == 0


def test_freshness_by_feature_and_by_cell(run: Run, shop: Path, table: Path) -> None:
    ran = run(
        "status", shop, "--freshness", "--of", "profile", "--data", table, "--map", MAP, "--json", "--least", "200"
    )
    assert (ran.code, ran.json["state"]) == (0, "warn")
    features = ran.json["freshness"]["features"]
    assert [one["feature"] for one in features] == ["loyalty", "interests", "last_order_at"]
    assert 0.05 < features[0]["share_beyond"] < 0.2
    assert features[0]["share_beyond"] == features[0]["beyond"] / features[0]["aged"]
    assert all(cell["sessions"] >= 50 for cell in ran.json["freshness"]["cells"])  # the registry's minimum_cell
    strict = run(
        *("status", shop, "--freshness", "--of", "loyalty", "--data", table, "--map", MAP, "--least", "200"),
        *("--max-stale", "1%"),
    )
    assert strict.code == 1
    assert "breach: " in strict.out
    missing = run(
        *("status", shop, "--freshness", "--of", "campaign", "--data", table, "--map", MAP, "--max-missing", "50%")
    )
    assert missing.code == 1
    assert "`campaign` is missing in" in missing.out


def test_features_with_a_max_age_and_no_known_age_do_not_pass(run: Run, shop: Path, table: Path) -> None:
    ran = run("status", shop, "--freshness", "--of", "basket_value", "--data", table, "--map", MAP)
    assert ran.code == 1
    assert "not-enough-data: expected at least 500 ages of `basket_value`" in ran.out


def test_a_log_says_what_its_sessions_say(run: Run, shop: Path, baseline: Path, table: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    asked = ("status", shop, "--freshness", "--of", "profile", "--drift", "--json", "--least", "200")
    from_sessions = run(*asked, "--data", table, "--map", MAP, "--save", log)
    from_log = run(*asked, "--histograms", log)
    assert from_sessions.code == from_log.code == 0
    assert from_log.json == from_sessions.json
    log.write_text(log.read_text(encoding="utf-8").replace('"loyalty"', '"loyalti"'), encoding="utf-8")
    changed = run(*asked, "--histograms", log)
    assert changed.json["window"]["unknown_lines"] > 0
    assert changed.code == 1


def test_a_figure_is_a_png_and_the_same_each_time(
    run: Run, shop: Path, baseline: Path, table: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    run("status", shop, "--drift", "--data", table, "--map", MAP, "--save", log)
    pictures = []
    for name in ("one.png", "two.png"):
        ran = run("status", shop, "--freshness", "--drift", "--histograms", log, "--plot", tmp_path / name)
        assert "purchase_intent" in ran.out
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0].startswith(b"\x89PNG\r\n\x1a\n")
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--drift"], "expected one of `--data`, `--histograms` and `--records`"),
        (["--data", "x.jsonl"], "expected `--freshness` or `--drift`"),
        (["--drift", "--data", "x.jsonl", "--histograms", "y"], "expected one of"),
        (["--drift", "--histograms", "y", "--map", "z"], "expected `--data` beside `--map`"),
        (["--freshness", "--data", "x.jsonl", "--of", "profil"], "expected a feature or a group"),
        (["--drift", "--data", "x.jsonl", "--model", "none"], "expected a model of the registry"),
        (["--freshness", "--data", "x.jsonl", "--region", "country"], "expected a path such as"),
        (["--freshness", "--data", "x.jsonl", "--max-stale", "often"], "expected a share"),
    ],
)
def test_a_wrong_command_line_is_told(run: Run, shop: Path, arguments: list[str], message: str) -> None:
    ran = run("status", shop, *arguments, "--json")
    assert (ran.code, ran.codes) == (2, ["usage"])
    assert message in ran.json["diagnostics"][0]["message"]


def test_a_registry_without_models_has_no_drift_to_pass(run: Run, tmp_path: Path, table: Path) -> None:
    (tmp_path / "plain.json").write_text('{"features": {"a": {"type": "bool", "from": "session.a"}}}', encoding="utf-8")
    ran = run("status", tmp_path / "plain.json", "--drift", "--data", table, "--map", MAP, "--json")
    assert (ran.code, ran.codes) == (2, ["usage"])
    assert "a registry with a model" in ran.json["diagnostics"][0]["message"]


def test_a_figure_of_nothing_is_still_a_figure(run: Run, shop: Path, table: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    asked = ("status", shop, "--freshness", "--drift", "--data", tmp_path / "none.jsonl")
    assert run(*asked, "--plot", tmp_path / "none.png").code == 1
    assert (tmp_path / "none.png").read_bytes().startswith(b"\x89PNG")


def test_files_that_cannot_be_used_are_told(run: Run, shop: Path, baseline: Path, table: Path, tmp_path: Path) -> None:
    asked = ("status", shop, "--drift", "--json")
    assert run(*asked, "--histograms", tmp_path / "none.jsonl").codes == ["no-such-file"]
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    assert run(*asked, "--histograms", tmp_path / "empty.jsonl").codes == ["empty-log"]
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    ran = run(*asked, "--data", table, "--map", MAP, "--baseline", tmp_path / "bad.json")
    assert ran.code == 1
    assert set(ran.codes) == {"bad-baseline"}
    document = json.loads(baseline.read_text(encoding="utf-8"))
    baseline.write_text(json.dumps({**document, "model_digest": "sha256:" + "0" * 64}), encoding="utf-8")
    ran = run(*asked, "--data", table, "--map", MAP)
    assert (ran.code, ran.json["state"]) == (1, "not-enough-data")


def test_baselines_need_sessions_and_a_model(run: Run, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    assert run("baseline", shop, "purchase_intent", "--data", tmp_path / "none.jsonl", "--json").codes == [
        "no-sessions"
    ]
    assert run("baseline", shop, "intent", "--data", tmp_path / "none.jsonl", "--json").codes == ["usage"]
    assert run("baseline", SHOP, "intent", "--data", tmp_path / "none.jsonl", "--json").code in (1, 2)
