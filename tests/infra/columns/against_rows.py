"""Columns beside single rows: the same vectors, bit for bit, and the same statuses."""

from collections.abc import Iterable, Sequence

import numpy as np

from decision_engine.hosts.python.encode import encoder
from decision_engine.ir import Program
from infra.columns import STATUSES, ColumnEncoder, Requests
from infra.engines.engine import host_tables
from infra.replay.request_files import Session

NOW = 1_763_712_000_000


def check(program: Program, batches: Iterable[Requests], sessions: Sequence[Session]) -> None:
    """The vectors and statuses of the batches are those of the host for the sessions, one after the other."""
    tables = host_tables(program)
    columns = ColumnEncoder(tables, [feature["name"] for feature in tables["features"]])
    found = [columns.encode(batch, NOW) for batch in batches]
    host = encoder(tables)
    expected = [host(request, NOW if at is None else at) for request, at in sessions]
    vectors = np.concatenate([rows.vectors for rows in found])
    wanted = np.array([one.vector for one in expected]).reshape(vectors.shape)
    same = (vectors.view(np.int64) == wanted.view(np.int64)) | (np.isnan(vectors) & np.isnan(wanted))
    wrong = np.argwhere(~same)
    assert not len(wrong), [
        (program.inputs[column], vectors[row, column], wanted[row, column], sessions[row]) for row, column in wrong[:3]
    ]
    for number, feature in enumerate(tables["features"]):
        statuses = np.concatenate([rows.statuses[feature["name"]] for rows in found])
        told = [STATUSES[status] for status in statuses]
        assert told == [one.statuses[number][1] for one in expected], feature["name"]
