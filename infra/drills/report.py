"""What drills found, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from decision_engine.compact_json import Json, compact
from infra.drills.drill import Found

COLUMNS = ("#", "drill", "requests", "5xx", "malformed", "p99 added", "result")
NUMBERS = (0, 2, 3, 4, 5)
"""The columns that stand to the right."""


def document(found: Sequence[Found]) -> Json:
    """The report of a run."""
    return {"drills": [one.to_json() for one in found]}


def document_bytes(found: Sequence[Found]) -> bytes:
    """The report as a file."""
    return compact(document(found)).encode() + b"\n"


def rows(found: Sequence[Found]) -> Iterator[tuple[str, ...]]:
    """The lines of the table."""
    for one in found:
        if one.skipped is not None:
            yield str(one.id), one.name, "-", "-", "-", "-", f"not run: {one.skipped}"
            continue
        added = "-" if one.p99_added_ms is None else f"{one.p99_added_ms:.1f} ms"
        result = "passed" if one.passed else f"failed: {one.faults:,} faults"
        yield str(one.id), one.name, f"{one.requests:,}", f"{one.status_5xx:,}", f"{one.malformed:,}", added, result


def summary(found: Sequence[Found]) -> str:
    """The run in a line."""
    requests, errors = sum(one.requests for one in found), sum(one.status_5xx for one in found)
    passed = sum(one.passed is True for one in found)
    failed = sum(one.passed is False for one in found)
    skipped = sum(one.passed is None for one in found)
    text = f"{requests:,} requests, {errors:,} with a 5xx, {sum(one.malformed for one in found):,} malformed outcomes: "
    text += f"{passed} drills passed, {failed} failed"
    return text + (f", {skipped} not run" if skipped else "")
