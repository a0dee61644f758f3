"""Reading a store: records by name, content by digest. Whatever is read is compared with its digest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from feature_registry.findings import short
from feature_registry.nearest import suggestion
from feature_registry.stores.content import Content
from feature_registry.stores.errors import StoreError
from feature_registry.stores.names import check_name
from feature_registry.stores.records import Chain, Draft, Entry, Head, Record, Revision, Settings, Tree, damaged, decode
from feature_registry.stores.storage import Storage, digest_of

KEPT_BYTES = 64 * 2**20

R = TypeVar("R", bound=Record)


class Reader:
    """What a store holds."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.place = storage.place
        self._kept: OrderedDict[str, bytes] = OrderedDict()  # content never changes, so that it can be kept

    def settings(self) -> Settings:
        """The store's settings. Raises StoreError when nothing is settled: making the store was not finished."""
        found = self._record(Settings, "settings")
        if found is None:
            help_line = f"`edgewise store init {self.place}` finishes it"
            raise StoreError("no-such-store", "expected a store, found one that is not set up", self.place, help_line)
        return found

    def head(self, environment: str) -> Head:
        """The head of an environment. Raises StoreError when there is no such environment."""
        known = self.settings().environments
        if environment not in known:
            help_line = suggestion(environment, known, "environments")
            message = f"unknown environment `{short(environment)}`"
            raise StoreError("unknown-environment", message, self.place, help_line)
        return self._record(Head, f"head/{environment}") or Head(environment=environment)

    def heads(self) -> tuple[Head, ...]:
        """The head of every environment."""
        return tuple(self.head(name) for name in self.settings().environments)

    def drafts(self) -> tuple[str, ...]:
        """The names of the drafts."""
        return tuple(key.partition("/")[2] for key in self.storage.keys("draft"))

    def draft(self, name: str) -> Draft:
        """A draft. Raises StoreError when there is none."""
        check_name(name, "a draft", self.place)
        found = self._record(Draft, f"draft/{name}")
        if found is None:
            help_line = suggestion(name, self.drafts(), "drafts")
            raise StoreError("unknown-draft", f"unknown draft `{name}`", self.place, help_line)
        return found

    def revision(self, id: str) -> Revision:
        """A revision by its id. Raises StoreError when there is none."""
        found = self._record(Revision, f"revision/{_hex(id)}") if _is_digest(id) else None
        if found is None:
            help_line = "`edgewise store log` lists the revisions"
            raise StoreError("unknown-revision", f"unknown revision `{short(id)}`", self.place, help_line)
        if found.id != id:
            raise damaged(f"expected the revision {id}, found one with the digest {found.id}", self.place)
        return found

    def history(self, environment: str) -> Iterator[Revision]:
        """The revisions of an environment, the last one first."""
        at = self.head(environment).revision
        while at is not None:
            revision = self.revision(at)
            yield revision
            at = revision.parent

    def tree(self, digest: str) -> Mapping[str, str]:
        """The files of a content: name -> digest."""
        return MappingProxyType(decode(Tree, self.bytes(digest), self.place).files)

    def content(self, tree: str) -> Content:
        """The files of a content: name -> bytes."""
        return MappingProxyType({name: self.bytes(digest) for name, digest in self.tree(tree).items()})

    def revision_content(self, id: str | None) -> Content:
        """The files of a revision; none before the first."""
        return {} if id is None else self.content(self.revision(id).tree)

    def bytes(self, digest: str) -> bytes:
        """Content with a digest. Raises StoreError when it is not there, or not what it was."""
        if digest in self._kept:
            return self._kept[digest]
        found = self.storage.content(digest)
        if found is None:
            raise damaged(f"expected the content {digest}, found none", self.place)
        if digest_of(found) != digest:
            raise damaged(f"expected the content {digest}, found {digest_of(found)}", self.place)
        self._kept[digest] = found
        while sum(map(len, self._kept.values())) > KEPT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return found

    def forget(self) -> None:
        """Read content again from the storage, rather than from memory."""
        self._kept.clear()

    def chain(self) -> Chain:
        """The end of the log."""
        return self._record(Chain, "chain") or Chain()

    def entry(self, sequence: int) -> Entry | None:
        """An entry of the log as it stands there."""
        return self._record(Entry, entry_key(sequence))

    def log(self, after: int = 0) -> Iterator[Entry]:
        """The entries of the log behind the one with the number `after`. Raises StoreError where one is missing."""
        for sequence in range(after + 1, self.chain().sequence + 1):
            entry = self.entry(sequence)
            if entry is None:
                raise damaged(f"expected the entry {sequence} of the log, found none", self.place)
            yield entry

    def _record(self, kind: type[R], key: str) -> R | None:
        raw = self.storage.get(key)
        return None if raw is None else decode(kind, raw, f"{self.place} {key}")


def entry_key(sequence: int) -> str:
    """The key of an entry of the log; keys sort as their numbers do."""
    return f"audit/{sequence:012d}"


def _is_digest(text: str) -> bool:
    return text.startswith("sha256:") and len(text) == 71 and all(one in "0123456789abcdef" for one in text[7:])


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
