"""The client of the drills: answers of every framing, servers that hang up, and how long each took."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infra.drills.client import HOST, Request, exchange
from infra.errors import EngineError

GET = Request(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n3;x=y\r\n, a\r\n0\r\n\r\n"
CLOSED = b"HTTP/1.1 200 OK\r\n\r\nuntil the end"
EMPTY = b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"


@contextmanager
def server(answer: Callable[[socket.socket, int], bool]) -> Iterator[int]:
    """Calls `answer` with the number of each request until it says that the connection is over."""
    listening = socket.create_server((HOST, 0))
    numbers = iter(range(1_000_000))

    def serve(connection: socket.socket) -> None:
        with connection:
            while connection.recv(65_536):
                if not answer(connection, next(numbers)):
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def sending(content: bytes, *, keep: bool = True, pieces: int = 0) -> Callable[[socket.socket, int], bool]:
    def answer(connection: socket.socket, _: int) -> bool:
        step = pieces or len(content)
        for at in range(0, len(content), step):
            connection.sendall(content[at : at + step])
            time.sleep(0.001 if pieces else 0)
        return keep

    return answer


@pytest.mark.parametrize("pieces", [0, 3])
@pytest.mark.parametrize(
    ("content", "status", "body"),
    [(LENGTH, 200, b"ok"), (CHUNKED, 200, b"ok, a"), (EMPTY, 304, b"")],
    ids=["length", "chunked", "no body"],
)
def test_answers_are_read_over_kept_connections(content: bytes, status: int, body: bytes, pieces: int) -> None:
    with server(sending(content, pieces=pieces)) as port:
        replies = exchange(port, [GET] * 5, 2)
    assert [(reply.status, reply.body) for reply in replies] == [(status, body)] * 5
    assert all(0 < reply.seconds < 5 for reply in replies)


def test_an_answer_may_last_until_the_server_hangs_up() -> None:
    with server(sending(CLOSED, keep=False)) as port:
        assert [reply.body for reply in exchange(port, [GET] * 3, 2)] == [b"until the end"] * 3


def test_the_answer_to_head_has_no_body() -> None:
    head = Request(b"HEAD / HTTP/1.1\r\n\r\n", is_head=True)
    with server(sending(LENGTH.removesuffix(b"ok"))) as port:
        assert [reply.body for reply in exchange(port, [head] * 2, 1)] == [b"", b""]


def test_a_server_that_hangs_up_gives_a_reply_without_status() -> None:
    with server(lambda _, number: False) as port:
        assert [reply.status for reply in exchange(port, [GET] * 3, 1)] == [0, 0, 0]


def test_a_request_that_meets_an_ended_connection_is_sent_again() -> None:
    with server(sending(LENGTH, keep=False)) as port:
        assert [reply.status for reply in exchange(port, [GET] * 4, 1)] == [200] * 4


def test_slow_answers_take_their_time_and_stay_in_order() -> None:
    def answer(connection: socket.socket, number: int) -> bool:
        time.sleep(0.1 if number == 0 else 0)
        connection.sendall(LENGTH)
        return True

    with server(answer) as port:
        replies = exchange(port, [GET] * 4, 2)
    assert sum(reply.seconds > 0.09 for reply in replies) == 1


def test_headers_are_found_by_name() -> None:
    with server(sending(LENGTH)) as port:
        (reply,) = exchange(port, [GET])
    assert (reply.header("x-a"), list(reply.headers("x-a")), reply.header("x-b")) == ("1\n2", ["1", "2"], None)


def test_nothing_that_listens_is_an_error() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(EngineError, match="did not answer"):
        exchange(port, [GET])
