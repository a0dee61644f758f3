"""A store in a folder, for git: pretty JSON, and the registry of each environment as plain files.

    store.json            which format this is
    registry/ENV/         the registry that ENV runs: a copy for people, git and `edgewise check`
    head/ draft/ revision/ audit/ request/ chain.json settings.json     records
    content/HEX           content, each under its digest
    .journal.json         a commit that is not yet in its places
    .lock, .temporary/    the lock of writers; files that are being written

A commit writes its content, then the journal: a file that holds all its records. Renaming the journal into place is the
one moment at which the commit happens. Then its records are put in their places, and the journal is removed. Whoever
finds a journal reads through it; who opens the store next, or writes next, finishes it first.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from feature_registry.stores.disk import Disk
from feature_registry.stores.errors import StaleError, StoreError
from feature_registry.stores.records import Record, damaged
from feature_registry.stores.storage import Commit, Folder, digest_of
from feature_registry.stores.text import pretty

LOCK_SECONDS = 30.0

_FORMAT = pretty({"edgewise_store": 1})
_IGNORED = b".lock\n.temporary/\n"
_POLL = 0.005


class _Journal(Record):
    """A commit on its way: texts of records by key, None to remove one; and folders with the digests of their files."""

    records: dict[str, str | None]
    folders: dict[str, dict[str, str]]


class FilesStorage:
    """Records and content in a folder. Writers wait for each other, for at most `patience` seconds."""

    def __init__(self, root: Path, *, create: bool = False, disk: Disk | None = None, patience: float = LOCK_SECONDS):
        self.place = f"file:{root}"
        self._root, self._disk, self._patience = Path(root), disk or Disk(), patience
        self._temporary = self._root / ".temporary"
        with self._faults():
            if create:
                self._create()
            elif not (self._root / "store.json").is_file():
                help_line = f"`edgewise store init {self.place}` makes one"
                raise StoreError("no-such-store", "expected a store, found none", self.place, help_line)
            elif (self._root / "store.json").read_bytes() != _FORMAT:
                raise StoreError("store-damaged", "expected a store of format 1, found another", self.place)
        self._recover()

    def get(self, key: str) -> bytes | None:
        """The record, as the last commit left it."""
        with self._faults(), self._locked(shared=True):
            return self._read(key, self._journal())

    def keys(self, kind: str) -> Sequence[str]:
        """The keys that begin with `kind/`, sorted."""
        with self._faults(), self._locked(shared=True):
            folder = self._root / kind
            names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
            found = {f"{kind}/{name.removesuffix('.json')}" for name in names if name.endswith(".json")}
            for key, text in self._journal().records.items():
                if key.startswith(f"{kind}/"):
                    (found.discard if text is None else found.add)(key)
            return sorted(found)

    def content(self, digest: str) -> bytes | None:
        """The content with the digest."""
        with self._faults():
            return _bytes(self._content_path(digest))

    def commit(self, commit: Commit) -> None:
        """Write everything, or raise StaleError when a record is not as a write expects it before, or StoreError."""
        with self._faults(), self._locked(shared=False):
            self._finish()
            for write in commit.writes:
                if self._read(write.key, _NOTHING) != write.before:
                    raise StaleError(write.key)
            for folder in commit.folders:
                self._check_untouched(folder)
            self._empty_temporary()
            for digest, content in commit.content.items():
                if not self._content_path(digest).exists():
                    self._put(self._content_path(digest), content)
            journal = _Journal(
                records={one.key: None if one.value is None else one.value.decode() for one in commit.writes},
                folders={one.name: dict(one.after) for one in commit.folders},
            )
            self._put(self._root / ".journal.json", journal.encoded())
            # The commit stands: a fault from here on is not the caller's. The next writer goes on, and reports it.
            with suppress(OSError):
                self._finish()

    def problems(self) -> Sequence[str]:
        """Nothing but what reading finds: a commit whose last steps are not done is whole, and read as such."""
        with self._faults(), self._locked(shared=True):
            self._journal()
        return []

    def close(self) -> None:
        """Nothing is held between calls."""

    def _create(self) -> None:
        self._disk.make_folder(self._root)
        if (self._root / "store.json").exists():
            return
        others = {path.name for path in self._root.iterdir()} - _FIRST
        if others:
            message = f"expected a new or empty folder, found `{sorted(others)[0]}` in it"
            raise StoreError("store-exists", message, self.place)
        with self._locked(shared=False):
            self._disk.make_folder(self._temporary)
            self._put(self._root / ".gitignore", _IGNORED)
            self._put(self._root / "store.json", _FORMAT)

    def _recover(self) -> None:
        """Finish the commit of a writer that died, where this process may write; readers need it not."""
        if (self._root / ".journal.json").exists():
            with suppress(OSError), self._locked(shared=False):
                self._finish()

    def _put(self, path: Path, content: bytes) -> None:
        """Make a file whole: under another name first, then on the disk, then in its place."""
        self._make_folders(path.parent)
        draft = self._temporary / path.name
        self._disk.write(draft, content)
        self._disk.settle(draft)
        self._disk.rename(draft, path)
        self._disk.settle(path.parent)

    def _make_folders(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for one in reversed(missing):
            self._disk.make_folder(one)
            self._disk.settle(one.parent)

    def _finish(self) -> None:
        """Put the records of the journal in their places, and remove it. Doing it twice does no harm."""
        journal = self._journal()
        if journal is _NOTHING:
            return
        for key, text in journal.records.items():
            path = self._record_path(key)
            if text is not None:
                self._put(path, text.encode())
            elif path.exists():
                self._disk.remove(path)
                self._disk.settle(path.parent)
        for name, files in journal.folders.items():
            self._show(name, files)
        self._disk.remove(self._root / ".journal.json")
        self._disk.settle(self._root)

    def _show(self, name: str, files: Mapping[str, str]) -> None:
        """Replace a folder for people as a whole: for a moment it may be absent, but it is never a mixture."""
        shown, fresh, old = self._root / "registry" / name, self._temporary / "fresh", self._temporary / "old"
        for folder in (fresh, old):
            self._disk.remove(folder)
        self._make_folders(shown.parent)
        self._disk.make_folder(fresh)
        for file, digest in files.items():
            path = fresh / file
            self._make_folders(path.parent)
            self._disk.write(path, self._content_path(digest).read_bytes())
            self._disk.settle(path)
            self._disk.settle(path.parent)
        if shown.exists():
            self._disk.rename(shown, old)
        self._disk.rename(fresh, shown)
        self._disk.settle(shown.parent)
        self._disk.remove(old)

    def _check_untouched(self, folder: Folder) -> None:
        """That nobody changed the folder for people by hand: replacing it would lose that."""
        shown = self._root / "registry" / folder.name
        if not shown.exists():
            return
        found = {path.relative_to(shown).as_posix(): path for path in shown.rglob("*") if not path.is_dir()}
        for file in sorted({*found, *folder.before}):
            is_same = file in found and file in folder.before
            if not is_same or digest_of(found[file].read_bytes()) != folder.before[file]:
                message = f"expected `registry/{folder.name}/{file}` as it was published, found it changed by hand"
                help_line = "put the change into a draft and undo it here: `edgewise store put` takes whole files"
                raise StoreError("changed-by-hand", message, self.place, help_line)

    def _journal(self) -> _Journal:
        raw = _bytes(self._root / ".journal.json")
        if raw is None:
            return _NOTHING
        try:
            return _Journal.model_validate_json(raw)
        except ValidationError:
            raise damaged("expected a commit in `.journal.json`, found something else", self.place) from None

    def _read(self, key: str, journal: _Journal) -> bytes | None:
        if key in journal.records:
            text = journal.records[key]
            return None if text is None else text.encode()
        return _bytes(self._record_path(key))

    def _record_path(self, key: str) -> Path:
        return self._root / f"{key}.json"

    def _content_path(self, digest: str) -> Path:
        return self._root / "content" / digest.removeprefix("sha256:")

    def _empty_temporary(self) -> None:
        """Remove what a writer that died was writing."""
        self._make_folders(self._temporary)
        for path in list(self._temporary.iterdir()):
            self._disk.remove(path)

    @contextmanager
    def _locked(self, *, shared: bool) -> Iterator[None]:
        """Hold the lock. The system takes it from a process that ends, however it ends."""
        descriptor = self._open_lock(shared)
        if descriptor is None:
            yield
            return
        try:
            self._wait(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            if not shared:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps({"process": os.getpid()}).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def _open_lock(self, shared: bool) -> int | None:
        """The file of the lock; None for a reader of a folder that it cannot write, and nobody ever wrote."""
        path = self._root / ".lock"
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            if not shared:
                raise
        try:
            return os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None

    def _wait(self, descriptor: int, kind: int) -> None:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(descriptor, 200, 0).decode(errors="replace")
                    message = f"expected the store's lock within {self._patience:g} s, found it held by {holder}"
                    help_line = "wait for that process, or end it: a lock never outlives its process"
                    raise StoreError("store-busy", message, self.place, help_line) from None
                time.sleep(_POLL)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Faults of the system as errors of the store."""
        try:
            yield
        except OSError as fault:
            raise _store_error(fault, self.place, self._root) from None


_NOTHING = _Journal(records={}, folders={})
_FIRST = {".git", ".gitignore", ".lock", ".temporary", "store.json"}
"""What a folder may hold when a store is made in it; the rest of an earlier try is among it."""


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _store_error(fault: OSError, place: str, root: Path) -> StoreError:
    reason = fault.strerror or str(fault)
    told = reason[:1].lower() + reason[1:]
    at = "" if fault.filename is None else f" at `{os.path.relpath(os.fspath(fault.filename), root)}`"
    message = f"expected a folder that can be read and written: {told}{at}"
    return StoreError(
        "store-failed", message, place, "nothing was written; see to the disk, and send the request again"
    )
