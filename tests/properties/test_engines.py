"""On random registries and requests, every target gives the reference's answers, byte for byte, whatever the passes."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decision_engine.ir import decode_program, encode_program
from decision_engine.pipeline import compile_program
from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from tests.conformance.cases import Json
from tests.conformance.programs import load_registry
from tests.properties.engines import Engines, decide
from tests.properties.registries import registries
from tests.properties.requests import requests, times

REQUESTS = 12


@pytest.mark.node
@pytest.mark.timeout(900)  # a counter-example takes minutes to shrink
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), registries())
def test_every_engine_answers_as_the_reference(engines: Engines, data: st.DataObject, registry: Json) -> None:
    batch = [(data.draw(requests(registry)), data.draw(times())) for _ in range(REQUESTS)]
    expected = decide(registry, batch)
    for passes in (False, True):
        for engine, texts in engines.answers(registry, batch, passes=passes).items():
            for text, wanted, (request, at) in zip(texts, expected, batch, strict=True):
                assert text == wanted, f"{engine}, passes {passes}, at {at}: {json.dumps(request)}"


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(registries(), st.booleans())
def test_a_program_survives_the_codec(registry: Json, passes: bool) -> None:
    program = compile_program(*load_registry(registry), passes=passes)
    text = encode_program(program)
    again = decode_program(text)
    assert encode_program(again) == text
    assert emit_python(again) == emit_python(program)
    assert emit_javascript(again) == emit_javascript(program)
    assert emit_wasm(again).content == emit_wasm(program).content
