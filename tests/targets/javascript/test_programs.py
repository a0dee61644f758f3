"""The JavaScript target decides as the naive interpreter does, on random programs and hostile vectors."""

from dataclasses import replace
from random import Random

import pytest

from decision_engine.ir.nodes import IR_VERSION, Number
from decision_engine.targets.analysis import ABI_VERSION, lay_out_codes
from decision_engine.targets.javascript import emit_javascript
from tests.targets.interpreter import interpret
from tests.targets.node_session import NodeSession
from tests.targets.random_programs import (
    HOSTILE,
    deep_program,
    logistic_program,
    logistic_rows,
    random_program,
    random_vector,
)

pytestmark = pytest.mark.node

FORBIDDEN = ("eval", "Function(", "BigInt", "RegExp", "import ", "require(", "Date", "Math.random")


@pytest.mark.parametrize("limits", [{}, {"ternary_leaves": 0}, {"ternary_leaves": 0, "memory_limit_bytes": 0}], ids=str)
@pytest.mark.parametrize("block", range(5))
def test_random_programs(session: NodeSession, block: int, limits: dict[str, int]) -> None:
    for number in range(block * 40, block * 40 + 40):
        program = random_program(number)
        codes = lay_out_codes(program.decisions).size
        constants = session.load(emit_javascript(program, **limits))
        assert constants == {"width": len(program.inputs), "codes": codes, "ir": IR_VERSION, "abi": ABI_VERSION}
        random = Random(number)
        rows = [random_vector(random, program) for _ in range(20)]
        assert session.decide(rows, codes) == [interpret(program, row) for row in rows], f"program {number}"


def test_deep_programs_do_not_nest(session: NodeSession) -> None:
    program = deep_program(5000)
    session.load(emit_javascript(program))
    rows = [[x] for x in HOSTILE]
    assert session.decide(rows, 1) == [interpret(program, row) for row in rows]


def test_logistic_is_the_shared_one(session: NodeSession) -> None:
    session.load(emit_javascript(logistic_program()))
    rows = logistic_rows(3000)
    assert session.decide(rows, 1) == [[1]] * len(rows)


def test_names_cannot_break_out_of_comments(session: NodeSession) -> None:
    hostile = "x\n*/</script>\u2028 export const abi = 0;"
    program = random_program(7)
    renamed = replace(
        program,
        decisions=tuple(replace(decision, name=hostile) for decision in program.decisions),
        forests=tuple(replace(forest, name=hostile) for forest in program.forests),
        payloads=tuple(replace(payload, key=hostile) for payload in program.payloads),
        inputs=tuple(Number(hostile) if isinstance(one, Number) else one for one in program.inputs),
    )
    text = emit_javascript(renamed)
    assert "</script>" not in text
    row = [1.0] * len(program.inputs)
    codes = session.load(text)["codes"]
    assert session.decide([row], codes) == [interpret(program, row)]


@pytest.mark.parametrize("number", range(20))
def test_emission_is_stable_and_plain(number: int) -> None:
    text = emit_javascript(random_program(number))
    assert text == emit_javascript(random_program(number))
    assert text.isascii()
    assert not [word for word in FORBIDDEN if word in text]
