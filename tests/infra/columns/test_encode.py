"""Encoding in columns gives the vectors of the Python host: on every case of conformance, and on random registries."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decision_engine.hosts.python.murmur import halves
from decision_engine.pipeline import compile_program
from infra.columns import ParsedRequests
from infra.columns.hashing import hash_texts
from tests.conformance.cases import FOLDER, Group, Json, groups
from tests.conformance.programs import load_registry
from tests.infra.columns.against_rows import check
from tests.properties.registries import registries
from tests.properties.requests import requests, times


@pytest.mark.parametrize("folder", sorted({group.file.split("/")[0] for group in groups()}))
def test_every_case_of_conformance(folder: str) -> None:
    assert (FOLDER / folder).is_dir()
    some = [group for group in groups() if group.file.startswith(f"{folder}/")]
    for group in some:
        _check_group(group)
    assert some


def _check_group(group: Group) -> None:
    sessions = [(case.request, case.at) for case in group.cases]
    check(compile_program(*load_registry(group.registry), passes=False), [ParsedRequests(sessions, 1)], sessions)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.data(), registries())
def test_random_requests(data: st.DataObject, registry: Json) -> None:
    sessions = [(data.draw(requests(registry)), data.draw(times() | st.none())) for _ in range(12)]
    batches = [ParsedRequests(sessions[:5], 1), ParsedRequests(sessions[5:], 6)]
    check(compile_program(*load_registry(registry), passes=False), batches, sessions)


def test_hashes_of_ids_of_every_length() -> None:
    texts = [f"{'abcdefgh' * 9}"[:length] + mark for length in range(1, 68) for mark in ("", "é", "😀")]
    array = pa.array([*texts, None, *texts])
    for part in (array, array.slice(3, 11), array.slice(60)):
        first, second = hash_texts(part)
        for text, *found in zip(part.to_pylist(), first.tolist(), second.tolist(), strict=True):
            assert text is None or tuple(found) == halves(text.encode())


def test_hashes_of_no_ids() -> None:
    first, second = hash_texts(pa.array([], pa.string()))
    assert first.shape == second.shape == (0,)
    first, _ = hash_texts(pa.array([None, ""], pa.string()))
    assert first.dtype == np.uint32
