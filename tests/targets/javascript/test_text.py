"""Literals and arrays of generated JavaScript read back as the very same doubles."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.targets.javascript.text import array, number
from tests.targets.bits import bits
from tests.targets.node_session import NodeSession
from tests.targets.random_programs import HOSTILE

pytestmark = pytest.mark.node

DOUBLES = st.lists(
    st.one_of(st.floats(), st.integers(0, 2**64 - 1).map(lambda i: struct.unpack("<d", struct.pack("<Q", i))[0])),
    min_size=1,
    max_size=40,
)


@given(DOUBLES)
def test_number_round_trips(session: NodeSession, values: list[float]) -> None:
    assert bits(session.values([number(value) for value in values])) == bits(values)


def test_hostile_numbers_round_trip(session: NodeSession) -> None:
    assert bits(session.values([number(value) for value in HOSTILE])) == bits(HOSTILE)


@pytest.mark.parametrize(("value", "text"), [(-0.0, "-0"), (5.0, "5"), (math.inf, "Infinity"), (0.1, "0.1")])
def test_number_is_short(value: float, text: str) -> None:
    assert number(value) == text


def test_array_takes_the_shorter_form() -> None:
    assert array("f64", [1.0, 2.0]) == "new Float64Array([1, 2])"
    assert array("f64", [1 / 3, 2 / 3, 1 / 7] * 4).startswith('new Float64Array(bytes("')
