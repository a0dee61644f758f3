"""The KV lane in workerd, where requests share a process, a promise may end with its request, and time is real."""

import http.client
import json
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.javascript import host_sources
from functions.edge.cloudflare import COMPATIBILITY_DATE
from infra.dev.workerd import Workerd, find_workerd, free_port
from tests.hosts.profile.costs import FILES
from tests.hosts.profile.minting import AT, CONTENT, SECRETS, STORED, TABLE, VISITOR, letter, sign

pytestmark = pytest.mark.node

LOCAL = "127.0.0.1"
PATIENT, HASTY = 10_000, 400
"""The KV's timeout in ms: one that a busy machine does not reach, and one that a test can wait for."""
CLIENTS = 200


class Lane:
    """A worker with the lane, and its KV."""

    def __init__(self, port: int, kv_port: int) -> None:
        self.port, self.kv_port = port, kv_port

    def read(self, budget: int, visitor: str = VISITOR) -> dict[str, Any]:
        connection = http.client.HTTPConnection(LOCAL, self.port, timeout=10)
        connection.request("GET", f"/?visitor={visitor}&budget={budget}&keep")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def read_at_once(self, clients: int, budget: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        threads = [threading.Thread(target=lambda: found.append(self.read(budget))) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == clients
        return found

    def abandon(self, *, keep: bool) -> None:
        """Ask, and go away before the answer."""
        with socket.create_connection((LOCAL, self.port)) as connection:
            query = f"/?visitor={VISITOR}&budget=1000{'&keep' if keep else ''}"
            connection.sendall(f"GET {query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            time.sleep(0.05)

    def asked(self) -> int:
        connection = http.client.HTTPConnection(LOCAL, self.kv_port, timeout=10)
        connection.request("GET", "/count")
        count = int(connection.getresponse().read())
        connection.close()
        return count


@contextmanager
def running(folder: Path, delay: int, timeout: int = PATIENT) -> Iterator[Lane]:
    for name, content in host_sources(FILES).items():
        (folder / name).write_bytes(content)
    for name in ("lane_worker.js", "slow_kv.js"):
        (folder / name).write_bytes((Path(__file__).parent / name).read_bytes())
    port, kv_port = free_port(), free_port()
    (folder / "config.capnp").write_text(config(delay, kv_port, timeout), encoding="utf-8")
    binary = find_workerd()
    assert binary is not None, "the mark `node` has looked for it"
    with Workerd(binary, folder, LOCAL, port):
        yield Lane(port, kv_port)


def config(delay: int, kv_port: int, timeout: int) -> str:
    modules = ", ".join(f'(name = "{name}", esModule = embed "{name}")' for name in ("lane_worker.js", *FILES))
    table = TABLE | {"store": {"timeout": timeout, "absent": 60_000, "entries": 100, "warm": 0}}
    texts = {f"profile/{VISITOR}": sign(letter(VISITOR, CONTENT), STORED)}
    keys = {name: b64encode(secret).decode() for name, secret in SECRETS.items()}
    return f"""\
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "kv", worker = .kv)],
  sockets = [
    (name = "http", http = (), service = "main"),
    (name = "kv", address = "{LOCAL}:{kv_port}", http = (), service = "kv"),
  ],
);
const main :Workerd.Worker = (
  modules = [{modules}],
  bindings = [
    (name = "KV", service = "kv"),
    (name = "AT", text = "{AT}"),
    (name = "TABLE", json = {json.dumps(json.dumps(table))}),
    (name = "KEYS", json = {json.dumps(json.dumps(keys))}),
  ],
  compatibilityDate = "{COMPATIBILITY_DATE}",
);
const kv :Workerd.Worker = (
  modules = [(name = "slow_kv.js", esModule = embed "slow_kv.js")],
  bindings = [
    (name = "DELAY", text = "{delay}"),
    (name = "TEXTS", json = {json.dumps(json.dumps(texts))}),
  ],
  compatibilityDate = "{COMPATIBILITY_DATE}",
);
"""


def test_requests_at_once_ask_once(tmp_path: Path) -> None:
    with running(tmp_path, delay=1000) as lane:
        found = lane.read_at_once(CLIENTS, budget=PATIENT)
        assert all(one["known"] for one in found)
        assert lane.asked() == 1
        again = lane.read(budget=0)
        assert again["known"] and again["counters"]["memory"] >= 1


def test_a_slow_kv_keeps_nobody(tmp_path: Path) -> None:
    with running(tmp_path, delay=3000) as lane:
        started = time.monotonic()
        found = lane.read_at_once(20, budget=20)
        assert time.monotonic() - started < 2.9
        assert not any(one["known"] for one in found)
        assert lane.asked() == 1
        end = time.monotonic() + 10
        while not lane.read(budget=0)["known"]:
            assert time.monotonic() < end, "the answer that came late is to be in memory"
            time.sleep(0.1)
        assert lane.asked() == 1


@pytest.mark.parametrize("keep", [False, True], ids=["dropped", "kept"])
def test_a_client_that_goes_away_leaves_nobody_waiting(tmp_path: Path, *, keep: bool) -> None:
    with running(tmp_path, delay=300, timeout=HASTY) as lane:
        lane.abandon(keep=keep)
        started = time.monotonic()
        lane.read(budget=1000)
        assert time.monotonic() - started < HASTY / 1000 + 2
        end = time.monotonic() + 10
        while not lane.read(budget=1000)["known"]:
            assert time.monotonic() < end, "a question that was dropped is asked anew"
            time.sleep(0.1)
