"""The sink as a web application: one route, which takes batches of CloudEvents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import time_ns

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from decision_engine.hosts.python.records import BATCH_TYPE
from infra.errors import InfraError
from infra.records.contract import read_batch
from infra.records.store import RecordStore

RECORDS_PATH = "/v1/records"
MOST_BYTES = 2_097_152


def records_app(store: RecordStore, clock: Callable[[], int] = lambda: time_ns() // 1_000_000) -> Starlette:
    """Serve a store. A batch that is taken is on disk before its answer: 202 with what became of its events.

    400: not a list of events; 413: too large; 415: of another type; 503: the disk does not take it, so send it again.
    """

    async def take(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != BATCH_TYPE:
            return _refused(415, "unknown-format", f"expected `{BATCH_TYPE}`")
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _refused(413, "too-large", f"expected at most {MOST_BYTES:,} bytes")
        return await run_in_threadpool(keep, body)

    def keep(body: bytes) -> Response:
        now = clock()
        batch = read_batch(body, now)
        if batch is None:
            return _refused(400, "not-a-batch", "expected a list of at most 1,000 events in JSON")
        try:
            taken = store.take(batch, now)
        except InfraError:
            return _refused(503, "unwritable", "expected a disk that takes records: send the batch again")
        refused = Counter(str(one) for one in taken.refused)
        return JSONResponse({"new": taken.new, "repeated": taken.repeated, "refused": dict(refused)}, 202)

    return Starlette(routes=[Route(RECORDS_PATH, take, methods=["POST"])])


async def _read(request: Request) -> bytes | None:
    """The body; None when it is longer than is read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
