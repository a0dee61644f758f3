"""Named bucketings: how an id becomes a place, so that experiments of other systems keep their units' variations.

| name          | the place of an id                                                          | places lie in |
|---------------|-----------------------------------------------------------------------------|---------------|
| edgewise-1    | see decision_engine/bucketing.py; the default, and without ranges           |               |
| growthbook-1  | fnv1a(id + seed) mod 1000 / 1000                                            | [0, 1)        |
| growthbook-2  | fnv1a(decimal text of fnv1a(seed + id)) mod 10000 / 10000                   | [0, 1)        |
| flagd         | murmur3(seed + id + seed_after) / 2^32                                      | [0, 1)        |
| flagd-legacy  | abs(murmur3(seed + id + seed_after) as a signed integer) / (2^31 - 1) * 100 | [0, 100.1)    |

fnv1a is FNV-1a of 32 bits over UTF-16 code units, murmur3 MurmurHash3_x86_32 with seed 0 over UTF-8. Ranges are
half-open.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_BUCKETING = "edgewise-1"
GROWTHBOOK_1 = "growthbook-1"
GROWTHBOOK_2 = "growthbook-2"
FLAGD = "flagd"
FLAGD_LEGACY = "flagd-legacy"

NAMED_BUCKETINGS = (GROWTHBOOK_1, GROWTHBOOK_2, FLAGD, FLAGD_LEGACY)
"""Every bucketing but our own."""

HIGHEST_PLACE = 101.0
"""No range ends beyond it."""


@dataclass(frozen=True, slots=True)
class NamedSeed:
    """What is hashed beside the id, and how: `before` and `after` are the texts around the id."""

    bucketing: str
    before: str
    after: str


def named_seed(bucketing: str, seed: str, seed_after: str = "") -> NamedSeed:
    """The seed of a named bucketing as texts around the id."""
    if bucketing == GROWTHBOOK_1:
        return NamedSeed(bucketing, "", seed)
    return NamedSeed(bucketing, seed, seed_after)
