"""The forests of Python modules give the walker's scores, bit for bit, in both of their forms."""

from random import Random

import pytest

from decision_engine.targets.python import emit_python
from decision_engine.trees import raw_scores
from tests.targets.bits import all_bits
from tests.targets.python.load import load
from tests.targets.random_programs import forest_program, random_forest, random_row

FORMS = {"prefix-AND": ({}, "_number_rows("), "node table": ({"memory_limit_bytes": 0}, "_left_children(")}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("trees", "most_leaves"), [(0, 1), (1, 8), (5, 16), (7, 32), (12, 64), (3, 200)])
def test_random_forests(form: str, trees: int, most_leaves: int) -> None:
    random = Random(f"{form} {trees} {most_leaves}")
    limits, _ = FORMS[form]
    for _ in range(15):
        forest = random_forest(random, trees=trees, most_leaves=most_leaves)
        [scores] = load(emit_python(forest_program(forest), **limits)).FORESTS
        rows = [random_row(random, forest) for _ in range(100)]
        assert all_bits(map(scores, rows)) == all_bits(raw_scores(forest, row) for row in rows)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_emitted(form: str) -> None:
    limits, sign = FORMS[form]
    assert sign in emit_python(forest_program(random_forest(Random(5), trees=2, most_leaves=4)), **limits)
