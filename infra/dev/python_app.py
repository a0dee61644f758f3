"""The Python host as a web application: the local stand-in for an edge that runs Python."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import time_ns
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from decision_engine.hosts.python import Answering, HttpRequest

BODY_READ = 65_537
"""One byte more than a host accepts, so that it sees that a body is too large."""


def application(
    get_host: Callable[[], Answering],
    *,
    clock: Callable[[], int] = lambda: time_ns() // 1_000_000,
    new_id: Callable[[], str] = lambda: str(uuid4()),
) -> Starlette:
    """Serve the host that `get_host` gives at each request; `clock` gives ms UTC. The host answers every path."""

    async def serve(request: Request) -> Response:
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        answer = get_host().respond(
            HttpRequest(
                method=request.method,
                target=_target(request),
                at=clock(),
                new_id=new_id,
                headers=_headers(request),
                body=body,
            )
        )
        return Response(answer.body, answer.status, headers=answer.headers)

    app = Starlette()
    app.router.default = _answering(serve, app.router.default)
    return app


def _answering(serve: Callable[[Request], Awaitable[Response]], otherwise: ASGIApp) -> ASGIApp:
    """Pass every request of HTTP to the host, which answers 404 and 405 by itself; a route would hide some from it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await otherwise(scope, receive, send)
            return
        response = await serve(Request(scope, receive))
        await response(scope, receive, send)

    return answer


async def _read(request: Request) -> bytes:
    """The body, cut behind the first byte too many."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) >= BODY_READ:
            break
    return bytes(body[:BODY_READ])


def _target(request: Request) -> str:
    """Path and query as sent; bytes outside of ASCII are percent-encoded."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope.get("query_string", b"")
    sent = path.partition(b"?")[0] + (b"?" + query if query else b"")
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in sent)


def _headers(request: Request) -> dict[str, str]:
    """Lower-case names; repeated headers joined by `, `, cookies by `; `."""
    joined: dict[str, str] = {}
    for name, value in request.headers.items():
        separator = "; " if name == "cookie" else ", "
        joined[name] = f"{joined[name]}{separator}{value}" if name in joined else value
    return joined
