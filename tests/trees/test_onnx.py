"""ONNX tree ensembles give ONNX Runtime's scores bit for bit, in the reference and in the emitted programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from decision_engine.trees import CategorySplit, Link, Split, Summation, raw_scores
from decision_engine.trees.loaders.onnx import read_onnx
from tests.targets.node_session import NodeSession
from tests.targets.python.load import load
from tests.targets.random_programs import forest_program
from tests.trees.models import Floats, assert_same_bits
from tests.trees.onnx_models import MODELS, Case, case, iter_cases, oracle

SHARDS = 4


@pytest.fixture(scope="module")
def session(node: Path) -> Iterator[NodeSession]:
    """A node process for all models."""
    with NodeSession(node) as running:
        yield running


@pytest.mark.parametrize("shard", range(SHARDS))
def test_scores_equal_those_of_onnx_runtime_bit_for_bit(shard: int) -> None:
    for index in range(shard, MODELS, SHARDS):
        model = case(index)
        check(model, np.array([raw_scores(model.forest, row) for row in model.rows.tolist()]))


def test_doubles_that_are_no_float32_are_cast() -> None:
    import onnx

    for index in range(0, MODELS, 12):
        model = case(index)
        if any(isinstance(node, CategorySplit) for tree in model.forest.trees for node in tree.nodes):
            continue  # a category is a whole number before it is cast
        rows = np.nextafter(model.rows, np.random.default_rng(index).choice([-np.inf, np.inf], model.rows.shape))
        with np.errstate(over="ignore"):
            expected = oracle(onnx.ModelProto.FromString(model.content), rows)
        found = np.array([raw_scores(model.forest, row) for row in rows.tolist()]) / model.model.divisor
        assert_same_bits(found.astype(np.float32).astype(np.float64), expected)


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


def test_the_cases_hold_what_loaders_get_wrong() -> None:
    cases = list(iter_cases())
    forests = [one.forest for one in cases]
    nodes = [node for forest in forests for tree in forest.trees for node in tree.nodes]
    assert {forest.outputs for forest in forests} == {1, 3}
    assert {forest.summation for forest in forests} == {Summation.FLOAT32, Summation.FLOAT64}
    links = {Link.IDENTITY, Link.PROBABILITY, Link.LOGISTIC, Link.SOFTMAX}
    assert {one.model.link for one in cases} == links
    assert max(one.model.divisor for one in cases) > 1
    assert {node.nan_left for node in nodes if isinstance(node, Split)} == {True, False}
    sets = [node.categories for node in nodes if isinstance(node, CategorySplit)]
    assert max(map(len, sets)) > 2 and any(max(one) > 2**24 for one in sets)
    assert max(len(forest.trees) for forest in forests) > 80


def test_inputs_are_numbered() -> None:
    assert read_onnx(case(0).content, "m").feature_names == ("x0", "x1", "x2", "x3")


def check(model: Case, found: Floats) -> None:
    """Fail with the model's name when a score differs in one bit; the runtime divides, and gives float32 numbers."""
    try:
        assert_same_bits((found / model.model.divisor).astype(np.float32).astype(np.float64), model.expected)
    except AssertionError as error:
        raise AssertionError(f"{model.name}: {error}") from None
