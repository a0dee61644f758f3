"""`python -m infra.records`: the sink as a process of its own, killed and started again."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from decision_engine.hosts.python.records import BATCH_TYPE
from infra.dev import free_port
from infra.records import RECORDS_PATH, RecordStore
from tests.cli.running import EXAMPLE
from tests.records.material import body, counts, exposure, requests_line

PATIENCE = 20.0


@contextmanager
def sink(folder: Path, port: int) -> Iterator[None]:
    """The process, until it is killed as by a power cut."""
    command = [sys.executable, "-m", "infra.records", folder, "--registry", EXAMPLE / "registry", "--port", str(port)]
    process = subprocess.Popen(command, cwd=EXAMPLE.parents[1], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def send(port: int, content: bytes) -> tuple[int, bytes]:
    """Post a batch, as soon as the sink listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
                connection.request("POST", RECORDS_PATH, content, {"content-type": BATCH_TYPE})
                answer = connection.getresponse()
                return answer.status, answer.read()
        except OSError:
            assert time.monotonic() < end, "the sink does not listen"
            time.sleep(0.1)


def test_what_was_answered_for_outlives_the_process(tmp_path: Path) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    content = body(counts("a.1", requests_line(4), at=now), exposure("a.2", at=now))
    port = free_port()
    with sink(tmp_path, port):
        assert send(port, content) == (202, b'{"new":2,"repeated":0,"refused":{}}')
    with sink(tmp_path, port):
        assert send(port, content) == (202, b'{"new":0,"repeated":2,"refused":{}}')
    store, at = RecordStore(tmp_path), int(time.time() * 1000)
    assert [line["count"] for line in store.lines(at)] == [4] and len(store.evaluations(at)) == 1


def test_a_registry_that_cannot_be_loaded_ends_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infra.records", tmp_path, "--registry", tmp_path / "none"]
    done = subprocess.run(command, cwd=EXAMPLE.parents[1], capture_output=True, check=False)
    assert done.returncode == 1 and b"no-such-path" in done.stdout and b"Traceback" not in done.stderr
