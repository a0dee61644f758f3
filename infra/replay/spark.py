"""The scorer of `edgewise replay` for tables beyond one machine: record batches of Arrow in, record batches out.

    scorer = replay_batches("my_shop", load_map(Path("map.json")), number="row", keep=("row",))
    frame.mapInArrow(scorer, "row long, at long, answer string")

Any engine that maps an iterator of record batches runs it; Spark's `mapInArrow` is the one that it is tested with.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow

from decision_engine.artefact import MANIFEST, tables_json
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmVersionError
from feature_registry import Diagnostic, Place, error, load
from feature_registry.nearest import suggestion
from infra.engines.wasm import WasmRowsEngine
from infra.errors import NOWHERE, EngineError
from infra.replay.cells import Cell
from infra.replay.errors import MapError, ReplayError, RequestFileError
from infra.replay.mapping import MakeRequest, Mapping
from infra.replay.native_tables import ArrowBatch, connect
from infra.replay.request_files import mapped

ROWS = 2048
"""Rows that are decided at once, whatever the size of the batches that come in: memory stays flat."""

ANSWER_FIELDS = (pyarrow.field("at", pyarrow.int64()), pyarrow.field("answer", pyarrow.string()))
"""What stands behind the columns that are kept: the time of the session in ms UTC, and the answer's text."""


def replay_batches(
    source: str | Path, mapping: Mapping, *, number: str | None = None, keep: Sequence[str] = (), at: int | None = None
) -> BatchScorer:
    """The scorer of a registry, or of a folder that `edgewise compile --target wasm` wrote.

    `number` is the column with each row's number from 1, which a map needs whose picks or templates use it: a batch
    does not know how many rows come before it. `keep` names the columns that stand in front of the answers, as they
    come in. `at` (ms UTC) is the time of every session; without it sessions have the time that the map gives, else
    that of this call.

    Raises RegistryError or InfraError when the source cannot be used, and MapError when `number` is missing.
    """
    module, tables = _read(Path(source))
    if number is None and mapping.reads_number:
        message = "expected the name of the column with each row's number, found none: the map uses `{row}`"
        help_line = "number the rows from 1, or give picks a `by` and templates a column"
        raise MapError([error("no-row-number", message, NOWHERE, help_line)])
    _engine(module, tables)
    now = time.time_ns() // 1_000_000
    return BatchScorer(module, tables, mapping, number, tuple(keep), at, now)


@dataclass(frozen=True, slots=True)
class BatchScorer:
    """Decides the rows of record batches. A plain value that holds the compiled program, so workers need no registry.

    A process makes the engine once, for all scorers of the same program.
    """

    module: bytes
    tables: bytes
    mapping: Mapping
    number: str | None
    keep: tuple[str, ...]
    at: int | None
    now: int

    def __call__(self, batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        """The columns kept, `at` and `answer` of every row, in order.

        Raises MapError when a column is missing, and RequestFileError with all bad rows among those decided at once.
        """
        connection = connect()
        connection.execute("SET threads = 1")
        make = self.mapping.prepare()
        for batch in batches:
            for start in range(0, batch.num_rows, ROWS):
                yield self._decide(connection, make, batch.slice(start, ROWS))

    def schema(self, given: pyarrow.Schema) -> pyarrow.Schema:
        """The schema of what comes out for batches of the schema given."""
        return pyarrow.schema([*(given.field(name) for name in self.keep), *ANSWER_FIELDS])

    def _decide(
        self, connection: duckdb.DuckDBPyConnection, make: MakeRequest, batch: pyarrow.RecordBatch
    ) -> pyarrow.RecordBatch:
        sessions: list[tuple[dict[str, object], int]] = []
        problems: list[Diagnostic] = []
        for found in self._sessions(connection, make, batch):
            if isinstance(found, Diagnostic):
                problems.append(found)
            else:
                sessions.append(found)
        if problems:
            raise RequestFileError(problems)
        answers = _engine(self.module, self.tables).answers(sessions)
        columns = [
            *(batch.column(name) for name in self.keep),
            pyarrow.array([at for _, at in sessions], pyarrow.int64()),
            pyarrow.array(answers, pyarrow.string()),
        ]
        return pyarrow.RecordBatch.from_arrays(columns, schema=self.schema(batch.schema))

    def _sessions(
        self, connection: duckdb.DuckDBPyConnection, make: MakeRequest, batch: pyarrow.RecordBatch
    ) -> Iterator[tuple[dict[str, object], int] | Diagnostic]:
        table = ArrowBatch(connection, batch)
        self._check(table.columns)
        columns = list(self.mapping.columns)
        selected = columns if self.number is None else [*columns, self.number]
        for index, row in enumerate(table.rows(selected)):
            number = index + 1 if self.number is None else row[-1]
            place = Place("", pointer=f"/{index}")
            if type(number) is not int:
                yield error("bad-cell", f"expected the row's number in `{self.number}`, found `{number}`", place)
                continue
            cells: dict[str, Cell] = dict(zip(columns, row, strict=False))
            found = mapped(make, cells, number, self.at, place)
            yield found if isinstance(found, Diagnostic) else (found[0], self.now if found[1] is None else found[1])

    def _check(self, columns: Sequence[str]) -> None:
        wanted = (*self.keep, *(() if self.number is None else (self.number,)))
        problems = self.mapping.problems(columns) + [
            error("unknown-column", f"the table has no column `{name}`", NOWHERE, suggestion(name, columns, "columns"))
            for name in dict.fromkeys(wanted)
            if name not in columns
        ]
        if problems:
            raise MapError(problems)


@lru_cache(maxsize=4)
def _engine(module: bytes, tables: bytes) -> WasmRowsEngine:
    """The engine of a program in this process."""
    try:
        return WasmRowsEngine(module, json.loads(tables))
    except (WasmVersionError, ValueError) as fault:
        raise EngineError("wrong-version", str(fault), "compile the registry anew") from fault


def _read(source: Path) -> tuple[bytes, bytes]:
    """The module and the tables of an artefact, or of a registry."""
    if not (source / MANIFEST).is_file():
        registry = load(source, SIGNATURES)
        program = compile_program(registry, load_models(registry))
        return emit_wasm(program).content, tables_json(program)
    target = json.loads((source / MANIFEST).read_bytes())["target"]
    if target != "wasm":
        message = f"expected an artefact of the target `wasm`, found one of `{target}`"
        raise ReplayError([error("wrong-target", message, Place(str(source)), "or give the registry itself")])
    return (source / "program.wasm").read_bytes(), (source / "tables.json").read_bytes()
