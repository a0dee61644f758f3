"""Emitted Python, JavaScript and WebAssembly give XGBoost's raw scores bit for bit: 100 models of 600 hostile rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from tests.targets.node_session import NodeSession
from tests.targets.python.load import load
from tests.targets.random_programs import forest_program
from tests.trees.models import Floats, assert_same_bits
from tests.trees.xgboost_models import MODELS, XGBoostCase, xgboost_case

SHARDS = 5


@pytest.fixture(scope="module")
def session(node: Path) -> Iterator[NodeSession]:
    """A node process for all models."""
    with NodeSession(node) as running:
        yield running


@pytest.mark.parametrize("shard", range(SHARDS))
def test_python(shard: int) -> None:
    for model in models(shard):
        [score] = load(emit_python(forest_program(model.forest))).FORESTS
        check(model, np.array([score(row) for row in model.rows.tolist()]))


@pytest.mark.node
@pytest.mark.parametrize("shard", range(SHARDS))
def test_javascript(session: NodeSession, shard: int) -> None:
    for model in models(shard):
        session.load(emit_javascript(forest_program(model.forest)))
        check(model, np.array(session.scores(0, model.rows.tolist(), model.forest.outputs)))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_wasm(shard: int) -> None:
    for model in models(shard):
        engine = WasmEngine(emit_wasm(forest_program(model.forest)).content)
        check(model, engine.scores(0, model.rows, outputs=model.forest.outputs))


def models(shard: int) -> Iterator[XGBoostCase]:
    """The models of one shard."""
    return map(xgboost_case, range(shard, MODELS, SHARDS))


def check(model: XGBoostCase, found: Floats) -> None:
    """Fail with the model's name when a score differs in one bit."""
    try:
        assert_same_bits(found, model.expected)
    except AssertionError as error:
        raise AssertionError(f"{model.name}: {error}") from None
