"""The forests of JavaScript modules give the walker's scores, bit for bit, in each of their three forms."""

import re
from random import Random

import pytest

from decision_engine.targets.javascript import emit_javascript
from decision_engine.trees import Forest, raw_scores
from tests.targets.bits import all_bits
from tests.targets.node_session import NodeSession
from tests.targets.random_programs import forest_program, random_forest, random_row

pytestmark = pytest.mark.node

FORMS = {
    "conditionals": ({"ternary_leaves": 1 << 30}, "outputs[0] = 0"),
    "prefix-AND": ({"ternary_leaves": 0}, "prefix_rows("),
    "node table": ({"ternary_leaves": 0, "memory_limit_bytes": 0}, "left_children("),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("trees", "most_leaves"), [(0, 1), (1, 8), (7, 32), (12, 64), (3, 200)])
def test_random_forests(session: NodeSession, form: str, trees: int, most_leaves: int) -> None:
    random = Random(f"{form} {trees} {most_leaves}")
    limits, _ = FORMS[form]
    for _ in range(15):
        forest = random_forest(random, trees=trees, most_leaves=most_leaves)
        rows = [random_row(random, forest) for _ in range(150)]
        session.load(emit_javascript(forest_program(forest), **limits))
        expected = [raw_scores(forest, row) for row in rows]
        assert all_bits(session.scores(0, rows, forest.outputs)) == all_bits(expected)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_emitted(form: str) -> None:
    limits, sign = FORMS[form]
    assert sign in emit_javascript(forest_program(small_forest()), **limits)


def test_a_large_forest_ships_base64(session: NodeSession) -> None:
    random = Random(3)
    forest = random_forest(random, trees=60, most_leaves=60, outputs=1)
    text = emit_javascript(forest_program(forest))
    assert re.search(r'bytes\("[A-Za-z0-9+/]{100,}={0,2}"\)', text)
    rows = [random_row(random, forest) for _ in range(200)]
    session.load(text)
    assert all_bits(session.scores(0, rows, 1)) == all_bits([raw_scores(forest, row) for row in rows])


def small_forest() -> Forest:
    """Two trees that all forms can hold."""
    random = Random(5)
    return random_forest(random, trees=2, most_leaves=4, outputs=1)
