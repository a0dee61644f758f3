"""Emitted Python, JavaScript and WebAssembly give scikit-learn's raw scores bit for bit."""

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
from tests.trees.scikit_learn_models import Case, iter_cases
from tests.trees.test_parity import scorers


@pytest.fixture(scope="module")
def session(node: Path) -> Iterator[NodeSession]:
    """A node process for all models."""
    with NodeSession(node) as running:
        yield running


def test_packings() -> None:
    for model in iter_cases():
        for score in scorers(model.forest).values():
            check(model, np.array([score(row) for row in model.rows[::5].tolist()]), 5)


def test_python() -> None:
    for model in iter_cases():
        [score] = load(emit_python(forest_program(model.forest))).FORESTS
        check(model, np.array([score(row) for row in model.rows.tolist()]))


@pytest.mark.node
def test_javascript(session: NodeSession) -> None:
    for model in iter_cases():
        session.load(emit_javascript(forest_program(model.forest)))
        check(model, np.array(session.scores(0, model.rows.tolist(), model.forest.outputs)))


def test_wasm() -> None:
    for model in iter_cases():
        engine = WasmEngine(emit_wasm(forest_program(model.forest)).content)
        check(model, engine.scores(0, model.rows, outputs=model.forest.outputs))


def check(model: Case, found: Floats, step: int = 1) -> None:
    """Fail with the model's name when a score differs in one bit."""
    try:
        assert_same_bits(found, np.ascontiguousarray(model.expected[::step]))
    except AssertionError as error:
        raise AssertionError(f"{model.name}: {error}") from None
