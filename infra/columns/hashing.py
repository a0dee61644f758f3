"""MurmurHash3_x86_32 of many texts at once, as hosts hash the ids of units (decision_engine/hosts/python/murmur.py)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from decision_engine.hosts.python.murmur import SEED_A, SEED_B

Words: TypeAlias = npt.NDArray[np.uint32]


def hash_texts(texts: pa.StringArray) -> tuple[Words, Words]:
    """The two hashes of each text, by SEED_A and SEED_B; those of null and of the empty text mean nothing."""
    count = len(texts)
    first, second = np.zeros(count, dtype=np.uint32), np.zeros(count, dtype=np.uint32)
    starts, content = _buffers(texts)
    lengths = np.diff(starts)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        words, tail = _words(content, starts[rows], length)
        first[rows] = _finish(words, tail, length, SEED_A)
        second[rows] = _finish(words, tail, length, SEED_B)
    return first, second


def _buffers(texts: pa.StringArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Where each text begins in the bytes of all, and where the last one ends."""
    _, offsets, content = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return starts, np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, dtype=np.uint8)


def _words(content: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], length: int) -> tuple[list[Words], Words]:
    """The mixed words of texts of one length, and the mixed rest of up to three bytes."""
    size = length + 3 & ~3
    padded = np.zeros((len(starts), size or 4), dtype=np.uint8)
    padded[:, :length] = content[starts[:, None] + np.arange(length)]
    words = np.ascontiguousarray(padded).view("<u4").astype(np.uint32)
    mixed = [_mixed(np.ascontiguousarray(words[:, place])) for place in range(words.shape[1])]
    return (mixed, np.zeros(len(starts), dtype=np.uint32)) if length % 4 == 0 and length else (mixed[:-1], mixed[-1])


def _mixed(word: Words) -> Words:
    k = word * np.uint32(0xCC9E2D51)
    return _rotated(k, 15) * np.uint32(0x1B873593)


def _finish(words: list[Words], tail: Words, length: int, seed: int) -> Words:
    h = np.full(len(tail), seed, dtype=np.uint32)
    for k in words:
        h = _rotated(h ^ k, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    h ^= tail ^ np.uint32(length)
    h = (h ^ h >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    h = (h ^ h >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return h ^ h >> np.uint32(16)


def _rotated(word: Words, bits: int) -> Words:
    return word << np.uint32(bits) | word >> np.uint32(32 - bits)
