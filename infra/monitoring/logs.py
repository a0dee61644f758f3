"""Logs of counters and histograms: JSON Lines that are added up line by line, and written whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import orjson
from pydantic import ValidationError

from decision_engine.monitoring import Tally, TelemetryLine, telemetry_line
from decision_engine.monitoring.documents import ScoresLine, ServedLine, ValuesLine
from feature_registry import Diagnostic, Place, error
from infra.files import replacing, unreadable
from infra.monitoring.errors import MonitoringError

_MOST_PROBLEMS = 100
_LONGEST_LINE = 2**20
_OPERATIONS = ("decided", "requests", "stages", "consent", "counted")


def read_log(path: Path, known: frozenset[str], on_line: Callable[[], None] = lambda: None) -> tuple[Tally, int]:
    """All lines added up, and how many of them speak of features and models that are not among the `known`.

    These are left out, so that what is in memory does not grow with the file. Raises MonitoringError with all bad lines
    (100 at most), and for a log without any line.
    """
    tally, unknown, lines = Tally(), 0, 0
    problems: list[Diagnostic] = []
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(_LONGEST_LINE + 1), b""), 1):
                if not raw.strip():
                    continue
                lines += 1
                found = _read_line(path, number, raw)
                if isinstance(found, Diagnostic):
                    problems.append(found)
                    if len(problems) >= _MOST_PROBLEMS:
                        break
                elif subject_of(found) in (None, *known):
                    tally.add_line(found)
                else:
                    unknown += 1
                on_line()
    except (OSError, ValueError) as fault:
        raise MonitoringError(unreadable(fault, str(path), "a log of histograms").diagnostics) from None
    if not lines:
        message = "expected lines of counters and histograms, found an empty log"
        problems.append(error("empty-log", message, Place(str(path)), "docs/freshness.md describes the format"))
    if problems:
        raise MonitoringError(problems)
    return tally, unknown


def write_log(path: Path, tally: Tally, registry: str) -> None:
    """Write a tally as a log. Raises FileError."""
    with replacing(path) as file:
        for line in tally.lines(registry):
            file.write(line.model_dump_json(by_alias=True, exclude_defaults=False).encode() + b"\n")


def _read_line(path: Path, number: int, raw: bytes) -> TelemetryLine | Diagnostic:
    place = Place(str(path), number, 1)
    if len(raw) > _LONGEST_LINE:
        return error("too-large", f"expected lines of at most {_LONGEST_LINE:,} bytes, found a longer one", place)
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        return error("bad-line", f"expected JSON: {_reason(str(fault))}", place, "each line is a JSON object")
    try:
        return telemetry_line.validate_python(document)
    except ValidationError as faults:
        first = faults.errors(include_url=False)[0]
        location = [
            str(part) for part in first["loc"] if part not in ("sessions", "served", "values", "scores", *_OPERATIONS)
        ]
        pointer = "".join(f"/{part}" for part in location if part != "[key]")
        message = first["msg"] if first["type"] == "refused" else f"expected another value: {_reason(first['msg'])}"
        at = Place(str(path), number, 1, pointer)
        return error("bad-line", message, at, "docs/freshness.md describes the format")


def subject_of(line: TelemetryLine) -> str | None:
    """The feature, or `model NAME`, that a line speaks of; None for one of neither."""
    match line:
        case ScoresLine():
            return f"model {line.model}"
        case ServedLine() | ValuesLine():
            return line.feature
        case _:
            return None


def _reason(text: str) -> str:
    text = re.sub(r"'([^']*)'", r"`\1`", text)
    return text[:1].lower() + text[1:]
