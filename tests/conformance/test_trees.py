"""The scores of trees/ are those of the models' own trainers, and every engine gives them bit for bit."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from decision_engine.artefact import tables_json
from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from decision_engine.trees import LOADERS, Forest, raw_scores
from tests.conformance.cases import FOLDER
from tests.hosts.javascript.node import run
from tests.targets.python.load import load
from tests.targets.random_programs import forest_program
from tests.trees.models import Floats, assert_same_bits, oracle
from tests.trees.xgboost_models import xgboost_oracle

FILES = sorted((FOLDER / "trees").glob("*.json"))


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def document(request: pytest.FixtureRequest) -> Any:
    """A file of cases."""
    return json.loads(request.param.read_text(encoding="ascii"))


def test_the_trainer(document: Any) -> None:
    content, rows = content_of(document), rows_of(document)
    if format_of(document) == "lightgbm":
        assert_same_bits(oracle(content.decode(), rows), scores_of(document))
    else:
        assert_same_bits(xgboost_oracle(content, rows), scores_of(document))


def test_the_reference_and_the_targets(document: Any) -> None:
    forest, rows = forest_of(document), rows_of(document)
    assert list(forest.inputs) == document["inputs"]
    program = forest_program(forest)
    [score] = load(emit_python(program)).FORESTS
    assert_same_bits(np.array([raw_scores(forest, row) for row in rows.tolist()]), scores_of(document))
    assert_same_bits(np.array([score(row) for row in rows.tolist()]), scores_of(document))
    found = WasmEngine(emit_wasm(program).content).scores(0, rows, outputs=forest.outputs)
    assert_same_bits(found, scores_of(document))


@pytest.mark.node
@pytest.mark.parametrize("engine", ["javascript", "wasm"])
def test_node(document: Any, engine: str, tmp_path: Path) -> None:
    forest = forest_of(document)
    program = forest_program(forest)
    (tmp_path / "package.json").write_text('{"type": "module"}\n', encoding="utf-8")
    (tmp_path / "program.js").write_text(emit_javascript(program), encoding="utf-8")
    (tmp_path / "program.wasm").write_bytes(emit_wasm(program).content)
    (tmp_path / "tables.json").write_bytes(tables_json(program))
    rows = [case["row"] for case in document["cases"]]
    line = {"scores": {"model": 0, "rows": rows, "outputs": forest.outputs}}
    [answer] = run([line], tmp_path, "--engine", engine)
    assert answer == {"scores": [case["scores"] for case in document["cases"]]}


def content_of(document: Any) -> bytes:
    return (FOLDER / str(document["model"])).read_bytes()


def format_of(document: Any) -> str:
    return "lightgbm" if str(document["model"]).endswith(".txt") else "xgboost"


def forest_of(document: Any) -> Forest:
    return LOADERS[format_of(document)](content_of(document), "model").forest


def rows_of(document: Any) -> Floats:
    return doubles(case["row"] for case in document["cases"])


def scores_of(document: Any) -> Floats:
    return doubles(case["scores"] for case in document["cases"])


def doubles(rows: Any) -> Floats:
    return np.array([[struct.unpack(">d", bytes.fromhex(digits))[0] for digits in row] for row in rows])
