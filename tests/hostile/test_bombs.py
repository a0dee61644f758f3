"""Bombs of JSON are read, or refused with the same code, by both hosts in little time; by every way in."""

import json
from collections import Counter
from urllib.parse import quote

import pytest

from infra.drills.corpora import bombs, documents
from tests.hostile.shared import DECIDE, FLAGS, Ask, ask_both, post

pytestmark = pytest.mark.node

MOST_MS = 150


def test_bombs_by_every_way_in() -> None:
    texts = list(bombs())
    asked = [
        *(post(one) for one in texts),
        *(post(b'{"context":' + one + b"}", FLAGS) for one in texts),
        *(Ask(target=f"{DECIDE}?d={quote(one, safe='')}") for one in texts if len(one) < 20_000),
    ]
    codes = Counter(_code(answer.status, answer.body) for answer in ask_both(asked, MOST_MS))
    assert {"too-large", "not-json", "too-deep", "too-many-keys", "bad-number", "not-an-object", "PARSE_ERROR"} <= set(
        codes
    ), codes
    assert codes["taken"] >= 10


def test_drawn_documents_are_taken_and_refused_alike() -> None:
    asked = [post(one) for one in documents(seed=20261126, count=1000)]
    codes = Counter(_code(answer.status, answer.body) for answer in ask_both(asked, MOST_MS))
    assert codes["taken"] > 150 and codes["duplicate-key"] > 20, codes


def _code(status: int, body: str) -> str:
    if status == 200:
        return "taken"
    answer = json.loads(body)
    assert status in (400, 413), body[:200]
    assert (status == 413) == ("64" in body or "too-large" in body or "65,536" in body)
    code: str = answer["errorCode"] if "errorCode" in answer else answer["error"]["code"]
    return code
