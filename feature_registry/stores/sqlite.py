"""A store in one SQLite file: the default of a single machine. Write-ahead log, and the disk is waited for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from feature_registry.stores.errors import StaleError, StoreError
from feature_registry.stores.records import damaged
from feature_registry.stores.storage import Commit

BUSY_SECONDS = 30.0

_APPLICATION = 0x45447765  # "EDwe", in the file's header
_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS content (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL);
"""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SqliteStorage:
    """Records and content in two tables. Writers wait for each other, for at most `patience` seconds."""

    def __init__(self, path: Path, *, create: bool = False, patience: float = BUSY_SECONDS) -> None:
        self.place = f"sqlite:{path}"
        if not create and not Path(path).is_file():
            help_line = f"`edgewise store init {self.place}` makes one"
            raise StoreError("no-such-store", "expected a store, found none", self.place, help_line)
        self._patience = patience
        with self._faults():
            uri = f"{Path(path).absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
            self._database = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
            try:
                self._prepare(create)
            except BaseException:
                self._database.close()
                raise

    def get(self, key: str) -> bytes | None:
        """The record, as the last commit left it."""
        return self._value("SELECT value FROM records WHERE key = ?", key)

    def keys(self, kind: str) -> Sequence[str]:
        """The keys that begin with `kind/`, sorted."""
        with self._faults():
            # `0` is the character after `/`
            found = self._database.execute(
                "SELECT key FROM records WHERE key > ? AND key < ? ORDER BY key", (f"{kind}/", f"{kind}0")
            )
            return [key for (key,) in found]

    def content(self, digest: str) -> bytes | None:
        """The content with the digest."""
        return self._value("SELECT bytes FROM content WHERE digest = ?", digest)

    def commit(self, commit: Commit) -> None:
        """Write everything, or raise StaleError when a record is not as a write expects it before, or StoreError."""
        with self._faults():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for write in commit.writes:
                    if self.get(write.key) != write.before:
                        raise StaleError(write.key)
                for digest, content in commit.content.items():
                    self._database.execute("INSERT OR IGNORE INTO content VALUES (?, ?)", (digest, content))
                for write in commit.writes:
                    if write.value is None:
                        self._database.execute("DELETE FROM records WHERE key = ?", (write.key,))
                    else:
                        self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (write.key, write.value))
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def problems(self) -> Sequence[str]:
        """What SQLite finds wrong with the file."""
        with self._faults():
            found = [text for (text,) in self._database.execute("PRAGMA integrity_check(20)")]
            return [] if found == ["ok"] else [f"expected a sound database, found: {one}" for one in found]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _prepare(self, create: bool) -> None:
        application = self._pragma("application_id")
        tables = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != _APPLICATION:
            if tables or not create:
                message = "expected a store of Edgewise, found another database"
                raise StoreError("no-such-store", message, self.place, "give the path of a store, or of a new file")
            self._make()
        elif self._pragma("user_version") != _VERSION:
            message = f"expected a store of format {_VERSION}, found {self._pragma('user_version')}"
            raise StoreError("store-damaged", message, self.place, "another version of Edgewise made it")
        # FULL: a commit that returned survives loss of power.
        self._database.execute("PRAGMA synchronous = FULL")

    def _make(self) -> None:
        mode = self._database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            message = f"expected a file system with shared memory for SQLite's log, found journal mode `{mode}`"
            raise StoreError("store-failed", message, self.place, "use a local disk, not a network folder")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("BEGIN IMMEDIATE")
        for statement in filter(str.strip, _TABLES.split(";")):
            self._database.execute(statement)
        self._database.execute(f"PRAGMA application_id = {_APPLICATION}")
        self._database.execute(f"PRAGMA user_version = {_VERSION}")
        self._database.execute("COMMIT")

    def _pragma(self, name: str) -> int:
        found: int = self._database.execute(f"PRAGMA {name}").fetchone()[0]
        return found

    def _value(self, query: str, key: str) -> bytes | None:
        with self._faults():
            row = self._database.execute(query, (key,)).fetchone()
        if row is None:
            return None
        if not isinstance(row[0], bytes):
            raise damaged(f"expected bytes at `{key}`, found another type", self.place)
        return row[0]

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Faults of SQLite as errors of the store."""
        try:
            yield
        except sqlite3.Error as fault:
            raise self._store_error(fault) from None

    def _store_error(self, fault: sqlite3.Error) -> StoreError:
        code = getattr(fault, "sqlite_errorcode", 0) & 0xFF  # the lowest byte is the kind of fault
        if code in _BUSY:
            message = f"expected the store to be free within {self._patience:g} s, found it locked"
            help_line = "wait for the other writer; nothing was written"
            return StoreError("store-busy", message, self.place, help_line)
        if code in _DAMAGED:
            return damaged(f"expected a sound database: {fault}", self.place)
        message = f"expected a file that can be read and written: {fault}"
        if code in _READ_ONLY:
            help_line = "whoever reads needs leave to write the folder too: SQLite keeps its log beside the file"
            return StoreError("store-failed", message, self.place, help_line)
        help_line = "nothing was written; see to the disk, and send the request again"
        return StoreError("store-failed", message, self.place, help_line)
