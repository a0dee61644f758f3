"""Sends questions to the cloud over HTTP: one address, no redirects, and no longer than the deadline.

Imported by who needs it only: some platforms have neither sockets nor threads.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

from ..origins import read_origin
from .ask import MOST_CALLS, Ask, Reply, Start

_CHUNK = 4096


def http_ask(
    address: str,
    *,
    key: str | None = None,
    private: Collection[str] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Ask:
    """The `ask` of a re-rank endpoint; `key` is sent as a bearer token, `clock` is monotonic, in seconds. Raises
    OriginError for an address that may not be named; `private` lists the `HOST:PORT` of inside that may."""
    origin = read_origin(address, private)
    parts = urlsplit(origin.base)
    host, is_secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    path = origin.path or "/"
    secure = ssl.create_default_context() if is_secure else None
    own = {} if key is None else {"authorization": f"Bearer {key}"}

    def ask(body: bytes, deadline: int, headers: Mapping[str, str], most: int) -> Reply:
        ends = clock() + deadline / 1000
        connection = HTTPConnection(host, port)
        raw = socket.create_connection((host, port), timeout=deadline / 1000)
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if secure is not None:
                raw.settimeout(_left(ends, clock))
                raw = secure.wrap_socket(raw, server_hostname=host)
            connection.sock = _Deadlined(raw, ends, clock)
            connection.request("POST", path, body, {**headers, **own})
            response = connection.getresponse()
            found = bytearray()
            while len(found) <= most and (chunk := response.read1(min(_CHUNK, most + 1 - len(found)))):
                found += chunk
            return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, bytes(found))
        finally:
            raw.close()

    return ask


def threads(most: int = MOST_CALLS) -> Start:
    """A `start` that runs calls in threads: a wait then ends in time, whatever the network does."""
    pool = ThreadPoolExecutor(most, thread_name_prefix="edgewise-ask")

    def start(call: Callable[[], None]) -> None:
        pool.submit(call)

    return start


def at_once(call: Callable[[], None]) -> None:
    """A `start` for platforms without threads: the call runs here, and its own deadline must hold."""
    call()


class _Deadlined:
    """A socket of which every wait ends with one deadline, however slowly bytes drip."""

    def __init__(self, inner: socket.socket, ends: float, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._ends = ends
        self._clock = clock

    def sendall(self, data: bytes) -> None:
        """Send all of it in time."""
        self._inner.settimeout(_left(self._ends, self._clock))
        self._inner.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What is received, as a file."""
        assert mode == "rb", "http.client reads bytes"
        return io.BufferedReader(_Received(self._inner, self._ends, self._clock))

    def close(self) -> None:
        """The caller closes the socket itself."""


class _Received(io.RawIOBase):
    def __init__(self, inner: socket.socket, ends: float, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._ends = ends
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # all that BufferedReader gives
        self._inner.settimeout(_left(self._ends, self._clock))
        return self._inner.recv_into(buffer)


def _left(ends: float, clock: Callable[[], float]) -> float:
    """The seconds until the deadline. Raises `TimeoutError` when it is over."""
    left = ends - clock()
    if left <= 0:
        raise TimeoutError("the deadline is over")
    return left
