"""The log: what it tells, and that it cannot be changed without being caught."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from feature_registry.stores import Chain, PutObject, Store
from feature_registry.stores.audit import request_key
from feature_registry.stores.reading import entry_key
from feature_registry.stores.text import pretty
from tests.registry.stores.places import Place, france, overwrite, registry_file


def filled(place: Place, store: Store) -> None:
    place.publish(store, [registry_file()])
    draft = store.start(place.request(), "spring", "production")
    draft = store.edit(place.request(), "spring", [registry_file()], draft.etag)
    store.approve(place.request("ben"), "spring", "production", draft.tree)


def changed(raw: bytes | None, **changes: Any) -> bytes:
    assert raw is not None
    return pretty({**json.loads(raw), **changes})


def test_the_log_tells_every_write(place: Place) -> None:
    with place.opened() as store:
        filled(place, store)
        entries = list(store.log())
        assert [(one.action, one.subject, one.by) for one in entries] == [
            ("setup", "settings", "root"),
            ("start", "first", "ann"),
            ("edit", "first", "ann"),
            ("publish", "first", "ann"),
            ("start", "spring", "ann"),
            ("edit", "spring", "ann"),
            ("approve", "spring", "ben"),
        ]
        assert [one.sequence for one in entries] == list(range(1, 8))
        assert [one.previous for one in entries] == [None, *(one.digest for one in entries[:-1])]
        assert "cohorts/dach" in entries[2].details["changed"]
        assert [one.sequence for one in store.log(5)] == [6, 7]
        assert store.verify() == ()
        assert store.verify(store.chain()) == ()


@pytest.mark.parametrize("number", [1, 7])
@pytest.mark.parametrize("way", ["content", "author", "sealed again", "removed", "swapped", "damaged", "renumbered"])
def test_a_changed_entry_is_named(place: Place, number: int, way: str) -> None:
    with closing(place.storage()) as storage:
        store = place.store(storage)
        filled(place, store)
        raw, other = storage.get(entry_key(number)), storage.get(entry_key(2))
        entry = store.entry(number)
        assert entry is not None
        first = number
        match way:
            case "content":
                overwrite(storage, entry_key(number), changed(raw, details={"forged": 1}))
            case "author":
                overwrite(storage, entry_key(number), changed(raw, by="eve"))
            case "sealed again":
                forged = entry.model_copy(update={"by": "eve"}).sealed()
                overwrite(storage, entry_key(number), forged.encoded())
                first = number + 1 if number < 7 else number
            case "removed":
                overwrite(storage, entry_key(number), None)
            case "swapped":
                overwrite(storage, entry_key(number), other)
                overwrite(storage, entry_key(2), raw)
                first = min(number, 2)
            case "damaged":
                overwrite(storage, entry_key(number), b"{")
            case _:
                overwrite(storage, entry_key(number), changed(raw, sequence=number + 1))
        (problem,) = store.verify()
        assert problem.code == "store-damaged"
        assert problem.file == f"{store.place} {entry_key(first)}"


def test_a_log_that_was_cut_is_caught(place: Place) -> None:
    with closing(place.storage()) as storage:
        store = place.store(storage)
        filled(place, store)
        noted = store.chain()
        last, before = store.entry(7), store.entry(6)
        assert last is not None and before is not None
        overwrite(storage, entry_key(7), None)
        (problem,) = store.verify()
        assert problem.file.endswith(entry_key(7))
        # Cut cleanly, what the entry did still stands.
        overwrite(storage, "chain", Chain(sequence=6, digest=before.digest).encoded())
        assert {one.file.rpartition(" ")[2] for one in store.verify()} == {"draft/spring", request_key(last.request)}
        # Undone as well, only who noted the end elsewhere sees it.
        overwrite(storage, request_key(last.request), None)
        overwrite(storage, "draft/spring", pretty(before.result["draft"]))
        assert store.verify() == ()
        (problem,) = store.verify(noted)
        assert problem.file.endswith(entry_key(7))
        assert store.verify(Chain(sequence=6, digest=before.digest)) == ()
        (problem,) = store.verify(Chain(sequence=6, digest=last.digest))
        assert problem.file.endswith(entry_key(6))


def test_an_entry_behind_the_end_is_caught(place: Place) -> None:
    with closing(place.storage()) as storage:
        store = place.store(storage)
        filled(place, store)
        overwrite(storage, entry_key(8), storage.get(entry_key(7)))
        (problem,) = store.verify()
        assert problem.file.endswith(entry_key(8))


@pytest.mark.parametrize("kind", ["head", "draft", "approvals", "revision", "request", "stray draft", "settings"])
def test_a_changed_record_is_caught(place: Place, kind: str) -> None:
    with closing(place.storage()) as storage:
        store = place.store(storage)
        filled(place, store)
        revision = storage.keys("revision")[0]
        match kind:
            case "head":
                key = "head/dev"
                overwrite(storage, key, changed(storage.get(key), sequence=3))
            case "draft":
                key = "draft/spring"
                overwrite(storage, key, changed(storage.get(key), editors=["eve"]))
            case "approvals":
                key = "draft/spring"
                overwrite(storage, key, changed(storage.get(key), approvals=[]))
            case "revision":
                key = revision
                overwrite(storage, key, changed(storage.get(key), message="forged"))
            case "settings":
                key = "settings"
                wanted = {"production": {"approvals": 0}}
                overwrite(storage, key, changed(storage.get(key), environments=wanted))
            case "request":
                key = request_key("r2")
                overwrite(storage, key, None)
            case _:
                key = "draft/stray"
                overwrite(storage, key, changed(storage.get("draft/spring"), name="stray"))
        assert key in {one.file.rpartition(" ")[2] for one in store.verify()}


def test_changed_content_is_caught_and_never_given(place: Place) -> None:
    with place.opened() as store:
        filled(place, store)
        digest = next(iter(store.tree(store.draft("spring").tree).values()))
        _spoil(place, digest.removeprefix("sha256:"))
    with place.opened() as store:
        assert store.verify()
        with pytest.raises(Exception, match="expected the content"):
            store.content(store.draft("spring").tree)


def test_a_head_moved_past_the_store_is_not_followed_in_silence(place: Place) -> None:
    with closing(place.storage()) as storage:
        store = place.store(storage)
        filled(place, store)
        second = place.publish(store, [PutObject("cohorts/new", france())], name="second")
        overwrite(storage, "head/production", changed(storage.get("head/dev"), environment="production"))
        assert store.head("production").revision == second.revision
        assert [one.file.rpartition(" ")[2] for one in store.verify()] == ["head/production"]


def _spoil(place: Place, name: str) -> None:
    address = place.address.partition(":")[2]
    match place.kind:
        case "file":
            path = Path(address) / "content" / name
            path.write_bytes(path.read_bytes() + b" ")
        case "sqlite":
            with closing(sqlite3.connect(address)) as database, database:
                database.execute(
                    "UPDATE content SET bytes = CAST(bytes || x'20' AS BLOB) WHERE digest = ?", (f"sha256:{name}",)
                )
        case _:
            options = dict(pair.split("=", 1) for pair in address.partition("?")[2].split("&"))
            with closing(boto3.client("s3", region_name="us-east-1", endpoint_url=options["endpoint"])) as s3:
                s3.put_object(Bucket=options["bucket"], Key=f"content/{name}", Body=b"{}")
