"""The page on models is true: what it says to run runs, and its registry passes with the files that this writes."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest

from decision_engine.calibration import Isotonic, Platt
from decision_engine.models import Model, load_models, margin_threshold
from decision_engine.operators import SIGNATURES
from decision_engine.trees import LOADERS
from feature_registry import load
from infra.cli.main import main
from tests.docs.pages import blocks

PAGE = "docs/models.md"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """The page's registry with the models that its programs save, and what the programs define."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "models").mkdir()
    defined: dict[str, object] = {}
    with contextlib.chdir(folder):
        for block in blocks(PAGE, "python"):
            exec(compile(block.text, block.place, "exec"), defined)  # the page's own programs
    [registry] = blocks(PAGE, "json model")
    (folder / "shop.json").write_text(registry.text, encoding="utf-8")
    return folder, defined


def test_the_registry_passes_its_check(
    shop: tuple[Path, dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = shop
    code = main(["check", str(folder), "--json"])
    assert (code, json.loads(capsys.readouterr().out)["diagnostics"]) == (0, [])


def test_each_trainer_s_file_is_read(shop: tuple[Path, dict[str, object]]) -> None:
    folder, _ = shop
    for kind, file in (("lightgbm", "purchase_intent.txt"), ("xgboost", "purchase_intent.ubj")):
        model = LOADERS[kind]((folder / "models" / file).read_bytes(), "m")
        assert model.levels == (None, ("blue", "green", "red"))


def test_the_curves_are_those_that_a_document_takes(shop: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    folder, defined = shop
    for curve, kind in (("platt", Platt), ("isotonic", Isotonic)):
        model = model_with({curve: defined[curve]}, folder, tmp_path / curve)
        assert model.calibration is not None
        assert isinstance(model.calibration.curve, kind)


def test_the_threshold_of_the_page_is_where_it_says(shop: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    assert round(margin_threshold(model_with(None, shop[0], tmp_path / "shop"), 0.62), 4) == 0.4895


def model_with(calibration: object, folder: Path, copy: Path) -> Model:
    """The page's model with another calibration, in a copy of the shop."""
    shutil.copytree(folder, copy)
    document = json.loads((copy / "shop.json").read_text(encoding="utf-8"))
    document["models"]["purchase_intent"].pop("calibration")
    if calibration is not None:
        document["models"]["purchase_intent"]["calibration"] = calibration
    (copy / "shop.json").write_text(json.dumps(document), encoding="utf-8")
    [model] = load_models(load(copy, SIGNATURES)).values()
    return model
