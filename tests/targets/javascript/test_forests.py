"""The forests of JavaScript modules give the walker's scores, bit for bit, in each of their three forms."""

import re
from random import Random

import pytest

from decision_engine.targets.javascript import emit_javascript
from decision_engine.trees import Forest, Split, Transform, Tree, View, raw_scores
from decision_engine.trees import prefix_and as packing
from tests.targets.bits import all_bits
from tests.targets.node_session import NodeSession
from tests.targets.random_programs import forest_program, random_forest, random_row

pytestmark = pytest.mark.node

FORMS = {
    "conditionals": ({"ternary_leaves": 1 << 30}, " ? 0.25 : "),
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
    tree = Tree((Split(0, 1.5, True, ~0, ~1),), (0.25, -1.0))
    return Forest("small", ("x",), (View(0, Transform.AS_IS),), (tree, tree))


@pytest.mark.parametrize("most", [0, 40, 4000])
def test_crossed_views(session: NodeSession, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "CROSSED_ROWS", most)
    random = Random(most)
    texts = []
    for leaves in (3, 8, 33, 64):
        forest = random_forest(random, trees=6, most_leaves=leaves)
        rows = [random_row(random, forest) for _ in range(150)]
        texts.append(emit_javascript(forest_program(forest), ternary_leaves=0))
        session.load(texts[-1])
        expected = [raw_scores(forest, row) for row in rows]
        assert all_bits(session.scores(0, rows, forest.outputs)) == all_bits(expected)
    assert any("\ncross_rows(" in text for text in texts) == (most > 0)
