"""Sends bytes to a server of HTTP/1.1 over connections that are kept, and reads its answers."""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.edge.serving import LOCAL, Answer

PATIENCE = 20.0


class RawClient:
    """One connection at a time; a new one after the server, or the client, has ended the last."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None
        self._received = b""
        self.connections = 0

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, raw: bytes, *, is_head: bool, is_last: bool) -> Answer | None:
        """The answer to a request, or None when the server hangs up without one. With `is_last`, nothing follows the
        bytes, and the connection is not used again."""
        connection = self._open()
        # A server that has read enough answers, and hangs up on the rest.
        with suppress(OSError):
            connection.sendall(raw)
            if is_last:
                connection.shutdown(socket.SHUT_WR)
        try:
            answer = self._read(is_head)
        except (ConnectionError, EOFError):
            answer = None
        if is_last or answer is None or answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._received = None, b""

    def _open(self) -> socket.socket:
        if self._connection is None:
            self._connection = socket.create_connection((LOCAL, self._port), timeout=PATIENCE)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
        return self._connection

    def _read(self, is_head: bool) -> Answer:
        while b"\r\n\r\n" not in self._received:
            self._more()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = 0 if is_head or status == 304 else int(headers.get("content-length", 0))
        while len(self._received) < length:
            self._more()
        body, self._received = self._received[:length], self._received[length:]
        return Answer(status, headers, body)

    def _more(self) -> None:
        assert self._connection is not None
        part = self._connection.recv(65_536)
        if not part:
            raise EOFError
        self._received += part
