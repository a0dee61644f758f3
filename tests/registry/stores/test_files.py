"""The store in a folder: what people and git see, locks, and damage."""

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feature_registry.stores import PutFile, PutObject, StoreError
from feature_registry.stores.files import FilesStorage
from tests.registry.stores.places import Place, france, local_place, registry_file

NOBODY = 65534


def refused(code: str) -> Any:
    return pytest.raises(StoreError, check=lambda fault: fault.code == code)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = local_place("file", tmp_path)
    made.setup()
    return made


@pytest.fixture
def root(place: Place) -> Path:
    return Path(place.address.partition(":")[2])


def test_an_environment_is_a_folder_of_plain_files(place: Place, root: Path) -> None:
    with place.opened() as store:
        place.publish(store, [registry_file(), PutFile("models/m.txt", b"tree\n")])
        shown = root / "registry" / "dev"
        assert sorted(path.relative_to(shown).as_posix() for path in shown.rglob("*.*")) == [
            "models/m.txt",
            "shop.json",
        ]
        assert (shown / "shop.json").read_text("utf-8").splitlines()[:8] == [
            "{",
            '  "features": {',
            '    "country": {"type": "category", "from": "geo.country"}',
            "  },",
            '  "cohorts": {',
            '    "dach": {"feature": "country", "in": ["DE", "AT", "CH"]},',
            '    "nordics": {"feature": "country", "in": ["SE", "NO"]}',
            "  },",
        ]
        before = (shown / "shop.json").read_text("utf-8").splitlines()
        place.publish(store, [PutObject("cohorts/dach", france())], name="second")
        after = (shown / "shop.json").read_text("utf-8").splitlines()
        assert [line for line in after if line not in before] == ['    "dach": {"feature": "country", "in": ["FR"]},']
    assert (root / ".gitignore").read_text("utf-8") == ".lock\n.temporary/\n"
    assert not (root / ".journal.json").exists()


@pytest.mark.parametrize("way", ["changed", "removed", "added"])
def test_what_somebody_changed_by_hand_is_not_lost(place: Place, root: Path, way: str) -> None:
    shown = root / "registry" / "dev"
    with place.opened() as store:
        first = place.publish(store, [registry_file()])
        kept = (shown / "shop.json").read_bytes()
        match way:
            case "changed":
                (shown / "shop.json").write_bytes(kept + b" ")
            case "removed":
                (shown / "shop.json").unlink()
            case _:
                (shown / "more.json").write_bytes(b"{}")
        with refused("changed-by-hand"):
            place.publish(store, [PutObject("cohorts/french", france())], name="second")
        assert store.head("dev") == first.head
        (shown / "more.json").unlink(missing_ok=True)
        (shown / "shop.json").write_bytes(kept)
        place.publish_draft(store, store.draft("second"))


def test_a_lock_that_is_held_is_waited_for_and_then_told(place: Place, root: Path) -> None:
    with (root / ".lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        storage = FilesStorage(root, patience=0.05)
        with refused("store-busy") as caught:
            storage.get("chain")
        assert f'{{"process": {os.getpid()}}}' in caught.value.diagnostics[0].message
    assert storage.get("chain") is not None


def test_a_lock_of_a_dead_process_is_no_lock(place: Place, root: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        lock = os.open(root / ".lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.write(writer, b"!")
        time.sleep(60)
        os._exit(0)
    assert os.read(reader, 1) == b"!"
    with refused("store-busy"):
        FilesStorage(root, patience=0.02).get("chain")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)
    with place.opened() as store:
        store.start(place.request(), "spring", "dev")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can read, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may read and not write")
def test_who_may_only_read_reads_and_is_told_so(open_folder: Path) -> None:
    place = local_place("file", open_folder)
    place.setup()
    with place.opened() as store:
        place.publish(store, [registry_file()])

    def read_and_write() -> None:
        with place.opened() as store:
            assert store.verify() == ()
            assert store.head("dev").revision is not None
            with refused("store-failed") as caught:
                store.start(place.request(), "spring", "dev")
            assert caught.value.diagnostics[0].help

    _as_nobody(read_and_write)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may read and not write")
def test_a_reader_of_sqlite_needs_leave_to_write_and_is_told_so(open_folder: Path) -> None:
    place = local_place("sqlite", open_folder)
    place.setup()

    def read() -> None:
        with refused("store-failed") as caught, place.opened() as store:
            store.heads()
        assert "leave to write the folder" in str(caught.value.diagnostics[0].help)

    _as_nobody(read)


def test_damage_is_told_with_its_place(place: Place, root: Path) -> None:
    with place.opened() as store:
        place.publish(store, [registry_file()])
        for name, read in (
            ("head/dev.json", lambda: store.head("dev")),
            ("chain.json", store.chain),
            ("settings.json", store.settings),
            (".journal.json", store.heads),
        ):
            path = root / name
            kept = path.read_bytes() if path.exists() else None
            for raw in (b"", b"{", b"[]", b"\xff", b'{"format": 2}', b'{"sequence": "1"}'):
                path.write_bytes(raw)
                with refused("store-damaged") as caught:
                    read()
                assert caught.value.diagnostics[0].help
                assert store.verify()
            path.unlink() if kept is None else path.write_bytes(kept)
        assert store.verify() == ()
    (root / "store.json").write_bytes(b"{}")
    with refused("store-damaged"):
        FilesStorage(root)


def test_a_store_is_not_made_among_other_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with refused("store-exists"):
        FilesStorage(tmp_path, create=True)
    with refused("store-failed"):
        FilesStorage(tmp_path / "notes.txt" / "store", create=True)
    with refused("store-failed"):
        FilesStorage(tmp_path / "none" / "store", create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_every_file_is_json_that_says_what_it_is(place: Place, root: Path) -> None:
    with place.opened() as store:
        place.publish(store, [registry_file()])
    for path in root.rglob("*.json"):
        assert path.read_bytes().endswith(b"}\n")
        assert isinstance(json.loads(path.read_bytes()), dict)


def _as_nobody(work: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            work()
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(3)
    assert os.waitpid(child, 0)[1] == 0, "the child failed; its traceback stands above"
