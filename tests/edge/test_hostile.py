"""The worker under 5,000 malformed requests: never a 5xx, never a crash, and the answers of the Python host."""

import time
from collections import Counter

import pytest

from decision_engine.hosts.python import Host, HttpRequest, HttpResponse
from tests.edge.raw_client import RawClient
from tests.edge.raw_requests import Sent, raw_requests
from tests.edge.serving import HEALTH, Answer, Server, python_host

pytestmark = pytest.mark.node

SEED = 20261121
DRAWN = 6600
ANSWERED = 5000

REFUSALS = {
    (400, b"Bad Request"): "no host, or an old version",
    (400, b"invalid HTTP header parsed"): "a line that is no header",
    (400, b"invalid HTTP method parsed"): "no method at all",
    (400, b"invalid HTTP version parsed"): "a version that is none",
    (400, b"invalid URI"): "a target that is none",
    (400, b"invalid content-length parsed"): "a length that is none",
    (414, b"URI too long"): "a long target",
    (431, b"message head is too large"): "a very long target, or headers",
    (500, b"Internal Server Error"): "CONNECT, which is no request for a worker",
    (501, b"ERROR: Unrecognized request method."): "a method that HTTP does not know",
}
"""What workerd answers by itself; the worker never sees these requests."""


def test_the_worker_answers_5000_malformed_requests_as_the_python_host_does(worker: Server) -> None:
    errors: list[BaseException] = []
    host = python_host(on_error=errors.append)
    statuses: Counter[int] = Counter()
    refused: Counter[str] = Counter()
    with RawClient(worker.port) as client:
        for number, sent in enumerate(raw_requests(SEED, DRAWN)):
            answer = client.send(sent.raw, is_head=sent.method == "HEAD", is_last=sent.is_cut or sent.is_followed)
            if (reason := _refusal(sent, answer)) is not None:
                refused[reason] += 1
                continue
            assert answer is not None
            statuses[answer.status] += 1
            assert answer.status < 500, (number, sent)
            assert _seen(answer) == _expected(host, sent, answer), (number, sent)
        assert client.connections < DRAWN / 3, "connections are kept"
    assert not errors
    assert sum(statuses.values()) >= ANSWERED, refused
    assert {200, 304, 400, 404, 405, 413} <= statuses.keys(), statuses
    assert worker.process is not None
    assert worker.process.is_running
    assert worker.ask("GET", HEALTH).status == 200
    assert "edgewise:" not in worker.process.log(), "no answer was neutral"


def _refusal(sent: Sent, answer: Answer | None) -> str | None:
    """Why the worker never saw the request; None when it answered."""
    if answer is None:
        return "hung up"
    if answer.headers.get("cache-control") == "private, no-store":
        return None
    if answer.status == 500:
        assert sent.method == "CONNECT", sent
    if sent.method == "HEAD":  # its answer has no body to say why
        assert answer.status in {status for status, _ in REFUSALS}
        return f"HEAD, {answer.status}"
    return REFUSALS[answer.status, answer.body]


def _seen(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    names = ("content-type", "cache-control", "etag", "allow", "set-cookie")
    return answer.status, answer.body, {name: answer.headers[name] for name in names if name in answer.headers}


def _expected(host: Host, sent: Sent, answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    """The Python host's answer at the worker's time, with the worker's id for a new visitor."""
    response: HttpResponse = host.respond(
        HttpRequest(
            method=sent.method,
            target=sent.target,
            at=_at(answer),
            new_id=lambda: answer.headers.get("set-cookie", "=;").partition("=")[2].partition(";")[0],
            headers=sent.headers,
            body=sent.body,
            geo=sent.geo,
        )
    )
    return response.status, response.body, response.headers


def _at(answer: Answer) -> int:
    """The time that the answer names; where it names none, about the same time."""
    _, found, at = answer.body.rpartition(b'"at":')
    return int(at[:-1]) if found and at[:-1].isdigit() else time.time_ns() // 1_000_000
