"""What the lanes of profiles count."""

from __future__ import annotations

from threading import Lock

from .envelope import Refusal

LANES = (
    "asked",
    "memory",
    "kv",
    "absent",
    "missing",
    "joined",
    "stale",
    "failed",
    "rejected",
    "older",
    "late",
    "paused",
    "shed",
)
NAMES = (*Refusal, *LANES, "remembered", "verified", "warmed", "unknown-values")
"""Every counter: why tokens did not count, which lane answered, tokens known and verified, values of no feature."""


class Counters:
    """Whole numbers by name, that threads add to."""

    def __init__(self) -> None:
        self._values = {str(name): 0 for name in NAMES}
        self._lock = Lock()

    def add(self, name: str, count: int = 1) -> None:
        """Add to a counter of `NAMES`."""
        with self._lock:
            self._values[name] += count

    def __getitem__(self, name: str) -> int:
        return self._values[name]

    def as_dict(self) -> dict[str, int]:
        """A copy."""
        with self._lock:
            return dict(self._values)


def hit_ratios(counters: Counters) -> dict[str, float | None]:
    """How well the lanes serve, from 0 to 1, None of nothing.

    `token`: of tokens, those that needed no verification; `memory`: of questions for stored profiles, those that memory
    answered; `kv`: of those that the KV was asked, those that it had a profile for.
    """
    counted = counters.as_dict()
    asked = sum(counted[name] for name in ("kv", "missing", "failed", "rejected"))
    return {
        "token": _share(counted["remembered"], counted["remembered"] + counted["verified"]),
        "memory": _share(counted["memory"] + counted["absent"], counted["asked"]),
        "kv": _share(counted["kv"], asked),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
