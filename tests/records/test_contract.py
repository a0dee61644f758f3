"""What the sink accepts, and that nothing else gets in."""

from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from decision_engine.hosts.python.records import BATCH_TYPE
from infra.records import RECORDS_PATH, RecordStore, Refusal, read_batch, records_app
from infra.records.contract import MOST_EVENTS, TOLERANCE
from tests.records.material import AT, body, counts, exposure, requests_line

REFUSED: list[dict[str, Any]] = [
    exposure("a.1") | {"more": 1},
    exposure("a.1") | {"specversion": "0.3"},
    exposure("a.1") | {"type": "other"},
    exposure("a.1") | {"source": "/edgewise/all/FRA-1"},
    exposure("a.1") | {"ring": "pilot|x", "source": "/edgewise/pilot|x/FRA-1"},
    exposure("a.1") | {"time": "yesterday"},
    exposure("a.1") | {"time": "2026-11-21T10:00:00+01:00"},
    exposure("a.1") | {"id": ""},
    exposure("a.1") | {"id": "x" * 129},
    exposure("a.1") | {"subject": "offers"},
    exposure("a.1") | {"traceparent": "00-0-0-00"},
    exposure("a.1", unit="visitor-1"),
    exposure("a.1", variation="<script>"),
    exposure("a.1") | {"data": {**exposure("a.1")["data"], "edgewise.field.ip": "192.0.2.1"}},
    exposure("a.1") | {"data": {**exposure("a.1")["data"], "edgewise.field.country": "Germany"}},
    exposure("a.1") | {"data": {**exposure("a.1")["data"], "edgewise.field.device": "fridge"}},
    exposure("a.1") | {"data": {**exposure("a.1")["data"], "http.route": "/search?q=Canary"}},
    exposure("a.1") | {"data": {**exposure("a.1")["data"], "edgewise.models": ["intent"]}},
    exposure("a.1") | {"data": {**exposure("a.1")["data"], "edgewise.sampling.probability": 2}},
    counts("a.1", requests_line(count=-1)),
    counts("a.1", requests_line(bins={"9999": 1})),
    counts("a.1", requests_line(bins={"5": 2})),
    counts("a.1", requests_line(unit="visitor-1")),
    counts("a.1", {"kind": "other"}),
    counts("a.1") | {"data": {"lines": []}},
]


@pytest.mark.parametrize("event", REFUSED)
def test_an_event_of_another_form_is_refused_and_the_others_are_taken(event: dict[str, Any]) -> None:
    batch = read_batch(body(event, exposure("a.2")), AT)
    assert batch is not None
    assert batch.refused == [Refusal.UNREADABLE]
    assert [row.id for row in batch.evaluations] == ["a.2"] and batch.counts == []


@pytest.mark.parametrize("event", [1, None, "text", [], {}])
def test_what_is_no_event_is_refused(event: object) -> None:
    batch = read_batch(orjson.dumps([event]), AT)
    assert batch is not None and batch.refused == [Refusal.UNREADABLE]


def test_a_clock_may_be_ahead_by_a_little() -> None:
    for ahead, refused in ((TOLERANCE, []), (TOLERANCE + 1, [Refusal.FUTURE])):
        batch = read_batch(body(exposure("a.1")), AT - ahead)
        assert batch is not None and batch.refused == refused


@pytest.mark.parametrize("text", [b"", b"{}", b"[", b"\xff", b"[1e400]", orjson.dumps([1] * (MOST_EVENTS + 1))])
def test_what_is_no_batch(text: bytes) -> None:
    assert read_batch(text, AT) is None


def test_the_route(tmp_path: Any) -> None:
    client = TestClient(records_app(RecordStore(tmp_path), lambda: AT))
    headers = {"content-type": BATCH_TYPE}
    first = client.post(RECORDS_PATH, content=body(exposure("a.1"), exposure("a.1"), {}), headers=headers)
    assert (first.status_code, first.json()) == (202, {"new": 1, "repeated": 1, "refused": {"unreadable": 1}})
    statuses = [
        client.post(RECORDS_PATH, content=b"{}", headers=headers).status_code,
        client.post(RECORDS_PATH, content=b"[]", headers={"content-type": "application/json"}).status_code,
        client.post(RECORDS_PATH, content=b" " * 2_097_153, headers=headers).status_code,
        client.get(RECORDS_PATH).status_code,
        client.post("/other", content=b"[]", headers=headers).status_code,
    ]
    assert statuses == [400, 415, 413, 405, 404]


def test_a_disk_that_refuses_asks_for_another_try(tmp_path: Any) -> None:
    (tmp_path / "evaluations").write_text("a file where a folder should be")
    client = TestClient(records_app(RecordStore(tmp_path), lambda: AT))
    answer = client.post(RECORDS_PATH, content=body(exposure("a.1")), headers={"content-type": BATCH_TYPE})
    assert answer.status_code == 503
