"""Eight processes write at once: two hundred edits, and every one of them is there in the end."""

import json
import multiprocessing
from typing import Any

from feature_registry.stores import ConflictError, PutObject, Request
from tests.registry.stores.places import Place, registry_file

WRITERS = 8
EDITS = 25


def test_two_hundred_edits_of_one_draft_by_eight_writers(place: Place) -> None:
    """A fifth of the edits change one counter: those conflict, and are made anew from what the other one wrote."""
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        store.edit(place.request(), "spring", [registry_file(), PutObject("cohorts/counter", 0)], draft.etag)
        before = store.chain().sequence
    _in_processes(_edit, place)
    with place.opened() as store:
        draft = store.draft("spring")
        entries = list(store.log(before))
        cohorts = _cohorts(store.content(draft.tree))
        wanted = {f"w{writer}_{number}" for writer in range(WRITERS) for number in range(EDITS) if number % 5}
        assert {name for name in cohorts if name.startswith("w")} == wanted
        assert cohorts["counter"] == WRITERS * EDITS // 5
        assert len(entries) == WRITERS * EDITS
        assert len({str(entry.result["draft"]) for entry in entries}) == WRITERS * EDITS
        assert set(draft.editors) == {"ann", *(f"writer {number}" for number in range(WRITERS))}
        assert store.verify() == ()


def test_writers_who_publish_at_once_take_turns(place: Place) -> None:
    with place.opened() as store:
        place.publish(store, [registry_file()])
    _in_processes(_publish, place)
    with place.opened() as store:
        history = list(store.history("dev"))
        assert len(history) == 1 + WRITERS
        last = _cohorts(store.content(history[0].tree))
        assert {f"w{writer}" for writer in range(WRITERS)} <= last.keys()
        assert store.drafts() == ()
        assert store.verify() == ()


def test_one_request_sent_by_all_is_carried_out_once(place: Place) -> None:
    with place.opened() as store:
        before = store.chain().sequence
    _in_processes(_same_request, place)
    with place.opened() as store:
        assert store.chain().sequence == before + 1
        assert store.drafts() == ("spring",)


def _in_processes(work: Any, place: Place) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=(place.address, place.kind, number)) for number in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * WRITERS


def _edit(address: str, kind: str, writer: int) -> None:
    by = f"writer {writer}"
    with Place(address, kind).opened() as store:
        etag = store.draft("spring").etag
        for number in range(EDITS):
            if number % 5:
                edit = PutObject(f"cohorts/w{writer}_{number}", {"feature": "country", "in": [by]})
                etag = store.edit(Request(f"{writer}-{number}", by), "spring", [edit], etag, merge=True).etag
                continue
            for attempt in range(1000):
                draft = store.draft("spring")
                edit = PutObject("cohorts/counter", _cohorts(store.content(draft.tree))["counter"] + 1)
                try:
                    etag = store.edit(Request(f"{writer}-{number}-{attempt}", by), "spring", [edit], draft.etag).etag
                    break
                except ConflictError:
                    continue


def _publish(address: str, kind: str, writer: int) -> None:
    by = f"writer {writer}"
    with Place(address, kind).opened() as store:
        draft = store.start(Request(f"{writer}-start", by), f"draft{writer}", "dev")
        edit = PutObject(f"cohorts/w{writer}", {"feature": "country", "in": [by]})
        draft = store.edit(Request(f"{writer}-edit", by), draft.name, [edit], draft.etag)
        for attempt in range(1000):
            head = store.head("dev")
            draft = store.rebase(Request(f"{writer}-rebase-{attempt}", by), draft.name, "dev", draft.etag)
            request = Request(f"{writer}-publish-{attempt}", by)
            try:
                store.publish(request, draft.name, "dev", etag=draft.etag, head_etag=head.etag, message="because")
                return
            except ConflictError:
                continue


def _same_request(address: str, kind: str, writer: int) -> None:
    with Place(address, kind).opened() as store:
        assert store.start(Request("the-one", "ann"), "spring", "dev").changed_by == "ann"


def _cohorts(content: Any) -> Any:
    return json.loads(content["shop.json"])["cohorts"]
