"""Which records are kept one by one: errors, fallbacks and exposures always, others by a hash of unit and day.

A unit is in the sample of a day or it is not, whatever node it meets; the probability is written into the record.
"""

from __future__ import annotations

from ..murmur import murmur3

DAY = 86_400_000
"""Milliseconds."""

ERROR, FALL, EXPERIMENT, RANDOM = "error", "fallback", "experiment", "random"
"""Why a record is kept."""

_ALL = 2**32
_SLOTS = 16_384
_LEAVES = 65_536
_MULTIPLIER = 0x9E3779B1


def unit_hash(unit: str, at: int) -> int:
    """The unit's place on a day (UTC) among 2^32: MurmurHash3 of its UTF-8, the number of the day as the seed."""
    return murmur3(unit.encode("utf-8", "replace"), (at // DAY) % _ALL)


def is_sampled(place: int, rate: float) -> bool:
    """Whether a place stands in the first `rate` of all."""
    return place < rate * _ALL


class Repeats:
    """Remembers exposures for a while, so that a page that is looked at again does not make another record.

    A table of fixed size: a later exposure may push out an earlier one, which is then recorded once more.
    """

    def __init__(self, lasts: int) -> None:
        self._lasts = lasts
        self._seen: dict[int, tuple[int, int, int]] = {}

    def is_repeated(self, place: int, decision: int, leaf: int, at: int) -> bool:
        """Whether the unit at this place was seen with this leaf less than `lasts` ms ago; remembers it from now on."""
        kind = decision * _LEAVES + leaf
        slot = (place ^ kind * _MULTIPLIER) % _SLOTS
        known_place, known_kind, time = self._seen.get(slot, (-1, -1, 0))
        known = (known_place, known_kind) == (place, kind) and 0 <= at - time < self._lasts
        if not known:
            self._seen[slot] = (place, kind, at)
        return known
