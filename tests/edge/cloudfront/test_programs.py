"""Emitted programs and forests in njs: the same codes as the interpreter's, the same bits as the reference walker's."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from decision_engine.ir import Program
from decision_engine.targets.cloudfront import emit_cloudfront, minify, needed_pieces
from decision_engine.targets.cloudfront.forests import emit_forest, forest_inputs
from decision_engine.targets.cloudfront.quantised import find_steps
from decision_engine.targets.cloudfront.runtime import LIBRARY
from decision_engine.trees import Forest, Summation, raw_scores
from tests.conformance.test_trees import FILES, forest_of, rows_of
from tests.edge.cloudfront.conftest import shop, small_forest
from tests.edge.cloudfront.njs import NEEDS_NJS, evaluate
from tests.targets.interpreter import interpret
from tests.targets.random_programs import random_forest, random_program, random_row, random_vector

PROGRAMS = 60
FORESTS = 60


@NEEDS_NJS
@pytest.mark.parametrize("start", range(0, PROGRAMS, 20))
def test_random_programs(start: int, tmp_path: Path) -> None:
    for number in range(start, start + 20):
        program = random_program(number)
        random = Random(number)
        rows = [random_vector(random, program) for _ in range(25)]
        found = [with_keys(program, one) for one in evaluate(*program_code(program), rows, tmp_path)]
        assert found == [codes_of(program, interpret(program, row)) for row in rows], number


@NEEDS_NJS
@pytest.mark.parametrize("start", range(0, FORESTS, 20))
def test_random_forests(start: int, tmp_path: Path) -> None:
    for number in range(start, start + 20):
        random = Random(number)
        forest = random_forest(random, trees=random.randint(1, 12))
        rows = [random_row(random, forest) for _ in range(40)]
        assert scores_in_njs(forest, rows, tmp_path) == scores(forest, rows), number


@NEEDS_NJS
@pytest.mark.parametrize("number", range(4))
def test_quantised_forests(number: int, tmp_path: Path) -> None:
    random = Random(number)
    forest = quantised(random_forest(random, trees=30, most_leaves=8), random.choice([2.0**-6, 0.01, 1 / 3, 1e-7]))
    rows = [random_row(random, forest) for _ in range(60)]
    assert "leaves_0" not in emit_forest(0, forest)
    assert scores_in_njs(forest, rows, tmp_path) == scores(forest, rows)


@NEEDS_NJS
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_forests_of_the_conformance_data(path: Path, tmp_path: Path) -> None:
    document: Any = json.loads(path.read_text(encoding="ascii"))
    forest = forest_of(document)
    rows = rows_of(document).tolist()
    assert scores_in_njs(forest, rows, tmp_path) == scores(forest, rows)


def test_few_values_of_leaves_take_one_character() -> None:
    _, program = shop()
    whole = program.forests[0]
    forest = small_forest(whole, trees=40)
    leaves = sum(len(tree.leaves) for tree in forest.trees)
    more = small_forest(whole, trees=60)
    added = sum(len(tree.leaves) for tree in more.trees) - leaves
    # Five splits of two characters and six leaves of one.
    texts = [emit_forest(0, one).split("\n")[0] for one in (forest, more)]
    assert (len(texts[1]) - len(texts[0])) / added == pytest.approx((5 * 2 + 6) / 6)


def test_steps_are_found_exactly() -> None:
    for scale in (2.0**-9, 0.001, 1 / 3, 1.7e-9):
        steps = find_steps([k * scale for k in (-2048, -3, 0, 17, 2047)])
        assert steps is not None
        assert [steps.multiple(k * scale) * steps.scale for k in (-2048, 17, 2047)] == [
            -2048 * scale,
            17 * scale,
            2047 * scale,
        ]
        assert (steps.lowest, steps.highest) == (-2048, 2047)
    assert find_steps([0.1, 0.25, 1 / 3, 2**-30]) is None
    assert find_steps([1.0, -0.0]) is None


def quantised(forest: Forest, scale: float) -> Forest:
    trees = tuple(
        replace(tree, leaves=tuple(round(max(-9.0, min(9.0, leaf)) * 20) * scale for leaf in tree.leaves))
        for tree in forest.trees
    )
    return replace(forest, trees=trees, summation=Summation.FLOAT64)


def scores(forest: Forest, rows: list[list[float]]) -> list[list[str]]:
    return [[struct.pack(">d", score).hex() for score in raw_scores(forest, row)] for row in rows]


def scores_in_njs(forest: Forest, rows: list[list[float]], folder: Path) -> list[Any]:
    code = emit_forest(0, forest)
    arguments = ", ".join(f"v[{place}]" for place in forest_inputs(forest))
    many = "" if forest.outputs > 1 else "[forest_0(" + arguments + ")]"
    called = f"const run = v => {many or f'forest_0({arguments})'};"
    whole = minify(f"let none;\n{needed_pieces(LIBRARY, code)}{code}\n{called}\nconst handler = run;\n")
    return evaluate(whole, "function (row) { return handler(row).map(run_write); }", rows, folder)


def program_code(program: Program) -> tuple[str, str]:
    """The minified code of a program whose inputs come as a list, and the function that gives its codes."""
    emitted = emit_cloudfront(program)
    inputs = "".join(f"const v{index} = vector[{index}];\n" for index in sorted(emitted.inputs))
    code = f"{emitted.forests}\nconst handler = vector => {{\n{inputs}{emitted.body}\n}};\n"
    return minify(f"let none;\n{needed_pieces(LIBRARY, code)}{code}"), "handler"


def with_keys(program: Program, found: list[Any]) -> list[Any]:
    """What the body returned, with ranked payloads by their keys."""
    payloads = emit_cloudfront(program).payloads
    return [found[0], *([[payloads[place] for place in one] if one else one for one in part] for part in found[1:])]


def codes_of(program: Program, codes: list[int]) -> list[Any]:
    """The codes as the emitted body returns them: the leaves, then for each decision its ranked payloads, or 0."""
    emitted = emit_cloudfront(program)
    leaves = codes[: len(program.decisions)]
    if not emitted.has_rankings:
        return [leaves]
    ranked: list[Any] = []
    place = len(program.decisions)
    for decision, leaf in zip(program.decisions, leaves, strict=True):
        shown: Any = 0
        for ranking in decision.rankings:
            if ranking.leaf == leaf:
                found = codes[place + 1 : place + 1 + codes[place]]
                keys = [program.payloads[ranking.candidates[one].payload].key for one in found]
                shown = keys
            place += 1 + ranking.top
        ranked.append(shown)
    return [leaves, ranked]
