"""What contenders compute is checked before it is timed; here on the small model, and on loops in node."""

from pathlib import Path

import numpy as np
import pytest

from decision_engine.operators import SIGNATURES
from decision_engine.targets.wasm import emit_wasm
from decision_engine.trees import CategorySplit, raw_scores
from feature_registry import load
from infra.bench.agreement import check_equal
from infra.bench.example import program, rules_alone
from infra.bench.large_registry import write_large_registry
from infra.bench.models import INPUTS, model, program_of, rows
from infra.bench.node import NodeLoop
from infra.bench.peers import SingleRow, lightgbm_batch, require
from infra.errors import EngineError

TREES = Path(__file__).resolve().parents[3] / "infra" / "bench" / "trees"


def test_a_disagreement_stops_a_suite() -> None:
    check_equal("peer", [1], [1])
    with pytest.raises(EngineError, match="disagreement"):
        check_equal("peer", [1], [2])


def test_a_package_that_is_absent_is_named() -> None:
    with pytest.raises(EngineError, match="`no_such_package` is not installed"):
        require("no_such_package")


def test_the_single_row_interface_gives_the_scores_of_the_batch() -> None:
    small, given = model("small"), rows(50)
    with SingleRow(small, given) as peer:
        assert peer.scores() == list(lightgbm_batch(small)(given))
        assert peer.sample() < 1e6


@pytest.mark.parametrize("is_numeric", [False, True])
def test_models_have_categorical_splits_unless_they_are_numeric(is_numeric: bool) -> None:
    given = rows(20)
    found = model("small", is_numeric=is_numeric)
    assert [raw_scores(found.forest, list(row))[0] for row in given] == list(lightgbm_batch(found)(given))
    nodes = [node for tree in found.forest.trees for node in tree.nodes]
    assert any(isinstance(node, CategorySplit) for node in nodes) is not is_numeric


@pytest.mark.node
def test_a_loop_in_node_gives_results_and_times(tmp_path: Path) -> None:
    small, given = model("small"), rows(30)
    (tmp_path / "program.wasm").write_bytes(emit_wasm(program_of(small.forest)).content)
    (tmp_path / "rows").write_bytes(given.astype("<f8").tobytes())
    arguments = (TREES / "wasm.mjs", tmp_path / "program.wasm", tmp_path / "rows", str(INPUTS))
    with NodeLoop(*arguments, quick=True) as loop:
        assert np.array_equal(loop.results(30), lightgbm_batch(small)(given))
        assert loop.sample() > 0


@pytest.mark.node
def test_a_script_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "broken.mjs").write_text('export function prepare() {\n  throw new Error("no such model");\n}\n')
    with NodeLoop(tmp_path / "broken.mjs") as loop, pytest.raises(EngineError, match="no such model"):
        loop.sample()


def test_large_registries_are_sound_and_of_the_size_asked_for(tmp_path: Path) -> None:
    write_large_registry(tmp_path / "shop", cohorts=30, decisions=10, experiments=4, model=model("small"))
    registry = load(tmp_path / "shop", SIGNATURES)
    assert [len(part) for part in (registry.cohorts, registry.decisions, registry.experiments)] == [30, 10, 4]


def test_the_rules_alone_hold_every_decision_and_no_model() -> None:
    whole, bare = program(), rules_alone()
    assert [decision.name for decision in bare.decisions] == [decision.name for decision in whole.decisions]
    assert whole.forests and not bare.forests
    assert 0 < len(bare.nodes) < len(whole.nodes)
