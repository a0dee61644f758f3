"""The corpora are as large as they say, the same every time, and what they say they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product

import pytest

from decision_engine.hosts.python import RequestError, parse_object
from infra.drills import corpora

SIZES: dict[str, tuple[Callable[[], Iterable[object]], int]] = {
    "patterns": (corpora.bad_patterns, 200),
    "pairs of ids": (corpora.identifier_pairs, 500),
    "injections": (corpora.injections, 100),
    "canaries": (corpora.canaries, 50),
    "addresses": (corpora.forbidden_urls, 150),
    "prototypes": (corpora.prototypes, 60),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_corpus_has_so_many_different_members(name: str) -> None:
    make, size = SIZES[name]
    members = list(make())
    assert len(members) == len(set(members)) == size
    assert members == list(make())


def test_half_of_the_documents_are_refused_for_every_reason() -> None:
    codes: Counter[str] = Counter()
    for text in corpora.documents(1, 5_000):
        try:
            parse_object(text)
        except RequestError as refused:
            codes[refused.code] += 1
        else:
            codes["read"] += 1
    reasons = {"not-json", "not-utf8", "duplicate-key", "too-many-keys", "too-deep", "bad-number", "bad-text"}
    assert {"read", "too-large", "not-an-object", *reasons} == codes.keys()
    assert 1_000 < codes["read"] < 4_000
    assert list(corpora.documents(1, 50)) == list(corpora.documents(1, 50)) != list(corpora.documents(2, 50))


def test_a_tenth_of_the_headers_are_no_http() -> None:
    drawn = list(corpora.malformed_headers(1, 1_000, ["visitor", "theme"], ["x-app-version"]))
    assert sum(one.breaks for one in drawn) == 100
    for one in drawn:
        assert any(name == b"cookie" for name, _ in one.lines) or one.lines == []
        written = b"".join(value for _, value in one.lines)
        assert one.breaks or not set(written) & set(b"\x00\r\n")
    everything = b"".join(value for one in drawn for _, value in one.lines)
    assert b"visitor=" in everything and b"theme=" in everything


@pytest.mark.parametrize(("kind", "multiplier"), [(0, 31), (1, 33)])
def test_keys_collide_under_the_hash_they_are_made_for(kind: int, multiplier: int) -> None:
    keys = corpora.colliding_keys(kind, 300)
    assert len(keys) == len(set(keys)) == 300
    hashes = set()
    for key in keys:
        value = 0
        for character in key:
            value = (value * multiplier + ord(character)) & 0xFFFFFFFF
        hashes.add(value)
    assert len(hashes) == 1


@pytest.mark.parametrize(("kind", "count"), list(product(range(5), (1, 2, 256, 257, 4_000))))
def test_costly_keys_are_different(kind: int, count: int) -> None:
    assert len(set(corpora.colliding_keys(kind, count))) == count
