"""Records on disk: a journal of JSON Lines for what came last, Parquet for the rest; DuckDB reads both.

    FOLDER/counts/open.jsonl        lines of counters, one a row
    FOLDER/counts/part-*.parquet
    FOLDER/evaluations/...          decisions that were kept, one a row

INVARIANT (once): an event counts once, however often it came. Whoever writes drops the ids that he knows; whoever reads
takes one row of each (source, id, place), so that two writers, or an end between a part and its journal, do no harm.
INVARIANT (retention): a row is seen until its time plus the retention, exclusively, at every reading.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import duckdb
import orjson

from infra.errors import FileError
from infra.records.contract import Batch, CountsRow, EvaluationRow, Refusal

ROLL_AT = 5000
"""Rows of a journal that become a part."""

NEVER = 2**62
"""The retention of what is kept for good, ms."""

COUNTS_COLUMNS = {
    "source": "VARCHAR",
    "id": "VARCHAR",
    "place": "INTEGER",
    "ring": "VARCHAR",
    "node": "VARCHAR",
    "platform": "VARCHAR",
    "time_ms": "BIGINT",
    "kind": "VARCHAR",
    "line": "VARCHAR",
}
EVALUATION_COLUMNS = {
    "source": "VARCHAR",
    "id": "VARCHAR",
    "place": "INTEGER",
    "kind": "VARCHAR",
    "ring": "VARCHAR",
    "node": "VARCHAR",
    "platform": "VARCHAR",
    "time_ms": "BIGINT",
    "trace": "VARCHAR",
    "decision": "VARCHAR",
    "outcome": "VARCHAR",
    "reason": "VARCHAR",
    "rule": "BIGINT",
    "experiment": "VARCHAR",
    "variation": "VARCHAR",
    "mode": "VARCHAR",
    "degrade": "VARCHAR",
    "why": "VARCHAR",
    "probability": "DOUBLE",
    "unit": "VARCHAR",
    "epoch": "VARCHAR",
    "features": "VARCHAR",
    "models": "VARCHAR",
    "fields": "VARCHAR",
    "registry": "VARCHAR",
    "route": "VARCHAR",
    "method": "VARCHAR",
    "status": "INTEGER",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: events that are new, events that were known, and refusals."""

    new: int
    repeated: int
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows are seen, ms."""

    counts: int = NEVER
    evaluations: int = NEVER


class RecordStore:
    """The records of a folder. One process writes; any number read. Raises FileError."""

    def __init__(self, folder: Path, retention: Retention = Retention()) -> None:
        self._retention = retention
        self._counts = _Table(folder / "counts", COUNTS_COLUMNS)
        self._evaluations = _Table(folder / "evaluations", EVALUATION_COLUMNS)
        self._lock = Lock()
        self._known: set[tuple[str, str]] | None = None

    def take(self, batch: Batch, now: int) -> Taken:
        """Keep the events of a batch that are new and not expired."""
        with self._lock:
            sorting = _Sorting(self._ids(), now)
            counts = [rows for rows in batch.counts if rows and sorting.keeps(rows[0], self._retention.counts)]
            kept = [row for row in batch.evaluations if sorting.keeps(row, self._retention.evaluations)]
            self._counts.append([_counts_row(row) for rows in counts for row in rows])
            self._evaluations.append([_evaluation_row(row) for row in kept])
            self._ids().update(sorting.new)  # not before they are written: the sender tries again
            refused = (*batch.refused, *[Refusal.EXPIRED] * sorting.expired)
            return Taken(len(sorting.new), sorting.repeated, refused)

    def lines(self, now: int) -> list[dict[str, Any]]:
        """The lines of counters that are seen at `now`, in the order of their time, as the documents of a log."""
        found = self._counts.read("line", self._retention.counts, now)
        return [orjson.loads(line) for (line,) in found]

    def evaluations(self, now: int, where: str = "TRUE", values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The kept decisions that are seen at `now` and meet a condition of SQL with `?` for `values`."""
        columns = ", ".join(f'"{name}"' for name in EVALUATION_COLUMNS)
        rows = self._evaluations.read(columns, self._retention.evaluations, now, where, values)
        found = [dict(zip(EVALUATION_COLUMNS, row, strict=True)) for row in rows]
        return [row | {name: orjson.loads(row[name] or "null") for name in ("models", "fields")} for row in found]

    def query(self, select: str, now: int, group: str = "") -> list[tuple[Any, ...]]:
        """Columns of SQL over the kept decisions that are seen at `now`."""
        return self._evaluations.read(select, self._retention.evaluations, now, "TRUE", (), group)

    def roll(self) -> None:
        """Make parts of the journals."""
        with self._lock:
            self._counts.roll()
            self._evaluations.roll()

    def _ids(self) -> set[tuple[str, str]]:
        if self._known is None:
            known: set[tuple[str, str]] = set()
            for table in (self._counts, self._evaluations):
                known.update(table.read("DISTINCT source, id", NEVER, 0))
            self._known = known
        return self._known


@dataclass(slots=True)
class _Sorting:
    """Tells the events of a batch that are to be kept from the others."""

    known: Set[tuple[str, str]]
    now: int
    new: set[tuple[str, str]] = field(default_factory=set)
    repeated: int = 0
    expired: int = 0

    def keeps(self, row: CountsRow | EvaluationRow, lasts: int) -> bool:
        key = (row.source, row.id)
        if row.at + lasts <= self.now:
            self.expired += 1
        elif key in self.known or key in self.new:
            self.repeated += 1
        else:
            self.new.add(key)
            return True
        return False


class _Table:
    """One kind of rows: a journal and parts."""

    def __init__(self, folder: Path, columns: dict[str, str]) -> None:
        self._folder = folder
        self._journal = folder / "open.jsonl"
        self._columns = columns
        self._rows: int | None = None

    def append(self, rows: Iterable[dict[str, Any]]) -> None:
        """Write rows behind the others: at once, and whole lines only."""
        lines = [orjson.dumps(row) + b"\n" for row in rows]
        if not lines:
            return
        try:
            if self._rows is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._rows = self._mend()
            with self._journal.open("ab") as file:
                file.write(b"".join(lines))
        except OSError as fault:
            raise _unwritable(self._journal, fault) from None
        self._rows += len(lines)
        if self._rows >= ROLL_AT:
            self.roll()

    def roll(self) -> None:
        """Make a part of the journal."""
        if not self._journal.exists() or self._journal.stat().st_size == 0:
            return
        part = self._folder / f"part-{uuid4().hex}.parquet"
        unfinished = part.with_suffix(".tmp")
        try:
            rows = f"SELECT * FROM {self._read_journal()}"
            with duckdb.connect() as database:
                database.execute(f"COPY ({rows}) TO {_quoted(unfinished)} (FORMAT parquet, COMPRESSION zstd)")
            unfinished.rename(part)
            os.truncate(self._journal, 0)
        except OSError as fault:
            raise _unwritable(part, fault) from None
        self._rows = 0

    def read(
        self,
        select: str,
        lasts: int,
        now: int,
        where: str = "TRUE",
        values: Sequence[object] = (),
        group: str = "",
    ) -> list[tuple[Any, ...]]:
        """Columns of the rows that are seen at `now`, each event once."""
        parts = sorted(self._folder.glob("part-*.parquet"))
        sources = [f"SELECT * FROM read_parquet([{', '.join(map(_quoted, parts))}])"] if parts else []
        if self._journal.exists() and self._journal.stat().st_size:
            sources.append(f"SELECT * FROM {self._read_journal()}")
        if not sources:
            return []
        seen = f"""
            SELECT * FROM ({" UNION ALL ".join(sources)})
            WHERE time_ms > ?
            QUALIFY row_number() OVER (PARTITION BY source, id, place ORDER BY time_ms) = 1
        """
        order = "" if group or "DISTINCT" in select else "ORDER BY time_ms, source, id, place"
        text = f"SELECT {select} FROM ({seen}) WHERE {where} {group} {order}"
        try:
            with duckdb.connect() as database:
                return database.execute(text, [now - lasts, *values]).fetchall()
        except duckdb.IOException as fault:
            raise FileError("not-parquet", f"expected parts of records: {fault}", str(self._folder)) from None

    def _read_journal(self) -> str:
        columns = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in self._columns.items())
        options = f"format='newline_delimited', columns={{{columns}}}, ignore_errors=true"
        return f"read_json({_quoted(self._journal)}, {options})"

    def _mend(self) -> int:
        """Drop a line that was cut off by an end of the process; how many there are."""
        if not self._journal.exists():
            return 0
        content = self._journal.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(self._journal, whole)
        return content.count(b"\n")


def _counts_row(row: CountsRow) -> dict[str, Any]:
    line = row.line
    return {
        "source": row.source,
        "id": row.id,
        "place": row.place,
        "ring": line.ring,
        "node": line.node,
        "platform": row.platform,
        "time_ms": row.at,
        "kind": line.kind,
        "line": line.model_dump_json(by_alias=True),
    }


def _evaluation_row(row: EvaluationRow) -> dict[str, Any]:
    named = {name: row.values[name] for name in EVALUATION_COLUMNS if name in row.values}
    about = {"source": row.source, "id": row.id, "place": 0, "kind": row.kind, "ring": row.ring, "node": row.node}
    models = row.values["models"]
    return {
        **about,
        "platform": row.platform,
        "time_ms": row.at,
        "trace": row.trace,
        **named,
        "models": None if models is None else orjson.dumps(models).decode(),
        "fields": orjson.dumps(row.fields).decode(),
    }


def _quoted(path: Path) -> str:
    return _text(str(path))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _unwritable(path: Path, fault: OSError) -> FileError:
    return FileError("unwritable", f"expected a folder that can be written to: {fault.strerror}", str(path))
