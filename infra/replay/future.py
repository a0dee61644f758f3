"""Recorded sessions that know the future: values written after the time at which the session is decided.

Such a row was joined with what came later. It decides as no visitor was ever decided, and makes models and rules look
better than they are. The edge takes a time to come for age 0 (docs/features.md), so a replay has to tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from decision_engine.hosts.python.values import timestamp

CLOCKS = 300_000
"""Milliseconds by which clocks may differ; a value written within them after the request is none of the future."""


def knows_the_future(request: Mapping[str, object], at: int) -> bool:
    """Whether a value of the request was written more than CLOCKS after `at` (ms UTC), as its timestamps say."""
    written = request.get("timestamps")
    if not isinstance(written, dict):
        return False
    return any(since is not None and since > at + CLOCKS for since in map(timestamp, written.values()))
