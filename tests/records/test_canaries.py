"""Canaries in every input field of a request: none of them is in any sink (a batch, the journal, Parquet, a console).

A canary is looked for as it is, in other letters, and in the encodings that a mistake would give it: percent, base64,
hexadecimal. What is sampled is everything, so that nothing is missed by chance.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest

from decision_engine.hosts.python.records import start_trace
from feature_registry.documents.records_policy import FIELDS
from infra.records import RecordStore, read_batch
from tests.cli.running import EXAMPLE, Run
from tests.hosts.records.shared import BASE, facts_of, record_steps, run_node, with_base
from tests.records.material import AT

CANARIES = [
    *[f"canary-{number:02d}-visitor" for number in range(12)],
    *[f"canary{number}@example.test" for number in range(8)],
    *[f"203.0.113.{number}" for number in range(100, 106)],
    *[f"c0ffee00-{number:04d}-4000-8000-00000000beef" for number in range(6)],
    *[f"Mozilla/5.0 (Canary {number}; rv:{number}.0)" for number in range(4)],
    *[f"https://shop.test/p?q=canary{number}&utm_source=x" for number in range(4)],
    *[f"CPcanary{number}AAAAAAAfoAAAAAAENCgAAAAAAAAAAAA" for number in range(4)],
    *[f"kanarienv\u00f6gel-{number}" for number in range(3)],
    "CANARY\r\nset-cookie: a=b",
    "<script>canary()</script>",
    "'; DROP TABLE canary; --",
]
assert len(set(CANARIES)) == 50

OWN_FIELDS = [*FIELDS, "email", "name", "account_id", "__proto__", "constructor"]


def steps() -> list[dict[str, Any]]:
    """Requests with a canary in each place that a visitor's text can reach, kept for every reason that there is."""
    made: list[dict[str, Any]] = []
    for number, canary in enumerate(CANARIES):
        header = f"00-{canary.encode().hex()[:32].ljust(32, '1')}-b7ad6b7169203331-01"
        trace = list(start_trace(header, "restart", lambda n=number: f"4bf92f35-77b3-4da6-a3ce-929d0e0e{n:04x}"))
        common = {
            "unit": canary,
            "fields": dict.fromkeys(OWN_FIELDS, canary),
            "trace": trace,
            "route": canary,
            "method": canary,
            "degrade": canary,
            "denied": [canary],
            "readings": [
                {"name": "loyalty", "value": canary, "status": "present", "age": 1},
                {"name": "likes", "value": [canary], "status": "present", "age": None},
                {"name": "health", "value": canary, "status": "present", "age": None},
                {"name": canary, "value": canary, "status": "present", "age": None},
            ],
            "scores": [[canary, 0.5], ["intent", 0.5]],
            "vector": [float(number), None],
        }
        for codes, more in (
            ([1, 1, 0, 0, 0], {}),
            ([0, 0, 0, 1, 0], {"neutral": True}),
            ([0, 0, 0, 1, 0], {"replaced": {"0": {"mode": "fallback", "outcome": None}}}),
            ([0, 0, 0, 2, 1], {}),
            ([1, 0, 1, 1, 0], {"denied": [canary, "analytics"]}),
            ([99, 0, 0, 0, 0], {}),
        ):
            made.append({"record": {**common, "chosen": [0, 1, 2], "codes": codes, **more}})
    return [*made, {"stages": {CANARIES[0]: {CANARIES[1]: 1}, "profile": dict.fromkeys(CANARIES, 1)}}, {"flush": 1}]


def disguises(canary: str) -> Iterator[bytes]:
    raw = canary.encode()
    yield from (raw, canary.lower().encode(), canary.upper().encode(), raw.hex().encode(), quote(canary).encode())
    yield json.dumps(canary).strip('"').encode()
    yield base64.b64encode(raw).rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")


def found_in(content: bytes) -> list[str]:
    return [canary for canary in CANARIES if any(one in content for one in disguises(canary))]


CASE = {"steps": steps(), "table": {"rate": 1, "minimum_cell": 1, "queue": 5000, "sensitive_decisions": []}}


def sent_by_python() -> Any:
    return record_steps(with_base(CASE))["sent"]


def sent_by_node() -> Any:
    (found,) = run_node([with_base(CASE)])
    return found["sent"]


@pytest.mark.parametrize("host", ["python", pytest.param("javascript", marks=pytest.mark.node)])
def test_no_canary_reaches_any_sink(host: str, tmp_path: Path, run: Run) -> None:
    sent = sent_by_python() if host == "python" else sent_by_node()
    text = json.dumps(sent, ensure_ascii=False).encode()
    assert sum(len(batch["events"]) for batch in sent) > 2 * len(CANARIES), "what is to be scanned is there"
    assert found_in(text) == [] and found_in(json.dumps(sent).encode()) == []

    store = RecordStore(tmp_path / "records")
    for batch in sent:
        read = read_batch(json.dumps(batch["events"]).encode(), AT)
        assert read is not None and read.refused == []
        store.take(read, AT)
    journals = list((tmp_path / "records").rglob("*.jsonl"))
    assert journals and all(found_in(path.read_bytes()) == [] for path in journals)
    store.roll()
    parts = list((tmp_path / "records").rglob("*.parquet"))
    assert len(parts) == 2
    for path in parts:
        rows = duckdb.read_parquet(str(path)).fetchall()
        assert rows and found_in(repr(rows).encode()) == [] and found_in(path.read_bytes()) == []

    at = ("--at", "2026-11-21T10:00:01Z")
    for arguments in ((), ("--json",)):
        ran = run("status", EXAMPLE / "registry", "--records", tmp_path / "records", *at, *arguments)
        assert ran.code == 0 and ran.out and found_in(ran.out.encode() + ran.err.encode()) == []


def test_the_scan_finds_what_is_there() -> None:
    """A recorder that let the country through as it is would be found out."""
    table = {**BASE["table"], "rate": 1, "minimum_cell": 1}
    table["fields"] = [{**one, "form": "values", "values": [CANARIES[0]]} for one in BASE["table"]["fields"]]
    leaky = {"steps": [steps()[0], {"flush": 1}], "table": table}
    assert found_in(json.dumps(record_steps(with_base(leaky))["sent"]).encode()) == [CANARIES[0]]
    for canary in CANARIES:
        assert all(found_in(b"x" + one + b"y") for one in disguises(canary)), canary


def test_an_exception_says_nothing_on_the_console() -> None:
    """A recorder that cannot take facts is silent: no traceback brings them into a log."""
    program = (
        "from tests.records.material import recorder\n"
        "from tests.hosts.records.shared import facts_of\n"
        f"facts = facts_of({ {'unit': CANARIES[0], 'chosen': [0], 'codes': [77, 0, 0, 0, 0]}!r}, 1795255200000)\n"
        "one = recorder(lambda body, headers: print(body.decode()) or 202)\n"
        "one.record(facts)\n"
        "one.flush()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=EXAMPLE.parents[1])
    assert b"not-recorded" in done.stdout and found_in(done.stdout + done.stderr) == []


def test_facts_do_not_outlive_their_batch() -> None:
    """Raw ids end with the batch: after a flush no queue holds them."""
    from tests.records.material import recorder

    one = recorder(lambda body, headers: 202, minimum_cell=1)
    one.record(facts_of({"unit": CANARIES[0], "codes": [1, 0, 0, 0, 0]}, AT))
    assert CANARIES[0] in repr(list(one._kept))
    one.flush()
    assert CANARIES[0] not in repr({name: getattr(one, name) for name in ("_kept", "_cells", "_told")})
