"""Sends raw requests of HTTP/1.1 over a few kept connections at once, and times each of them.

Answers are only read here, never looked at: what a check costs must not be counted as the worker's time.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from infra.errors import EngineError

HOST = "127.0.0.1"
CONNECTIONS = 8
PATIENCE_SECONDS = 15.0
"""How long an answer may take; a request without one by then counts as not answered."""

_HEAD_END = b"\r\n\r\n"
_READ = 262_144
_NO_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes of a request. `ends` says that the connection is of no use after them: the client closes its side."""

    raw: bytes
    is_head: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `status` is 0 when the server hung up or stayed silent. `head` is as sent; `seconds` from sending to
    having read it."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    def header(self, name: str) -> str | None:
        """The header of a name in lower case; repeated ones joined by a line feed."""
        values = list(self.headers(name))
        return "\n".join(values) if values else None

    def headers(self, name: str) -> Iterator[str]:
        """Each header of a name in lower case."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name:
                yield value.strip()


def exchange(port: int, requests: Sequence[Request], connections: int = CONNECTIONS) -> list[Reply]:
    """Send all requests, `connections` of them at a time; the replies come in the order of the requests.

    Raises EngineError when nothing listens at the port.
    """
    return _Exchange(port, requests).run(min(connections, len(requests)))


class _Line:
    """One connection with the request that is under way on it."""

    __slots__ = ("answered", "index", "received", "request", "socket", "started")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.received = bytearray()
        self.index = -1
        self.answered = 0
        self.request = Request(b"")
        self.started = 0.0


class _Exchange:
    def __init__(self, port: int, requests: Sequence[Request]) -> None:
        self._port = port
        self._requests = requests
        self._replies: list[Reply | None] = [None] * len(requests)
        self._next = 0
        self._open = 0

    def run(self, connections: int) -> list[Reply]:
        with selectors.DefaultSelector() as selector:
            try:
                for _ in range(connections):
                    self._start(selector)
                while self._open:
                    self._turn(selector)
            finally:
                for key in list(selector.get_map().values()):
                    key.data.socket.close()
        return list(_complete(self._replies))

    def _turn(self, selector: selectors.BaseSelector) -> None:
        ready = selector.select(timeout=1.0)
        now = time.perf_counter()
        for key, _ in ready:
            self._read(selector, key.data)
        if not ready:
            for key in list(selector.get_map().values()):
                if now - key.data.started > PATIENCE_SECONDS:
                    self._finish(selector, key.data, Reply(0, b"", b"", now - key.data.started), keep=False)

    def _start(self, selector: selectors.BaseSelector) -> None:
        """A new connection with the next request, if there is one."""
        if self._next >= len(self._requests):
            return
        self._next += 1
        self._send(self._connect(selector), self._next - 1)

    def _again(self, selector: selectors.BaseSelector, line: _Line) -> None:
        """Send on a new connection what met a kept one that the server had just ended, as any client of HTTP does."""
        selector.unregister(line.socket)
        line.socket.close()
        self._open -= 1
        self._send(self._connect(selector), line.index)

    def _connect(self, selector: selectors.BaseSelector) -> _Line:
        try:
            connection = socket.create_connection((HOST, self._port), timeout=PATIENCE_SECONDS)
        except OSError as fault:
            raise EngineError("no-answer", f"the worker at {HOST}:{self._port} did not answer: {fault!r}") from None
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(connection)
        selector.register(connection, selectors.EVENT_READ, line)
        self._open += 1
        return line

    def _send(self, line: _Line, index: int) -> None:
        line.index, line.request = index, self._requests[index]
        line.started = time.perf_counter()
        with suppress(OSError):  # a server that has read enough answers, and hangs up on the rest
            line.socket.sendall(line.request.raw)
            if line.request.ends:
                line.socket.shutdown(socket.SHUT_WR)

    def _read(self, selector: selectors.BaseSelector, line: _Line) -> None:
        try:
            part = line.socket.recv(_READ)
        except OSError:
            part = b""
        now = time.perf_counter()
        line.received += part
        taken = _take(line.received, line.request.is_head, is_over=not part)
        if taken is None:
            if not part and not line.received and line.answered:
                self._again(selector, line)
            elif not part:
                self._finish(selector, line, Reply(0, b"", bytes(line.received), now - line.started), keep=False)
            return
        status, head, body, used = taken
        del line.received[:used]
        closes = not part or line.request.ends or b"connection: close" in head.lower() or bool(line.received)
        self._finish(selector, line, Reply(status, head, body, now - line.started), keep=not closes)

    def _finish(self, selector: selectors.BaseSelector, line: _Line, reply: Reply, *, keep: bool) -> None:
        self._replies[line.index] = reply
        line.answered += 1
        if keep and self._next < len(self._requests):
            self._next += 1
            self._send(line, self._next - 1)
            return
        selector.unregister(line.socket)
        line.socket.close()
        self._open -= 1
        self._start(selector)


def _take(received: bytearray, is_head: bool, *, is_over: bool) -> tuple[int, bytes, bytes, int] | None:
    """Status, head, body and size of the answer that the bytes begin with; None while it is not complete."""
    end = received.find(_HEAD_END)
    if end < 0:
        return None
    head = bytes(received[:end])
    start = end + len(_HEAD_END)
    status = int(head[9:12]) if head[9:12].isdigit() else 0
    if is_head or status in _NO_BODY:
        return status, head, b"", start
    length = _length(head)
    if length is not None:
        if len(received) < start + length:
            return None
        return status, head, bytes(received[start : start + length]), start + length
    if b"chunked" in head.lower():
        found = _unchunk(received, start)
        return None if found is None else (status, head, *found)
    return (status, head, bytes(received[start:]), len(received)) if is_over else None


def _length(head: bytes) -> int | None:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at < 0:
        return None
    value = lower[at + 17 :].partition(b"\r\n")[0].strip()
    return int(value) if value.isdigit() else None


def _unchunk(received: bytearray, at: int) -> tuple[bytes, int] | None:
    """The body of a chunked answer and where it ends; None while it is not complete."""
    parts: list[bytes] = []
    while True:
        line_end = received.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(bytes(received[at:line_end]).partition(b";")[0], 16)
        at = line_end + 2
        if len(received) < at + size + 2:
            return None
        if size == 0:
            return b"".join(parts), at + 2
        parts.append(bytes(received[at : at + size]))
        at += size + 2


def _complete(replies: Iterable[Reply | None]) -> Iterator[Reply]:
    for reply in replies:
        assert reply is not None, "every request was sent"
        yield reply
