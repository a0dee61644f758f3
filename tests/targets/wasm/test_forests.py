"""Forests in wasm against the plain walker and LightGBM, bit for bit, in both strategies."""

import math
from pathlib import Path
from random import Random

import numpy as np
import pytest

from decision_engine.targets.wasm import node_table, prefix_and
from decision_engine.targets.wasm.arrange import arrange
from decision_engine.targets.wasm.emit import MEMORY_LIMIT_BYTES
from decision_engine.targets.wasm.engine import WasmEngine
from decision_engine.trees import CategorySplit, Forest, Split, Transform, Tree, View, raw_scores
from decision_engine.trees import prefix_and as packing
from tests.targets.random_programs import random_forest, random_row
from tests.targets.wasm.support import ALWAYS_NODE_TABLE, emit_forests, validate
from tests.trees.models import assert_same_bits, case

LIMITS = (MEMORY_LIMIT_BYTES, ALWAYS_NODE_TABLE)


def check(forest: Forest, rows: list[list[float]]) -> None:
    expected = np.array([raw_scores(forest, row) for row in rows])
    for limit in LIMITS:
        engine = WasmEngine(emit_forests(forest, memory_limit_bytes=limit).content)
        assert_same_bits(engine.scores(0, np.array(rows), outputs=forest.outputs), expected)


@pytest.mark.parametrize("seed", range(60))
def test_random_forests(seed: int) -> None:
    rng = Random(seed)
    leaves, trees = rng.choice((1, 2, 31, 64, 64, 65, 200)), rng.choice((1, 2, 7, 8, 9, 17, 33))
    forest = random_forest(rng, most_leaves=leaves, trees=trees, outputs=rng.choice((1, 1, 2, 5)))
    check(forest, [random_row(rng, forest) for _ in range(60)])


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("crossed", [0, 12, 4000])
def test_rows_for_some_ranks_alone(seed: int, crossed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit for every share of the ranks: all, every 2nd, every 4th, every 8th; crossed views and plain ones."""
    monkeypatch.setattr(packing, "CROSSED_ROWS", crossed)
    rng = Random(seed)
    forest = random_forest(rng, most_leaves=rng.choice((4, 16, 17, 33, 64)), trees=rng.choice((1, 9, 40)))
    rows = [random_row(rng, forest) for _ in range(40)]
    expected = np.array([raw_scores(forest, row) for row in rows])
    plans = plans_of(forest)
    assert plans
    for plan in plans:
        engine = WasmEngine(emit_forests(forest, memory_limit_bytes=plan.memory).content)
        assert_same_bits(engine.scores(0, np.array(rows), outputs=forest.outputs), expected)


def plans_of(forest: Forest) -> list[prefix_and.PrefixAnd]:
    """Every plan for the forest's rows, each for a limit that is too small for the one before."""
    arrangement, plans, limit = arrange(forest), [], 1 << 25
    smallest = prefix_and.smallest_prefix_and(arrangement)
    assert smallest is not None
    while limit >= smallest.memory:
        plans.append(prefix_and.prefix_and(arrangement, limit))
        limit = plans[-1].memory - 1
    return plans


def test_each_thinning_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "CROSSED_ROWS", 4000)
    plans = plans_of(random_forest(Random(3), most_leaves=40, trees=40))
    assert [plan.coarse for plan in plans] == sorted(plan.coarse for plan in plans)
    assert {plan.coarse for plan in plans} == {0, 1, 2, 3}
    assert plans[0].crossed and not plans[-1].crossed


@pytest.mark.parametrize("index", range(0, 200, 5))
def test_lightgbm_models(index: int) -> None:
    model = case(index)
    for limit in LIMITS:
        engine = WasmEngine(emit_forests(model.forest, memory_limit_bytes=limit).content)
        assert_same_bits(engine.scores(0, model.rows, outputs=model.forest.outputs), model.expected)


def test_a_forest_without_trees_and_one_of_bare_leaves() -> None:
    check(Forest("none", ("x",), (), (), outputs=2), [[1.0]])
    bare = Tree((), (-0.0,))
    check(Forest("bare", ("x",), (View(0, Transform.AS_IS),), (bare, bare, bare), outputs=2), [[math.nan], [1.0]])


def test_a_chain_of_exactly_64_leaves_uses_every_bit() -> None:
    nodes = tuple(Split(0, float(n), n % 2 == 0, ~n, n + 1 if n < 62 else ~63) for n in range(63))
    forest = Forest("chain", ("x",), (View(0, Transform.AS_IS),), (Tree(nodes, tuple(map(float, range(64)))),))
    assert emit_forests(forest).choices[0].strategy == "prefix-and"
    check(forest, [[float(n)] for n in range(-1, 66)] + [[math.nan]])


def test_more_than_64_leaves_take_the_node_table() -> None:
    leaves = tuple(float(n) for n in range(65))
    nodes = tuple(Split(0, float(n), False, ~n, n + 1 if n < 63 else ~64) for n in range(64))
    forest = Forest("wide", ("x",), (View(0, Transform.AS_IS),), (Tree(nodes, leaves),))
    assert emit_forests(forest).choices[0].strategy == "node-table"
    check(forest, [[float(n)] for n in range(-1, 66)])


def test_thresholds_beyond_16_bits_take_wide_cells() -> None:
    count = 70_000
    trees = tuple(Tree((Split(0, float(n), n % 3 == 0, ~0, ~1),), (1.0, 0.0)) for n in range(count))
    forest = Forest("fine", ("x",), (View(0, Transform.AS_IS),), trees)
    engine = WasmEngine(emit_forests(forest).content)
    rows = [[-1.0], [0.0], [65_535.5], [69_999.0], [70_000.0], [math.nan]]
    assert_same_bits(engine.scores(0, np.array(rows)), np.array([raw_scores(forest, row) for row in rows]))


def test_more_than_256_views() -> None:
    views = tuple(View(n, Transform.AS_IS) for n in range(300))
    trees = tuple(Tree((Split(n, 0.5, False, ~0, ~1),), (float(n), 0.1)) for n in range(300))
    forest = Forest("many", tuple(f"x{n}" for n in range(300)), views, trees)
    rng = Random(1)
    check(forest, [[rng.choice((0.0, 1.0, math.nan)) for _ in range(300)] for _ in range(20)])


@pytest.mark.parametrize("far", [3, 2000, 2**31 - 1])
def test_category_sets_near_and_far(far: int) -> None:
    nodes = (CategorySplit(0, (0, 2, far), 1, ~2), CategorySplit(0, (1, far), ~0, ~1))
    forest = Forest("sets", ("x",), (View(0, Transform.CATEGORY),), (Tree(nodes, (1.0, 2.0, 4.0)),))
    values = (-1.0, -0.5, 0.0, 1.0, 1.9, 2.0, 3.0, far, far + 0.5, far + 1.0, far - 1.0, 2.0**32, math.inf, math.nan)
    check(forest, [[float(value)] for value in values])


def test_sets_too_large_for_rows_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_table, "MOST_SET_ROWS", 0)
    rng = Random(12)
    for _ in range(10):
        forest = random_forest(rng, trees=12, most_leaves=70)
        check(forest, [random_row(rng, forest) for _ in range(30)])


def test_a_threshold_on_a_category_view() -> None:
    nodes = (Split(0, 2.0, True, ~0, 1), CategorySplit(0, (3,), ~1, ~2))
    forest = Forest("mixed", ("x",), (View(0, Transform.CATEGORY),), (Tree(nodes, (1.0, 2.0, 4.0)),))
    check(forest, [[value] for value in (-5.0, -0.5, 0.0, 2.9, 3.0, 3.9, 4.0, math.nan, math.inf)])


def test_the_memory_limit_holds_for_all_forests_together() -> None:
    forest = random_forest(Random(4), most_leaves=60, trees=20, outputs=1)
    alone = plans_of(forest)[-1].memory
    strategies = [found.strategy for found in emit_forests(forest, forest, memory_limit_bytes=alone).choices]
    assert strategies == ["prefix-and", "node-table"]


@pytest.mark.node
@pytest.mark.parametrize("limit", LIMITS)
def test_modules_are_valid(limit: int | None, tmp_path: Path) -> None:
    rng = Random(5)
    forests = [random_forest(rng, most_leaves=leaves, trees=9, outputs=3) for leaves in (1, 64, 90)]
    validate(emit_forests(*forests, memory_limit_bytes=limit).content, tmp_path)
