"""Ways in which an endpoint misbehaves: a wrapper around an application that does what a fault says instead."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

FAULTS = (
    "none",
    "slow",
    "hang",
    "drip",
    "error",
    "throttled",
    "garbage",
    "truncated",
    "huge",
    "unknown",
    "redirect",
    "empty",
)
"""slow and hang before the answer, drip inside of it; unknown answers with outcomes that no decision has."""

_OK = 200
_HUGE_CHUNKS = 32  # of 64 KB: far beyond any answer, and soon over when nobody reads
_JSON = [(b"content-type", b"application/json")]


@dataclass(slots=True)
class Fault:
    """The fault of the moment; may be changed while it serves. `seconds` is how long slow takes, and a drip a byte."""

    name: str = "none"
    seconds: float = 1.0
    served: int = 0


class Faulty:
    """The application, misbehaving by `fault`."""

    def __init__(self, app: ASGIApp, fault: Fault) -> None:
        self._app = app
        self._fault = fault
        self._random = random.Random(7)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the fault says; whatever is not HTTP goes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fault = self._fault
        fault.served += 1
        match fault.name:
            case "none":
                await self._app(scope, receive, send)
            case "slow":
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "hang":
                await asyncio.sleep(3600)
            case "drip":
                await self._drip(send)
            case "error":
                await _answer(send, 500, b'{"error":{"code":"oops","message":"no"}}')
            case "throttled":
                await _answer(send, 429, b"", [(b"retry-after", b"1")])
            case "garbage":
                await _answer(send, _OK, self._random.randbytes(600))
            case "truncated":
                await _answer(send, _OK, b'{"contract":1,"registry":"sha256:')
            case "huge":
                await self._huge(send)
            case "unknown":
                await _answer(send, _OK, b'{"contract":1,"decisions":{"x":{"outcome":"y"}}}')
            case "redirect":
                await _answer(send, 302, b"", [(b"location", b"http://169.254.169.254/")])
            case _:
                await _answer(send, _OK, b"")

    async def _drip(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": _OK, "headers": _JSON})
        for byte in b'{"contract":1,' + b" " * 4096:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(self._fault.seconds)
        await send({"type": "http.response.body", "body": b"}"})

    async def _huge(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": _OK, "headers": _JSON})
        for _ in range(_HUGE_CHUNKS):
            await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers or _JSON})
    await send({"type": "http.response.body", "body": body})
