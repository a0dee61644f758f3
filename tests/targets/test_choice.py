"""The choice of a forest's form: at the limits of leaves and memory, with its reason, the same in what is emitted."""

import re
from random import Random

import pytest

from decision_engine.targets.choice import ForestChoice, Offer, Strategy, choose_forests, prefix_and_bytes
from decision_engine.targets.javascript import emit_javascript, javascript_choices
from decision_engine.targets.javascript.build import build_javascript
from decision_engine.targets.javascript.forests import CROSSED_BYTES
from decision_engine.targets.python import emit_python, python_choices
from decision_engine.targets.python.build import build_python
from decision_engine.targets.wasm import emit_wasm, wasm_choices
from decision_engine.targets.wasm.build import build_wasm
from decision_engine.trees import Forest, Split, Transform, Tree, View
from tests.targets.random_programs import forest_program, random_forest

WIDE = 1 << 30


def chain(leaves: int) -> Forest:
    """A tree that goes right from split to split: one input, thresholds 0, 1, 2, ..."""
    splits = leaves - 1
    nodes = tuple(Split(0, float(i), False, ~i, i + 1 if i + 1 < splits else ~(i + 1)) for i in range(splits))
    return Forest("chain", ("x",), (View(0, Transform.AS_IS),), (Tree(nodes, tuple(map(float, range(leaves)))),))


def choose(forest: Forest, *, ternary_leaves: int = 0, memory_limit_bytes: int = WIDE) -> ForestChoice:
    [choice] = choose_forests((forest,), Offer(ternary_leaves, (8,), 0, memory_limit_bytes))
    return choice


def test_conditionals_end_at_their_limit_of_leaves() -> None:
    found = [choose(chain(16), ternary_leaves=most).strategy for most in (15, 16)]
    assert found == [Strategy.PREFIX_AND, Strategy.TERNARIES]


def test_conditionals_do_not_nest_deep() -> None:
    assert choose(chain(17), ternary_leaves=100).strategy is Strategy.TERNARIES
    assert choose(chain(18), ternary_leaves=100).strategy is Strategy.PREFIX_AND


def test_prefix_and_ends_at_64_leaves() -> None:
    assert choose(chain(64)).strategy is Strategy.PREFIX_AND
    beyond = choose(chain(65))
    assert beyond.strategy is Strategy.NODE_TABLE
    assert beyond.why == "a tree has 65 leaves, and prefix-AND takes at most 64"


def test_prefix_and_ends_at_the_memory_limit() -> None:
    rows = prefix_and_bytes(chain(64), (8,), 0)
    assert rows == 8 * (63 + 2)
    fits, beyond = (choose(chain(64), memory_limit_bytes=limit) for limit in (rows, rows - 1))
    assert fits.strategy is Strategy.PREFIX_AND
    assert fits.why == "every tree has at most 64 leaves and the tables take 520 bytes of the 520 bytes allowed"
    assert beyond.strategy is Strategy.NODE_TABLE
    assert beyond.why == "prefix-AND tables would take 520 bytes, more than the 519 bytes allowed"


def test_forests_share_the_memory_in_their_order() -> None:
    rows = prefix_and_bytes(chain(64), (8,), 0)
    table = choose(chain(65)).memory_bytes
    forests = (chain(64), chain(65), chain(64), chain(64))
    found = choose_forests(forests, Offer(0, (8,), 0, 2 * rows + table))
    assert [choice.strategy for choice in found] == [
        Strategy.PREFIX_AND,
        Strategy.NODE_TABLE,
        Strategy.PREFIX_AND,
        Strategy.NODE_TABLE,
    ]


@pytest.mark.parametrize("leaves", [2, 40, 64, 65, 300])
def test_what_is_emitted_is_what_was_chosen(leaves: int) -> None:
    program = forest_program(chain(leaves))
    text = emit_javascript(program)
    javascript = {
        Strategy.TERNARIES: "x0 <= " in text,
        Strategy.PREFIX_AND: "prefix_rows(" in text,
        Strategy.NODE_TABLE: "left_children(" in text,
    }
    assert [strategy for strategy, found in javascript.items() if found] == [javascript_choices(program)[0].strategy]
    assert ("_number_rows(" in emit_python(program)) == (python_choices(program)[0].strategy is Strategy.PREFIX_AND)
    assert emit_wasm(program).choices == wasm_choices(program)


def test_wasm_thins_rows_out_before_it_gives_them_up() -> None:
    program = forest_program(chain(64))
    whys = [wasm_choices(program, memory_limit_bytes=limit)[0].why for limit in (4096, 2048, 0)]
    assert [why.endswith("with a row of masks for every 4 thresholds") for why in whys] == [False, True, False]
    assert whys[2].startswith("prefix-AND tables would take ")


def test_artefacts_hold_the_choices() -> None:
    program = forest_program(chain(20))
    for build, expected in (
        (build_javascript, javascript_choices(program)),
        (build_python, python_choices(program)),
        (build_wasm, wasm_choices(program)),
    ):
        artefact = build(program)
        assert artefact.choices == expected
        [written] = artefact.manifest["choices"]
        [choice] = expected
        assert written == {
            "name": "chain",
            "strategy": str(choice.strategy),
            "trees": 1,
            "leaves": 20,
            "memory_bytes": choice.memory_bytes,
            "why": choice.why,
        }


@pytest.mark.parametrize("seed", range(12))
def test_javascript_takes_the_memory_that_the_choice_says(seed: int) -> None:
    random = Random(seed)
    forest = random_forest(random, trees=random.randint(1, 12), most_leaves=random.choice((5, 32, 33, 64)))
    [choice] = choose_forests((forest,), Offer(0, (4, 8), CROSSED_BYTES, WIDE))
    text = emit_javascript(forest_program(forest), ternary_leaves=0)
    sizes = re.search(r"prefix_rows\(\s*(\d+), (\d+), (\d+)", text)
    assert sizes is not None
    _, width, rows = map(int, sizes.groups())
    assert choice.memory_bytes == 4 * width * rows
