"""Literals and arrays of generated Python read back as the very same numbers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.targets.python.runtime import NUMBERS, imports_of
from decision_engine.targets.python.text import array, number
from tests.targets.bits import bits
from tests.targets.python.load import load
from tests.targets.random_programs import HOSTILE

HEAD = "\n".join([*imports_of(NUMBERS), 'NAN = float("nan")', 'INFINITY = float("inf")', NUMBERS])
DOUBLES = st.lists(
    st.one_of(st.floats(), st.integers(0, 2**64 - 1).map(lambda i: struct.unpack("<d", struct.pack("<Q", i))[0])),
    max_size=40,
)


@given(DOUBLES)
def test_numbers_round_trip(values: list[float]) -> None:
    module = load(f"{HEAD}\nlisted = [{', '.join(map(number, values))}]\npacked = {array('f64', values)}\n")
    assert bits(module.listed) == bits(module.packed) == bits(values)


def test_hostile_numbers_round_trip() -> None:
    assert bits(load(f"{HEAD}\nlisted = [{', '.join(map(number, HOSTILE))}]\n").listed) == bits(HOSTILE)


@pytest.mark.parametrize("values", [[], [7], [1, 2], list(range(300)), [2**31, 2**32 - 1] * 9])
def test_integers_round_trip(values: list[int]) -> None:
    assert load(f"{HEAD}\npacked = {array('u32', values)}\n").packed == tuple(values)
