"""The store in an SQLite file: how it writes, and files that are none of its own."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from feature_registry.stores import PutFile, StoreError
from feature_registry.stores.sqlite import SqliteStorage
from tests.registry.stores.places import Place, local_place, registry_file


def refused(code: str) -> Any:
    return pytest.raises(StoreError, check=lambda fault: fault.code == code)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = local_place("sqlite", tmp_path)
    made.setup()
    return made


def test_it_has_a_log_of_its_own_and_waits_for_the_disk(place: Place, tmp_path: Path) -> None:
    with closing(SqliteStorage(tmp_path / "store.db")) as storage:
        pragma = {name: storage._pragma(name) for name in ("journal_mode", "synchronous")}
        assert pragma == {"journal_mode": "wal", "synchronous": 2}


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE mine (a)")
    before = path.read_bytes()
    for create in (True, False):
        with refused("no-such-store"):
            SqliteStorage(path, create=create)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database, but a text that is longer than a header of SQLite is: 100 bytes and more, so", b"{}"]
)
def test_a_file_that_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.db"
    path.write_bytes(content)
    with refused("store-damaged"):
        SqliteStorage(path)
    assert path.read_bytes() == content


def test_another_format_is_told(place: Place, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        database.execute("PRAGMA user_version = 2")
    with refused("store-damaged"):
        SqliteStorage(tmp_path / "store.db")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with refused("store-failed"):
        SqliteStorage(tmp_path / "none" / "store.db", create=True)
    with refused("no-such-store"):
        SqliteStorage(tmp_path / "none.db")
    with refused("no-such-store"):
        SqliteStorage(tmp_path)


def test_damage_anywhere_is_an_error_of_the_store(place: Place, tmp_path: Path) -> None:
    """Whatever byte is wrong: it is told, or does not matter; nothing else comes out."""
    with place.opened() as store:
        place.publish(store, [registry_file()])
        wanted = read_all(place)
    whole = (tmp_path / "store.db").read_bytes()
    random_bytes = random.Random(7)
    told = 0
    for number in range(120):
        damaged = bytearray(whole)
        if number % 4 == 0:
            del damaged[random_bytes.randrange(len(damaged)) :]
        else:
            at = random_bytes.randrange(len(damaged))
            damaged[at : at + 64] = random_bytes.randbytes(64)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "store.db").write_bytes(damaged)
        try:
            found = read_all(local_place("sqlite", folder))
        except StoreError as fault:
            assert fault.code in {"store-damaged", "no-such-store", "store-failed"}
            told += 1
        else:
            assert found == wanted or found[0], "damage that shows is found by verify"
            told += found != wanted
    assert told > 40


def read_all(place: Place) -> tuple[bool, object]:
    with place.opened() as store:
        problems = store.verify()
        return bool(problems), None if problems else [store.heads(), list(store.log()), list(store.history("dev"))]


def test_a_full_disk_leaves_what_was(place: Place, tmp_path: Path) -> None:
    with closing(SqliteStorage(tmp_path / "store.db")) as storage:
        store = place.store(storage)
        draft = store.start(place.request(), "spring", "dev")
        pages = storage._pragma("page_count")
        storage._database.execute(f"PRAGMA max_page_count = {pages + 1}")
        request = place.request()
        large = PutFile("models/m.txt", b"x" * 100_000)
        with refused("store-failed") as caught:
            store.edit(request, "spring", [large], draft.etag)
        assert "full" in caught.value.diagnostics[0].message
        assert store.draft("spring") == draft
        assert store.verify() == ()
        storage._database.execute("PRAGMA max_page_count = 1000000")
        assert store.edit(request, "spring", [large], draft.etag).etag != draft.etag


def test_a_writer_that_stays_is_told(place: Place, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(SqliteStorage(tmp_path / "store.db", patience=0.05)) as storage:
            store = place.store(storage)
            assert store.drafts() == ()
            with refused("store-busy"):
                store.start(place.request(), "spring", "dev")
            other.execute("ROLLBACK")
            store.start(place.request(), "spring", "dev")
