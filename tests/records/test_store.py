"""The store of records: once, whatever comes twice, late or out of order; and no longer than the retention."""

import random
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import FileError
from infra.records import RecordStore, Refusal, read_batch
from infra.records.store import Retention
from tests.hosts.records.shared import load
from tests.records.material import AT, body, counts, exposure, requests_line

DAY = 86_400_000


def take(store: RecordStore, *events: dict, now: int = AT) -> tuple[int, int, tuple[Refusal, ...]]:
    batch = read_batch(body(*events), now)
    assert batch is not None
    taken = store.take(batch, now)
    return taken.new, taken.repeated, taken.refused


def total(store: RecordStore, now: int = AT) -> int:
    return sum(line["count"] for line in store.lines(now) if line["kind"] == "requests")


def test_what_comes_twice_counts_once(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    first, second = counts("a.1", requests_line(3), requests_line(4, status=404)), exposure("a.2")
    assert take(store, first, second, first) == (2, 1, ())
    assert take(store, second, first) == (0, 2, ())
    assert total(store) == 7
    assert [row["variation"] for row in store.evaluations(AT)] == ["bold"]


def test_the_same_id_of_another_node_is_another_event(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    assert take(store, exposure("a.1"), exposure("a.1", node="AMS-1")) == (2, 0, ())
    assert len(store.evaluations(AT)) == 2


def test_a_new_process_knows_what_was_taken(tmp_path: Path) -> None:
    events = [counts("a.1", requests_line()), exposure("a.2")]
    assert take(RecordStore(tmp_path), *events) == (2, 0, ())
    rolled = RecordStore(tmp_path)
    rolled.roll()
    assert take(RecordStore(tmp_path), *events) == (0, 2, ())
    assert total(RecordStore(tmp_path)) == 1


def test_two_writers_count_once(tmp_path: Path) -> None:
    one, other = RecordStore(tmp_path), RecordStore(tmp_path)
    take(one), take(other)  # both know the folder as it is
    assert take(one, counts("a.1", requests_line(5))) == (1, 0, ())
    assert take(other, counts("a.1", requests_line(5))) == (1, 0, ())
    assert total(one) == total(other) == 5


def test_an_end_between_part_and_journal_does_no_harm(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    take(store, counts("a.1", requests_line(2)), exposure("a.2"))
    journals = {path: path.read_bytes() for path in tmp_path.glob("*/open.jsonl")}
    store.roll()
    assert {path.parent.name for path in tmp_path.glob("*/*.parquet")} == {"counts", "evaluations"}
    for path, content in journals.items():
        path.write_bytes(content)
    assert total(store) == 2 and len(store.evaluations(AT)) == 1


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    take(RecordStore(tmp_path), counts("a.1", requests_line(2)), counts("a.2", requests_line(3)))
    journal = tmp_path / "counts" / "open.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    store = RecordStore(tmp_path)
    assert total(store) == 2
    assert take(store, counts("a.2", requests_line(3))) == (1, 0, ())
    assert total(store) == 5


def test_a_journal_becomes_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.records.store.ROLL_AT", 10)
    store = RecordStore(tmp_path)
    for number in range(25):
        take(store, counts(f"a.{number}", requests_line()))
    assert len(list((tmp_path / "counts").glob("*.parquet"))) == 2
    assert total(store) == total(RecordStore(tmp_path)) == 25


def test_retention_holds_at_reading(tmp_path: Path) -> None:
    store = RecordStore(tmp_path, Retention(counts=30 * DAY, evaluations=90 * DAY))
    take(store, counts("a.1", requests_line()), exposure("a.2"))
    for rolled in (False, True):
        if rolled:
            store.roll()
        assert total(store, AT + 30 * DAY - 1) == 1
        assert total(store, AT + 30 * DAY) == 0
        assert total(store, AT + 30 * DAY + 1000) == 0
        assert len(store.evaluations(AT + 90 * DAY - 1)) == 1
        assert store.evaluations(AT + 90 * DAY + 1000) == []
    other = RecordStore(tmp_path, Retention(counts=DAY, evaluations=DAY))
    assert total(other, AT + DAY + 1000) == 0, "a policy that is tightened holds for what is there"


def test_what_has_expired_is_not_taken(tmp_path: Path) -> None:
    store = RecordStore(tmp_path, Retention(counts=DAY, evaluations=DAY))
    assert take(store, counts("a.1", requests_line()), exposure("a.2"), now=AT + DAY)[2] == (Refusal.EXPIRED,) * 2
    assert not list(tmp_path.glob("*/*.jsonl"))


def test_a_disk_that_refuses_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "evaluations").write_text("a file where a folder should be")
    store = RecordStore(tmp_path)
    with pytest.raises(FileError):
        take(store, counts("a.1", requests_line()), exposure("a.2"))
    (tmp_path / "evaluations").unlink()
    assert take(store, counts("a.1", requests_line()), exposure("a.2")) == (2, 0, ())
    assert total(store) == 1 and len(store.evaluations(AT)) == 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), events=st.integers(1, 12), deliveries=st.integers(1, 8))
def test_any_delivery_of_the_same_events_counts_the_same(
    seed: int, events: int, deliveries: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every event at least once; in any order, any number of times, across ends of the process and parts."""
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("records")
    made = [counts(f"a.{n}", requests_line(2**n)) for n in range(events)] + [exposure(f"b.{n}") for n in range(events)]
    batches = [chance.sample(made, chance.randint(0, len(made))) for _ in range(deliveries)] + [made]
    chance.shuffle(batches)
    store = RecordStore(folder)
    for batch in batches:
        chance.shuffle(batch)
        take(store, *batch)
        if chance.random() < 0.2:
            store.roll()
        if chance.random() < 0.2:
            store = RecordStore(folder)
    assert total(store) == 2**events - 1
    assert len(store.evaluations(AT)) == events


def test_every_event_of_the_shared_cases_is_taken(tmp_path: Path) -> None:
    """What recorders send is what the sink accepts: of each case all events, and each of them once."""
    for number, case in enumerate(load("records.json")):
        store = RecordStore(tmp_path / str(number))
        now = AT + 2 * DAY
        sent = [event for batch in case["expect"]["sent"] for event in batch["events"]]
        batch = read_batch(orjson.dumps(sent), now)
        assert batch is not None
        taken = store.take(batch, now)
        assert taken.refused == (), (case["name"], batch.refused)
        assert taken.new == len({event["id"] for event in sent}), case["name"]
