"""Sessions through engines, batch by batch: what is in memory is two batches at most, however long the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from feature_registry import error
from infra.engines import Engine, Request
from infra.errors import NOWHERE, RefusedRequestError, RequestsError
from infra.replay.comparison import Tally
from infra.replay.future import knows_the_future
from infra.replay.request_files import Session

BATCH = 512
"""Sessions that are decided at once."""


def decide_stream(
    engines: Sequence[Engine],
    sessions: Iterable[Session],
    now: int,
    tally: Tally,
    file: BinaryIO,
    on_batch: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write the first engine's answer to each session, one a line, and count it; a second engine's is compared with it.

    `now` (ms UTC) is the time of sessions that have none. `on_batch` is told how many rows were done.
    Raises RequestsError with the row when an engine refuses a request.
    """
    for batch in _batches(sessions, now):
        tally.future += sum(knows_the_future(request, at) for request, at in batch)
        left, *others = [_answers(engine, batch, tally.rows) for engine in engines]
        for index, answer in enumerate(left):
            tally.add(answer, others[0][index] if others else None)
        file.write("".join([f"{answer}\n" for answer in left]).encode())
        on_batch(len(batch))


def _batches(sessions: Iterable[Session], now: int) -> Iterator[list[tuple[Request, int]]]:
    timed = ((request, now if at is None else at) for request, at in sessions)
    while batch := list(islice(timed, BATCH)):
        yield batch


def _answers(engine: Engine, batch: list[tuple[Request, int]], before: int) -> list[str]:
    """The answers to a batch; a refusal says which row of the file is meant."""
    try:
        return engine.answers(batch)
    except RefusedRequestError as refused:
        message = f"row {before + refused.index + 1}: {refused.message}"
        raise RequestsError([error(refused.code, message, NOWHERE, refused.help)]) from None
