"""Hostile tokens: nothing that was changed counts, both implementations agree, and none of it takes long."""

import random
import time
from collections import Counter

import pytest

from decision_engine.hosts.python.profile import Refusal
from tests.hosts.profile.flips import DOCUMENT, cookies, flipped_in_javascript, flipped_in_python, tokens
from tests.hosts.profile.hostile import compare, hostile_tokens
from tests.hosts.profile.minting import AT, VISITOR, letter, sign
from tests.hosts.profile.shared import profiles_of, read_sticky, read_token, run_node

COUNT = 5000
FLIPPED = 100
LONGEST_MS = 250.0
"""A shared machine stalls now and then; the texts themselves take microseconds."""


@pytest.mark.node
def test_both_hosts_say_the_same_of_every_hostile_token() -> None:
    texts = hostile_tokens(COUNT, seed=1)
    assert compare(texts) == []
    profiles = profiles_of(DOCUMENT)
    counted = Counter(read_token(profiles, text, VISITOR, AT)["refused"] for text in texts)
    assert counted.keys() == {None, *map(str, Refusal)}, counted
    assert counted["unreadable"] < 0.8 * COUNT and counted[None] < 0.2 * COUNT, counted


@pytest.mark.node
def test_both_hosts_say_the_same_of_every_hostile_cookie() -> None:
    texts = hostile_tokens(COUNT // 5, seed=2)
    profiles = profiles_of(DOCUMENT)
    mine = [read_sticky(profiles, text, VISITOR, AT)["refused"] for text in texts]
    theirs = run_node([{"open": DOCUMENT}, {"stickies": texts, "pseudonym": VISITOR, "at": AT}])[1]["reasons"]
    assert mine == theirs


@pytest.mark.parametrize("kind", ["token", "sticky"])
def test_no_single_changed_bit_counts_in_python(kind: str) -> None:
    accepted, judged = flipped_in_python(samples(kind), kind)
    assert accepted == 0 and judged > 900 * FLIPPED


@pytest.mark.node
@pytest.mark.parametrize("kind", ["token", "sticky"])
def test_no_single_changed_bit_counts_in_javascript(kind: str) -> None:
    accepted, judged = flipped_in_javascript(samples(kind), kind)
    assert accepted == 0 and judged > 900 * FLIPPED


def samples(kind: str) -> list[str]:
    chance = random.Random(kind)
    return (cookies if kind == "sticky" else tokens)(FLIPPED, chance)


@pytest.mark.node
def test_what_is_large_takes_no_longer() -> None:
    texts = [
        "." * 100_000,
        "1.k1." + "A" * 100_000,
        "1.k1." + "A" * 2000 + "." + "A" * 43,
        "1s.k1." + "A" * 2040,
        sign(b"[" * 1400),
        sign(b'"' + b"\\" * 1400 + b'"'),
        sign(letter(VISITOR, [[0, "aaaa", ["x"] * 300]])),
        sign(b"[" + b'{"a":' * 200),
        sign(b"9" * 1400),
        sign(b"[" + b"1e9," * 340 + b"1]"),
    ] * 20
    slowest = run_node([{"open": DOCUMENT}, {"tokens": texts, "pseudonym": VISITOR, "at": AT}])[1]["slowest"]
    assert slowest < LONGEST_MS
    profiles = profiles_of(DOCUMENT)
    for text in texts:
        start = time.perf_counter()
        assert read_token(profiles, text, VISITOR, AT)["refused"] is not None
        assert time.perf_counter() - start < LONGEST_MS / 1000
