"""Programs survive the codec exactly, and nothing else is taken for one."""

from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.ir import CodecError, decode_program, encode_program
from decision_engine.ir.nodes import Code, Constant
from tests.ir.programs import program


@given(st.lists(st.floats(), max_size=20))
def test_doubles_survive_bit_for_bit(values: list[float]) -> None:
    before = program(*(Constant(value) for value in values), Code(0))
    after = decode_program(encode_program(before))
    found = [node.value for node in after.nodes if isinstance(node, Constant)]
    assert [_bits(value) for value in found] == [_bits(value) for value in values]
    assert encode_program(after) == encode_program(before)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"ir":2}', '{"ir":2,"program":{}}', "[" * 100_000])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        decode_program(text)


def test_another_version_is_refused() -> None:
    document = json.loads(encode_program(program(Code(0))))
    with pytest.raises(CodecError, match="expected IR version"):
        decode_program(json.dumps({**document, "ir": 1}))


def test_a_wrong_field_is_refused() -> None:
    document = json.loads(encode_program(program(Code(0))))
    for damaged in ({"extra": 1}, {"registry": 3}, {"nodes": [{"is": "Code", "value": "x"}]}):
        with pytest.raises(CodecError):
            decode_program(json.dumps({"ir": 2, "program": {**document["program"], **damaged}}))


def _bits(value: float) -> bytes:
    return b"nan" if math.isnan(value) else struct.pack("<d", value)
