"""`compile --fit`: what it reports is recomputed here from the data and the artefacts, by other code than its own."""

import json
import struct
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from decision_engine.budget.fit.metrics import auc, reliability
from decision_engine.budget.fit.metrics import log_loss as our_log_loss
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.targets.wasm.engine import WasmEngine
from decision_engine.trees import raw_scores
from feature_registry import load
from infra.cli.main import main
from infra.engines import open_engine
from infra.fitting.run import FOLDS, stratified
from infra.replay import load_map, requests_from
from infra.targets import build
from tests.budget.shop import labels, matrix, model_text, sessions, write_shop
from tests.cli.running import Run, files_of

Floats = np.ndarray[Any, np.dtype[np.float64]]

LOSS = 0.03
"""What the small shop may lose: a few hundred rows tell AUCs apart no better."""


class Done:
    """One fit of the shop whose model has seen the rows, at half of what its model takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_shop(folder, seen=True)
        registry = load(folder / "registry", SIGNATURES)
        before = build("wasm", registry)
        parts = before.manifest["budget"]["parts"]
        self.code = before.manifest["budget"]["code"]["raw"]
        self.budget = self.code - parts["model intent"]["raw"] * 6 // 10
        self.registry = registry
        self.code_after = self.run("out", "--report", str(folder / "report"))
        self.manifest = json.loads((folder / "out" / "artefact.json").read_bytes())
        self.fit = self.manifest["fit"]
        self.before = (before.files["program.wasm"], json.loads(before.files["tables.json"]))

    def run(self, out: str, *more: str) -> int:
        folder = self.folder
        return main(
            ["compile", str(folder / "registry"), "--target", "wasm", "--out", str(folder / out), "--fit",
             "--budget", str(self.budget), "--data", str(folder / "sessions.csv"), "--label", "Bought",
             "--map", str(folder / "map.json"), "--max-auc-loss", str(LOSS), *more]
        )  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return Done(tmp_path_factory.mktemp("fit"))


def scores_of(module: bytes) -> Floats:
    return WasmEngine(module).scores(0, matrix(sessions()))[:, 0]


def test_the_artefact_keeps_the_budget(done: Done) -> None:
    assert done.code_after == 0
    files = files_of(done.folder / "out")
    size = sum(len(content) for name, content in files.items() if name != "artefact.json")
    assert size == done.fit["bytes"] == done.manifest["budget"]["code"]["raw"] <= done.budget < done.fit["bytes_before"]
    assert done.fit["bytes_before"] == done.code


def test_figures_on_all_rows_are_those_of_the_data(done: Done) -> None:
    truth = labels(sessions())
    module = (done.folder / "out" / "program.wasm").read_bytes()
    for name, content in (("before", done.before[0]), ("after", module)):
        scores = scores_of(content)
        chances = 1 / (1 + np.exp(-scores))
        told = done.fit["given"][name]
        assert told["auc"] == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
        assert told["log_loss"] == pytest.approx(log_loss(truth, chances), abs=1e-9)
        assert told["calibration_error"] == pytest.approx(calibration_error(truth, chances), abs=1e-12)
    given = done.fit["given"]
    assert given["auc_loss"] == pytest.approx(given["before"]["auc"] - given["after"]["auc"], abs=1e-15)


def test_held_out_before_is_the_model_retrained_without_the_fold(done: Done) -> None:
    assert done.fit["seen_before"] is True
    assert done.fit["before_held_out"] == "retrained without the rows"
    rows, truth = matrix(sessions()), labels(sessions())
    folds, scores = stratified(truth), np.empty(len(truth))
    from tests.budget.shop import INPUTS, PARAMETERS, TREES

    for fold in range(FOLDS):
        kept = folds != fold
        data = lightgbm.Dataset(
            rows[kept], truth[kept], feature_name=list(INPUTS), categorical_feature=[3], params=PARAMETERS
        )
        booster = lightgbm.train(PARAMETERS, data, TREES)
        scores[~kept] = booster.predict(rows[~kept], raw_score=True)
    told = done.fit["held_out"]["before"]
    assert told["auc"] == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert told["auc"] < done.fit["given"]["before"]["auc"]


def test_changed_decisions_are_those_of_the_answers(done: Done) -> None:
    mapping = load_map(done.folder / "map.json")
    requests = [(one, at or 0) for one, at in requests_from(done.folder / "sessions.csv", mapping)]
    with open_engine("reference", done.registry, load_models(done.registry)) as engine:
        old = [json.loads(text)["decisions"] for text in engine.answers(requests)]
    new = answers(done.folder / "out", requests)
    changed = {
        name: sum(a[name]["outcome"] != b[name]["outcome"] for a, b in zip(old, new, strict=True)) for name in old[0]
    }
    told = done.fit["given"]["changed"]
    assert told["decisions"] == {name: pytest.approx(count / len(old)) for name, count in changed.items()}
    assert told["share"] == pytest.approx(sum(changed.values()) / len(old) / len(changed))
    assert changed["static"] == 0
    assert sum(changed.values()) > 0


def test_the_trade_is_no_worse_than_asked_for(done: Done) -> None:
    assert done.fit["auc_loss"] == max(done.fit["given"]["auc_loss"], done.fit["held_out"]["auc_loss"])
    assert done.fit["auc_loss"] <= LOSS == done.fit["limits"]["auc_loss"]


def test_leaves_are_quantised_in_the_artefact(done: Done) -> None:
    """Every score is a multiple of a power of two that is not small."""
    scores = scores_of((done.folder / "out" / "program.wasm").read_bytes())
    assert all((score * 2.0**20).is_integer() for score in scores.tolist())
    assert not all((score * 2.0**20).is_integer() for score in scores_of(done.before[0]).tolist())


def test_the_same_fit_gives_the_same_bytes(done: Done) -> None:
    assert done.run("again", "--report", str(done.folder / "report2")) == 0
    assert files_of(done.folder / "again") == files_of(done.folder / "out")
    assert files_of(done.folder / "report2") == files_of(done.folder / "report")


def test_the_report_is_a_picture_a_page_and_its_figures(done: Done) -> None:
    files = files_of(done.folder / "report")
    assert set(files) == {"fit.png", "fit.html", "fit.json"}
    assert files["fit.png"].startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", files["fit.png"][16:24])
    assert width > 1000
    assert height > 400
    page = files["fit.html"].decode()
    assert f"{done.fit['held_out']['after']['auc']:.5f}" in page
    assert "http" not in page.replace("data:image", "")
    figures = json.loads(files["fit.json"])
    assert figures["auc_loss"] == done.fit["auc_loss"]
    assert any(one["bytes"] == done.fit["bytes"] and one["done"] == done.fit["done"] for one in figures["measured"])
    assert len(figures["sizes"]) >= 5


def test_a_trade_worse_than_asked_for_is_refused(run: Run, done: Done) -> None:
    folder = done.folder
    command = ["compile", folder / "registry", "--target", "wasm", "--out", folder / "none", "--fit",
               "--data", folder / "sessions.csv", "--label", "Bought", "--map", folder / "map.json"]  # fmt: skip
    ran = run(
        *command, "--budget", done.budget, "--max-auc-loss", LOSS, "--max-changed", "0.01%", "--report", folder / "r"
    )
    assert ran.code == 1
    assert ran.err.startswith("error[no-trade]: expected an AUC loss of at most 0.03 and at most 0.01% of decisions")
    assert "the best trade that fits loses" in ran.err
    assert "distilled into" in ran.err
    assert not (folder / "none").exists()
    assert not (folder / "r").exists()


def test_nothing_is_done_to_what_fits(run: Run, shop: Path) -> None:
    command = ["compile", shop / "registry", "--target", "wasm", "--fit"]
    assert run("compile", shop / "registry", "--target", "wasm", "--out", shop / "plain").code == 0
    assert run(*command, "--out", shop / "fitted").code == 0
    plain, fitted = files_of(shop / "plain"), files_of(shop / "fitted")
    assert json.loads(fitted.pop("artefact.json"))["fit"]["done"] == ["nothing: it fits as it is"]
    plain.pop("artefact.json")
    assert fitted == plain


def test_without_data_leaves_are_quantised_within_a_bound(run: Run, shop: Path) -> None:
    registry = load(shop / "registry", SIGNATURES)
    found = build("javascript", registry).manifest["budget"]["code"]["raw"]
    command = ["compile", shop / "registry", "--target", "javascript", "--out", shop / "out", "--fit"]
    ran = run(*command, "--budget", found // 2)
    assert ran.err.startswith("error[no-trade]")
    assert "--data FILE" in ran.err
    ran = run(*command, "--budget", found - 1, "--json")
    if ran.code == 1:  # where a target writes quantised leaves no shorter
        assert ran.codes == ["no-trade"]
        return
    forest = load_models(registry)["intent"].forest
    bound = ran.json["fit"]["score_moves_at_most"]
    assert 0 < bound < 0.1
    assert [raw_scores(forest, row) for row in matrix(sessions())[:3].tolist()]


def test_a_table_of_the_models_own_inputs_needs_no_map(run: Run, done: Done) -> None:
    folder = done.folder
    command = ["compile", folder / "registry", "--target", "wasm", "--out", folder / "plain", "--fit"]
    data = ["--data", folder / "sessions.csv", "--label", "Bought", "--max-auc-loss", LOSS]
    ran = run(*command, "--budget", done.budget, *data, "--json")
    assert ran.code == 0
    told = ran.json["fit"]
    assert told["given"]["changed"] is None
    assert told["given"]["before"] == done.fit["given"]["before"]


def test_our_measures_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(5)
    truth = random.random(400) < 0.3
    scores = np.round(random.random(400), 2)  # with ties
    assert auc(truth, scores) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert our_log_loss(truth, np.clip(scores, 0.01, 0.99)) == pytest.approx(
        log_loss(truth, np.clip(scores, 0.01, 0.99)), abs=1e-12
    )
    assert sum(one.rows for one in reliability(truth, scores)) == 400


def calibration_error(truth: Any, chances: Floats) -> float:
    order = np.argsort(chances, kind="stable")
    parts = np.array_split(order, 10)
    return sum(len(part) * abs(float(chances[part].mean()) - float(truth[part].mean())) for part in parts) / len(truth)


def answers(folder: Path, requests: list[Any]) -> list[dict[str, Any]]:
    """The decisions of the artefact itself: its tables, its module."""
    from decision_engine.hosts.python import Host

    rows = WasmEngine((folder / "program.wasm").read_bytes())
    host = Host(json.loads((folder / "tables.json").read_bytes()), lambda vector: [], target="wasm")
    found = []
    for request, at in requests:
        codes = rows.decide_rows(np.array([host.encode(request, at).vector]))[0].tolist()
        found.append(json.loads(host.render(codes, request, at))["decisions"])
    return found


def test_the_model_of_the_shop_is_trained_once() -> None:
    assert model_text() is model_text()
