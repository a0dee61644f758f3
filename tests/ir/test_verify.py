"""The verifier accepts what lowering makes and names each breach of the IR's rules."""

from __future__ import annotations

import pytest

from decision_engine.ir import Program, VerificationError, verify
from decision_engine.ir.nodes import (
    AllOf,
    Bucket,
    Choose,
    Code,
    Compare,
    Comparison,
    Constant,
    Input,
    Number,
    OneOf,
    Truth,
)
from tests.ir.programs import program

LESS = Compare(Comparison.LESS, 0, 1)


def test_a_sound_program_is_returned() -> None:
    sound = program(Input(0), Constant(1.0), LESS, Code(0), Code(1), Choose(((2, 3),), 4))
    assert verify(sound) is sound


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (program(Truth(True), Code(0), Choose(((0, 3),), 1)), "does not stand before its use"),
        (program(Code(0), Code(1), Choose(((0, 1),), 1)), "should be bool"),
        (program(Input(7), Code(0)), "no such input"),
        (program(Input(0), OneOf(0, (2.0, 1.0)), Code(0)), "not finite, sorted and distinct"),
        (program(Input(0), Input(1), Bucket(0, 1, 5), Code(0)), "not the two hashes"),
        (program(Code(9)), "a code without a leaf"),
        (program(Truth(True), AllOf((0,))), "outcome is not a code"),
        (program(Code(0), inputs=(Number("nobody"),)), "unknown feature"),
        (program(Code(0), inputs=(Number("age"), Number("age"))), "two inputs are the same"),
    ],
    ids=["order", "type", "input", "set", "hash", "leaf", "outcome", "feature", "twice"],
)
def test_a_breach_is_named(broken: Program, message: str) -> None:
    with pytest.raises(VerificationError, match=message):
        verify(broken)
