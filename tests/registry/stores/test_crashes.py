"""kill -9 at every step of a write: the old revision stands or the new one, and the request can be sent again.

A child process carries a write out and is killed before its first step, then before its second, and so on until it
lives. A step is a call of the disk for folders, a statement for SQLite, a writing request and its answer for AWS.
"""

import json
import os
import random
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from feature_registry.stores import PutObject, Request, Storage, Store, StoreError
from feature_registry.stores.disk import Disk
from feature_registry.stores.dynamodb import DynamoStorage
from feature_registry.stores.files import FilesStorage
from feature_registry.stores.sqlite import SqliteStorage
from tests.registry.stores.places import Place, france, local_place, registry_file

Write = Callable[[Store], Any]
MOST_STEPS = 400
EVENTS = [
    f"{when}.{call}"
    for when in ("before-send", "after-call")
    for call in ("s3.PutObject", "dynamodb.TransactWriteItems")
]
"""Between two of these, nothing but reading happens."""


class Countdown:
    """Kills this process before a step, or in the middle of it where it can be halved."""

    def __init__(self, at: int, *, halves: bool = False) -> None:
        self.left, self.halves = at, halves

    def step(self) -> bool:
        """Whether the step is to be halved before the process is killed."""
        self.left -= 1
        if self.left >= 0:
            return False
        if self.halves:
            return True
        os.kill(os.getpid(), signal.SIGKILL)
        return False


class DyingDisk(Disk):
    def __init__(self, countdown: Countdown) -> None:
        self.countdown = countdown

    def write(self, path: Path, content: bytes) -> None:
        if self.countdown.step():
            super().write(path, content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(path, content)

    def settle(self, path: Path) -> None:
        self._step()
        super().settle(path)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        if self.countdown.step():
            if path.is_dir():
                for inside in list(path.rglob("*"))[:1]:
                    super().remove(inside)
            os.kill(os.getpid(), signal.SIGKILL)
        super().remove(path)

    def make_folder(self, path: Path) -> None:
        self._step()
        super().make_folder(path)

    def _step(self) -> None:
        if self.countdown.step():
            os.kill(os.getpid(), signal.SIGKILL)


class FullDisk(Disk):
    """Refuses a step, and all later ones that would need room."""

    def __init__(self, at: int) -> None:
        self.left = at

    def write(self, path: Path, content: bytes) -> None:
        self._step(path)
        super().write(path, content)

    def settle(self, path: Path) -> None:
        self._step(path)
        super().settle(path)

    def rename(self, old: Path, new: Path) -> None:
        self._step(new)
        super().rename(old, new)

    def make_folder(self, path: Path) -> None:
        self._step(path)
        super().make_folder(path)

    def _step(self, path: Path) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device", str(path))


def dying(place: Place, countdown: Countdown) -> Storage:
    """The place's storage, with every step counted."""
    if place.kind == "file":
        return FilesStorage(Path(place.address.partition(":")[2]), disk=DyingDisk(countdown))
    storage = place.storage()
    if isinstance(storage, SqliteStorage):
        storage._database.set_trace_callback(lambda _: None if countdown.step() else None)
    elif isinstance(storage, DynamoStorage):
        for client in (storage._dynamodb, storage._s3):
            for event in EVENTS:
                client.meta.events.register(event, lambda **_: None if countdown.step() else None)
    return storage


def is_killed(work: Callable[[], object]) -> bool:
    """Carry work out in a child process; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(3)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed; its traceback stands above"
    return False


def killed_at_every_step(place: Place, write: Callable[[Store, int], Any], *, halves: bool) -> Iterator[int]:
    """The steps at which the write was killed, each after it happened; the write of a number is a fresh one."""
    for number in range(MOST_STEPS):

        def work(at: int = number) -> None:
            with closing(dying(place, Countdown(at, halves=halves))) as storage:
                write(place.store(storage), at)

        died = is_killed(work)
        yield number
        if not died:
            return
    pytest.fail("the write has more steps than it should")


MODES = [("file", False), ("file", True), ("sqlite", False), ("dynamodb", False)]


@pytest.fixture(params=MODES, ids=lambda mode: f"{mode[0]}{'-halved' if mode[1] else ''}")
def mode(request: pytest.FixtureRequest) -> tuple[str, bool]:
    found: tuple[str, bool] = request.param
    return found


@pytest.fixture
def killed(mode: tuple[str, bool], new_place: Callable[[str], Place]) -> Place:
    made = new_place(mode[0])
    made.setup()
    return made


def test_an_edit_killed_at_every_step(killed: Place, mode: tuple[str, bool]) -> None:
    with killed.opened() as store:
        draft = store.start(killed.request(), "spring", "dev")
        etags = [store.edit(killed.request(), "spring", [registry_file()], draft.etag).etag]
    outcomes = set()

    def edit(store: Store, number: int) -> Any:
        wanted = [PutObject(f"cohorts/c{number}", france()), PutObject("payloads/hero_a", {"value": number})]
        return store.edit(Request(f"edit-{number}", "ben"), "spring", wanted, etags[number])

    for number in killed_at_every_step(killed, edit, halves=mode[1]):
        with killed.opened() as store:
            content = shop_of(store, store.draft("spring").tree)
            has = (f"c{number}" in content["cohorts"], content["payloads"]["hero_a"]["value"] == number)
            assert has in {(True, True), (False, False)}, "a mixture"
            outcomes.add(has[0])
            assert store.verify() == ()
            before = store.chain().sequence - 1
            again = edit(store, number)
            assert [one.request for one in store.log(before)].count(f"edit-{number}") == 1
            content = shop_of(store, store.draft("spring").tree)
            assert store.draft("spring").etag == again.etag
            assert {f"c{one}" for one in range(number + 1)} <= content["cohorts"].keys()
            etags.append(again.etag)
    assert len(etags) > 6
    assert outcomes == {True, False}


def test_publishing_killed_at_every_step(killed: Place, mode: tuple[str, bool]) -> None:
    with killed.opened() as store:
        killed.publish(store, [registry_file()])
    asked: dict[int, tuple[str, str]] = {}
    outcomes = set()

    def prepare(number: int) -> None:
        with killed.opened() as store:
            draft = store.start(killed.request(), f"draft{number}", "dev")
            wanted = [PutObject(f"cohorts/c{number}", france()), PutObject("payloads/hero_a", {"value": number})]
            asked[number] = store.edit(killed.request(), draft.name, wanted, draft.etag).etag, store.head("dev").etag

    def publish(store: Store, number: int) -> Any:
        etag, head = asked[number]
        request = Request(f"publish-{number}", "ben")
        return store.publish(request, f"draft{number}", "dev", etag=etag, head_etag=head, message=f"number {number}")

    prepare(0)
    for number in killed_at_every_step(killed, publish, halves=mode[1]):
        check_shown(killed, number)
        with killed.opened() as store:
            head = store.head("dev")
            assert head.revision is not None
            is_new = head.etag != asked[number][1]
            assert store.revision(head.revision).message == (f"number {number}" if is_new else message_before(number))
            assert store.drafts() == (() if is_new else (f"draft{number}",))
            content = shop_of(store, store.revision(head.revision).tree)
            assert (f"c{number}" in content["cohorts"], content["payloads"]["hero_a"]["value"] == number) == (
                is_new,
                is_new,
            )
            outcomes.add(is_new)
            assert store.verify() == ()
            before = store.chain().sequence - 1
            published = publish(store, number)
            assert store.head("dev") == published.head
            assert [one.request for one in store.log(before)].count(f"publish-{number}") == 1
            assert store.drafts() == ()
        check_shown(killed, number, is_done=True)
        prepare(number + 1)
    assert len(asked) > 2
    assert outcomes == {True, False}
    with killed.opened() as store:
        assert len(list(store.history("dev"))) == len(asked)
        assert store.verify() == ()


def test_making_a_store_killed_at_every_step(mode: tuple[str, bool], new_place: Callable[[str], Place]) -> None:
    if mode[0] != "file":
        pytest.skip("the table is Terraform's, and SQLite makes its tables in one transaction")
    for number in range(MOST_STEPS):
        place = new_place("file")
        root = Path(place.address.partition(":")[2])

        def make(root: Path = root, place: Place = place, at: int = number) -> None:
            place.store(FilesStorage(root, create=True, disk=DyingDisk(Countdown(at, halves=mode[1])))).setup(
                Request("setup", "root")
            )

        died = is_killed(make)
        store = place.store(FilesStorage(root, create=True))
        store.setup(Request("setup", "root"))
        assert store.chain().sequence == 1
        assert store.verify() == ()
        if not died:
            assert number > 8
            return
    pytest.fail("making a store has more steps than it should")


def test_a_writer_killed_at_any_time_keeps_what_it_told(place: Place) -> None:
    """Whatever a writer was told is written, is there after kill -9; at times that nobody chose."""
    times = random.Random(place.kind)
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        store.edit(place.request(), "spring", [registry_file()], draft.etag)
    for round in range(8):
        reader, writer = os.pipe()

        def work(writer: int = writer, round: int = round) -> None:
            with place.opened() as store:
                for number in range(1000):
                    name = f"c{round}_{number}"
                    etag = store.draft("spring").etag
                    store.edit(Request(name, "ben"), "spring", [PutObject(f"cohorts/{name}", 1)], etag)
                    os.write(writer, f"{name}\n".encode())

        child = os.fork()
        if child == 0:
            work()
            os._exit(0)
        os.close(writer)
        time.sleep(times.uniform(0.05, 0.25))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reader, encoding="utf-8") as told:
            names = told.read().split()
        with place.opened() as store:
            cohorts = shop_of(store, store.draft("spring").tree)["cohorts"]
            assert set(names) <= cohorts.keys()
            written = {one for one in cohorts if one.startswith(f"c{round}_")}
            assert len(written - set(names)) <= 1, "at most the one that it was killed in"
            assert store.verify() == ()


def test_a_full_disk_at_every_step(new_place: Callable[[str], Place]) -> None:
    place = new_place("file")
    place.setup()
    root = Path(place.address.partition(":")[2])
    with place.opened() as store:
        place.publish(store, [registry_file()])
    outcomes = []
    for number in range(MOST_STEPS):
        with place.opened() as store:
            draft = store.start(place.request(), f"draft{number}", "dev")
            draft = store.edit(place.request(), draft.name, [PutObject(f"cohorts/c{number}", france())], draft.etag)
            head = store.head("dev")
        disk = FullDisk(number)
        full = place.store(FilesStorage(root, disk=disk))
        request = Request(f"publish-{number}", "ben")
        asked: dict[str, Any] = {"etag": draft.etag, "head_etag": head.etag, "message": "because"}
        try:
            full.publish(request, draft.name, "dev", **asked)
            outcomes.append(True)
        except StoreError as fault:
            assert fault.code == "store-failed"
            assert "no space left on device" in fault.diagnostics[0].message
            outcomes.append(False)
        with place.opened() as store:
            if outcomes[-1]:
                assert store.head("dev") != head
            assert store.verify() == () or store.storage.problems()
            published = store.publish(request, draft.name, "dev", **asked)
            assert store.head("dev") == published.head
            store.start(place.request(), "next", "dev")
            store.discard(place.request(), "next", store.draft("next").etag)
            assert store.verify() == ()
        check_shown(place, number, is_done=True, value=None)
        if disk.left >= 0:
            assert set(outcomes) == {True, False}
            return
    pytest.fail("the write has more steps than it should")


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An SQLite store whose last edit is in the write-ahead log only; and the etag of the draft before it."""
    place = local_place("sqlite", tmp_path)
    place.setup()
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        before = store.edit(place.request(), "spring", [registry_file()], draft.etag)
    with place.opened() as store:
        store.edit(place.request(), "spring", [PutObject("cohorts/late", france())], before.etag)
        kept = tmp_path / "kept"
        kept.mkdir()
        for name in ("store.db", "store.db-wal"):
            shutil.copy(tmp_path / name, kept / name)
        yield kept, before.etag


def test_a_log_of_sqlite_that_ends_anywhere(logged: tuple[Path, str], tmp_path: Path) -> None:
    """A loss of power leaves a beginning of the log: with all frames the new state, with any fewer the old one."""
    kept, before = logged
    wal = (kept / "store.db-wal").read_bytes()
    frame = 24 + 4096
    frames = (len(wal) - 32) // frame
    assert frames >= 2
    ends = sorted({0, 1, 31, 32, *(32 + one * frame + more for one in range(frames + 1) for more in (-1, 0, 24, 2000))})
    outcomes = []
    for end in (one for one in ends if one <= len(wal)):
        torn = tmp_path / f"torn{end}"
        torn.mkdir()
        shutil.copy(kept / "store.db", torn / "store.db")
        (torn / "store.db-wal").write_bytes(wal[:end])
        with local_place("sqlite", torn).opened() as store:
            draft = store.draft("spring")
            outcomes.append(draft.etag != before)
            assert ("late" in shop_of(store, draft.tree)["cohorts"]) == outcomes[-1]
            assert store.verify() == ()
    assert outcomes == sorted(outcomes), "once whole, it stays"
    assert set(outcomes) == {True, False}


def test_a_checkpoint_of_sqlite_that_stops_anywhere(logged: tuple[Path, str], tmp_path: Path) -> None:
    """Pages of the log that are partly in the file do no harm, since the log is still there."""
    kept, before = logged
    after = tmp_path / "after"
    shutil.copytree(kept, after)
    with local_place("sqlite", after).opened() as store:
        assert store.draft("spring").etag != before
    old, new = (kept / "store.db").read_bytes(), (after / "store.db").read_bytes()
    pages = range(0, len(new) + 4096, 4096)
    assert len(pages) > 5
    for end in pages:
        mixed = tmp_path / f"mixed{end}"
        mixed.mkdir()
        (mixed / "store.db").write_bytes(new[:end] + old[end:])
        shutil.copy(kept / "store.db-wal", mixed / "store.db-wal")
        with local_place("sqlite", mixed).opened() as store:
            assert "late" in shop_of(store, store.draft("spring").tree)["cohorts"]
            assert store.verify() == ()


def message_before(number: int) -> str:
    return "because" if number == 0 else f"number {number - 1}"


def shop_of(store: Store, tree: str) -> Any:
    return json.loads(store.content(tree)["shop.json"])


def check_shown(place: Place, number: int, *, is_done: bool = False, value: int | None = -1) -> None:
    """The folder for people holds the old registry, the new one, or is not there; never a mixture."""
    if place.kind != "file":
        return
    shown = Path(place.address.partition(":")[2]) / "registry" / "dev"
    if not shown.exists():
        assert not is_done
        return
    content = json.loads((shown / "shop.json").read_bytes())
    assert [path.name for path in shown.iterdir()] == ["shop.json"]
    is_new = f"c{number}" in content["cohorts"]
    assert is_new or not is_done
    if value is not None:
        assert (content["payloads"]["hero_a"]["value"] == number) == is_new
