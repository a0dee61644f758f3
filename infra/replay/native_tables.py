"""Rows of typed tables, in Parquet files and Arrow batches alike: one query of DuckDB makes cells of every type.

The rows are streamed: at most FETCHED of them are Python values at a time, however large the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from feature_registry import Place, error
from infra.replay.cells import Cell
from infra.replay.errors import RequestFileError

if TYPE_CHECKING:
    import pyarrow

FETCHED = 2048
"""Rows that are fetched at once."""

_BATCH = "batch"


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory, which prints no progress of its own between what a command prints."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    return connection


class ParquetFile:
    """A Parquet file; `columns` are the names of its columns. Raises RequestFileError when it is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kinds = _kinds(self._query("DESCRIBE SELECT * FROM read_parquet(?)"))
        self.columns: tuple[str, ...] = tuple(self._kinds)

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
        """The cells of `columns`, row by row, in the order of the file."""
        return _fetch(self._query(f"SELECT {_selection(columns, self._kinds)} FROM read_parquet(?)"))

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pyarrow.RecordBatch]:
        """The cells of `columns` in batches of Arrow of at most so many rows, in the order of the file."""
        sql = f"SELECT {_selection(columns, self._kinds)} FROM read_parquet(?)"
        connection = connect()
        connection.execute("SET threads = 1")  # more of them read ahead, and hold what they read
        try:
            yield from connection.sql(sql, params=[str(self._path)]).to_arrow_reader(rows)
        except (duckdb.Error, OSError, ValueError) as fault:
            raise self._no_parquet(fault) from fault

    def count(self) -> int:
        """How many rows the file has."""
        found = self._query("SELECT count(*) FROM read_parquet(?)").fetchone()
        assert found is not None, "a count has one row"
        return int(found[0])

    def _query(self, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return connect().execute(sql, [str(self._path)])
        except duckdb.Error as fault:
            raise self._no_parquet(fault) from fault

    def _no_parquet(self, fault: Exception) -> RequestFileError:
        message = f"expected Parquet: {str(fault).splitlines()[0]}"
        return RequestFileError([error("not-parquet", message, Place(str(self._path)))])


class ArrowBatch:
    """A record batch of Arrow; as ParquetFile, so that its rows have the very cells of the same table as a file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, batch: pyarrow.RecordBatch) -> None:
        import pyarrow

        self._connection = connection.register(_BATCH, pyarrow.Table.from_batches([batch]))
        self._kinds = _kinds(connection.execute(f"DESCRIBE SELECT * FROM {_BATCH}"))
        self.columns: tuple[str, ...] = tuple(self._kinds)

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
        """The cells of `columns`, row by row."""
        return _fetch(self._connection.execute(f"SELECT {_selection(columns, self._kinds)} FROM {_BATCH}"))


def _kinds(described: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The SQL type of each column."""
    return {str(name): str(kind) for name, kind, *_ in described.fetchall()}


def _fetch(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Cell, ...]]:
    while rows := found.fetchmany(FETCHED):
        yield from rows


def _selection(columns: Sequence[str], kinds: dict[str, str]) -> str:
    return ", ".join(_selected(name, kinds[name]) for name in columns) or "NULL"


def _selected(column: str, kind: str) -> str:
    """The column, in a type that is a Cell: times become ms UTC, what is neither number, bool nor text becomes text."""
    name = '"' + column.replace('"', '""') + '"'
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"epoch_ms({name})"
    if kind.startswith(("DECIMAL", "FLOAT")):
        return f"CAST({name} AS DOUBLE)"
    if kind in {"BOOLEAN", "DOUBLE", "VARCHAR", "VARCHAR[]"} or kind.endswith("INT") or kind.endswith("INTEGER"):
        return name
    return f"CAST({name} AS VARCHAR)"
