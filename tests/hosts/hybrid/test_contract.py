"""The OpenAPI document of the contract, and the endpoint held to it by generated questions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from decision_engine.rerank_contract import openapi
from infra.local import Reranker, Running, application, serve_in_background
from tests.conftest import ROOT
from tests.hosts.hybrid.registries import shop

SCHEMA = schemathesis.openapi.from_dict(openapi())


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Counter[int]]]:
    """The endpoint, and what it answered: it must have been asked well and badly."""
    statuses: Counter[int] = Counter()
    with serve_in_background(application(Reranker(*shop(tmp_path_factory.mktemp("contract") / "shop")))) as running:
        yield running, statuses
    assert not statuses or {400, 409} <= statuses.keys() <= {400, 405, 409}, statuses


@SCHEMA.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_the_endpoint_keeps_to_its_document(case: schemathesis.Case[Any], cloud: tuple[Running, Counter[int]]) -> None:
    running, statuses = cloud
    response = case.call(base_url=running.address().rstrip("/"))
    statuses[response.status_code] += 1
    if response.status_code != 405:  # a method that the document does not have
        case.validate_response(response)


def test_the_page_is_the_document() -> None:
    page = ROOT / "docs" / "reference" / "rerank.openapi.json"
    document = json.loads(page.read_text(encoding="utf-8"))
    assert document.pop("x-generated-by")
    assert document == json.loads(json.dumps(openapi()))
