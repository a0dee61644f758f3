"""Buckets of a million ids are uniform under each salt and independent between salts (chi-square tests, fixed ids)."""

from __future__ import annotations

import uuid
from random import Random
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import chi2

from decision_engine.bucketing import bucket, salt_word
from decision_engine.hosts.python.murmur import SEED_A, SEED_B, halves

COUNT = 1_000_000
CELLS = 256
SALTS = ("layer:home", "holdout:home", "traffic:hero_test", "variation:hero_test", "variation:coupon_test")
SIGNIFICANCE = 1e-6

Words: TypeAlias = npt.NDArray[np.uint32]


def _ids(kind: str) -> list[str]:
    random = Random(20261121)
    match kind:
        case "sequential":
            return [f"visitor-{number:08}" for number in range(COUNT)]
        case "uuid":
            return [str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in range(COUNT)]
        case _:
            return [f"{random.choice('abcdefgh')}.shopper{number:07}@mail.example" for number in range(COUNT)]


@pytest.fixture(scope="module", params=["sequential", "uuid", "e-mail"])
def hashes(request: pytest.FixtureRequest) -> tuple[Words, Words]:
    """The two hashes of each id; all ids of a kind have the same length."""
    ids = _ids(request.param)
    data = np.frombuffer("".join(ids).encode(), dtype=np.uint8).reshape(COUNT, -1)
    a, b = _murmur(data, SEED_A), _murmur(data, SEED_B)
    assert [(int(a[i]), int(b[i])) for i in range(0, COUNT, 100_003)] == [
        halves(ids[i].encode()) for i in range(0, COUNT, 100_003)
    ]
    return a, b


@pytest.mark.parametrize("salt", SALTS)
def test_buckets_are_uniform(hashes: tuple[Words, Words], salt: str) -> None:
    counts = np.bincount(_buckets(hashes, salt) >> np.uint32(24), minlength=CELLS)
    statistic = float(((counts - COUNT / CELLS) ** 2 / (COUNT / CELLS)).sum())
    assert chi2.sf(statistic, CELLS - 1) > SIGNIFICANCE


@pytest.mark.parametrize(("first", "second"), [(SALTS[i], SALTS[j]) for i in range(5) for j in range(i)])
def test_buckets_of_two_salts_are_independent(hashes: tuple[Words, Words], first: str, second: str) -> None:
    rows, columns = _buckets(hashes, first) >> np.uint32(28), _buckets(hashes, second) >> np.uint32(28)
    table = np.bincount(rows * np.uint32(16) + columns, minlength=256).reshape(16, 16)
    expected = table.sum(1)[:, None] * table.sum(0)[None, :] / COUNT
    statistic = float(((table - expected) ** 2 / expected).sum())
    assert chi2.sf(statistic, 15 * 15) > SIGNIFICANCE


def test_the_vectorised_formula_is_the_product_formula(hashes: tuple[Words, Words]) -> None:
    found = _buckets(hashes, SALTS[0])
    word = salt_word(SALTS[0])
    for index in range(0, COUNT, 9_973):
        assert int(found[index]) == bucket(int(hashes[0][index]), int(hashes[1][index]), word)


def _buckets(hashes: tuple[Words, Words], salt: str) -> Words:
    a, b = hashes
    return _fmix(a ^ _fmix(b + np.uint32(salt_word(salt))))


def _fmix(h: Words) -> Words:
    h = h ^ (h >> np.uint32(16))
    h = h * np.uint32(0x85EBCA6B)
    h = h ^ (h >> np.uint32(13))
    h = h * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def _rotate(x: Words, by: int) -> Words:
    return (x << np.uint32(by)) | (x >> np.uint32(32 - by))


def _murmur(data: npt.NDArray[np.uint8], seed: int) -> Words:
    """MurmurHash3_x86_32 of every row."""
    length = data.shape[1]
    h = np.full(len(data), seed, dtype=np.uint32)
    padded = np.zeros((len(data), -(-length // 4) * 4), dtype=np.uint8)
    padded[:, :length] = data
    words = padded.view("<u4")
    for index in range(words.shape[1]):
        k = _rotate(words[:, index] * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
        h = h ^ k
        if index < length // 4:
            h = _rotate(h, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    return _fmix(h ^ np.uint32(length))
