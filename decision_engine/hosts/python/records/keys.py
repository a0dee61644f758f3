"""Keys of the log's pseudonyms: one a day, given one by one, or derived from a master key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ..pseudonyms import epoch_key, pseudonym
from .sampling import DAY

USE = "records"


def day_of(at: int) -> str:
    """The day of a time (ms UTC), such as `2026-11-21`: the epoch of its key."""
    return datetime.fromtimestamp(at // DAY * (DAY // 1000), UTC).strftime("%Y-%m-%d")


class Keys:
    """The keys that pseudonyms are made with. A day that is given has that key; others have the master's, or none.

    Only keys that are given can be destroyed one by one, and a log forgotten with them.
    """

    def __init__(self, tenant: str, *, master: bytes | None = None, days: Mapping[str, bytes] | None = None) -> None:
        self._tenant = tenant
        self._master = master
        self._days = dict(days or {})
        self._last: tuple[str, bytes | None] = ("", None)

    def pseudonym(self, unit: str, at: int) -> str | None:
        """The pseudonym of a unit on the day of `at`; None without a key of that day."""
        day = day_of(at)
        if self._last[0] != day:
            key = self._days.get(day)
            if key is None and self._master is not None:
                key = epoch_key(self._master, USE, day)
            self._last = (day, key)
        key = self._last[1]
        return None if key is None else pseudonym(key, self._tenant, unit)
