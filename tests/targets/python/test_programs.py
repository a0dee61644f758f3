"""The Python target decides as the naive interpreter does, on random programs and hostile vectors."""

import ast
import sys
import threading
from dataclasses import replace
from random import Random
from types import ModuleType

import pytest

from decision_engine.ir.nodes import IR_VERSION, Number
from decision_engine.targets.analysis import ABI_VERSION, lay_out_codes
from decision_engine.targets.python import emit_python
from tests.targets.interpreter import interpret
from tests.targets.python.load import load
from tests.targets.random_programs import (
    HOSTILE,
    deep_program,
    logistic_program,
    logistic_rows,
    random_program,
    random_vector,
)


@pytest.mark.parametrize("limits", [{}, {"memory_limit_bytes": 0}], ids=str)
@pytest.mark.parametrize("block", range(5))
def test_random_programs(block: int, limits: dict[str, int]) -> None:
    for number in range(block * 40, block * 40 + 40):
        program = random_program(number)
        module = load(emit_python(program, **limits))
        assert _constants(module) == (
            len(program.inputs),
            lay_out_codes(program.decisions).size,
            IR_VERSION,
            ABI_VERSION,
        )
        random = Random(number)
        for _ in range(20):
            row = random_vector(random, program)
            assert module.decide(row) == interpret(program, row), f"program {number}, row {row}"


def test_deep_programs_do_not_nest() -> None:
    program = deep_program(5000)
    module = load(emit_python(program))
    assert [module.decide([x]) for x in HOSTILE] == [interpret(program, [x]) for x in HOSTILE]


def test_logistic_is_the_shared_one() -> None:
    module = load(emit_python(logistic_program()))
    assert {tuple(module.decide(row)) for row in logistic_rows(3000)} == {(1,)}


@pytest.mark.parametrize("number", range(20))
def test_emission_is_stable_and_imports_the_standard_library_only(number: int) -> None:
    text = emit_python(random_program(number))
    assert text == emit_python(random_program(number))
    assert text.isascii()
    imported = {node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]


def test_threads_may_share_a_module() -> None:
    program = random_program(4)
    module = load(emit_python(program))
    random = Random(4)
    rows = [random_vector(random, program) for _ in range(200)]
    expected = [interpret(program, row) for row in rows]
    wrong: list[int] = []

    def run() -> None:
        wrong.extend(i for i, row in enumerate(rows) if module.decide(row) != expected[i])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_names_cannot_break_out_of_comments() -> None:
    hostile = 'x\n"""*/</script>\u2028 import os'
    program = random_program(7)
    renamed = replace(
        program,
        decisions=tuple(replace(decision, name=hostile) for decision in program.decisions),
        forests=tuple(replace(forest, name=hostile) for forest in program.forests),
        payloads=tuple(replace(payload, key=hostile) for payload in program.payloads),
        inputs=tuple(Number(hostile) if isinstance(one, Number) else one for one in program.inputs),
    )
    row = [1.0] * len(program.inputs)
    assert load(emit_python(renamed)).decide(row) == interpret(program, row)


def _constants(module: ModuleType) -> tuple[int, int, int, int]:
    return module.WIDTH, module.CODES, module.IR_VERSION, module.ABI_VERSION
