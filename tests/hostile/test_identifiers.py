"""Ids that look alike are different ids, byte for byte, on both hosts and by every way in."""

import json
from urllib.parse import quote

import pytest

from decision_engine.hosts.python.murmur import halves
from infra.drills.corpora import identifier_pairs
from tests.hostile.shared import DECIDE, Ask, ask_both, document, outcomes, post, program

pytestmark = pytest.mark.node

PAIRS = list(identifier_pairs())


def test_the_ids_of_a_pair_hash_apart() -> None:
    assert len(PAIRS) == 500
    assert all(halves(one.encode()) != halves(other.encode()) for one, other in PAIRS)


def test_both_hosts_bucket_each_id_alike_by_every_way_in() -> None:
    texts = list(dict.fromkeys(text for pair in PAIRS for text in pair))
    identity = program().identity
    assert identity is not None
    objects = [json.dumps({"units": {"visitor_id": text}}).encode() for text in texts]
    by_document = ask_both([document(one) for one in objects], most_ms=50)
    body = [f'{{"units":{{"visitor_id":"{_escaped(text)}"}}}}'.encode() for text in texts]
    by_body = ask_both([post(one) for one in body], most_ms=50)
    cookies = [f"{identity.cookie}={quote(text, safe='')}" for text in texts]
    by_cookie = ask_both([Ask(target=DECIDE, headers={"cookie": cookie}) for cookie in cookies], most_ms=50)
    told = [outcomes(answer)["unit"] for answer in by_document]
    assert told == [outcomes(answer)["unit"] for answer in by_body]
    assert told == [outcomes(answer)["unit"] for answer in by_cookie]
    assert 0.4 < told.count("yes") / len(told) < 0.6


def _escaped(text: str) -> str:
    """Every UTF-16 unit as `\\uXXXX`: another spelling of the same id."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
