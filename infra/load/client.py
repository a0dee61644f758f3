"""A plain HTTP client that sends a list of requests over a few connections and times each of them."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from infra.errors import EngineError

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: `status`, `body`, and the seconds from sending to having read it."""

    status: int
    body: bytes
    seconds: float


def send_all(
    host: str,
    port: int,
    bodies: Sequence[bytes],
    *,
    path: str = "/.edgewise/decide",
    connections: int = 8,
    progress: Callable[[], None] = lambda: None,
) -> list[Answered]:
    """POST each body as JSON; the answers come in the order of the bodies. Raises EngineError when a connection
    fails."""
    answers: list[Answered | None] = [None] * len(bodies)
    todo = iter(range(len(bodies)))
    faults: list[Exception] = []
    lock = threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            while not faults:
                with lock:
                    index = next(todo, None)
                if index is None:
                    return
                answers[index] = _post(connection, path, bodies[index])
                progress()
        except (OSError, http.client.HTTPException) as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, name=f"load-{number}") for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise EngineError("no-answer", f"the edge at {host}:{port} did not answer: {faults[0]!r}")
    return list(_complete(answers))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def _post(connection: http.client.HTTPConnection, path: str, body: bytes) -> Answered:
    start = time.perf_counter()
    connection.request("POST", path, body, {"content-type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    return Answered(response.status, content, time.perf_counter() - start)


def _complete(answers: list[Answered | None]) -> Iterator[Answered]:
    for answer in answers:
        assert answer is not None, "every body was sent"
        yield answer
