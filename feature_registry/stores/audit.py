"""The log's chain of digests, and whether a store is still what its log says."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.diagnostics import Diagnostic, Place, error
from feature_registry.stores.errors import StoreError
from feature_registry.stores.reading import Reader, entry_key
from feature_registry.stores.records import Chain, Draft, Entry, Head, Record, Settings, decode
from feature_registry.stores.storage import digest_of

_RECORDS: dict[str, type[Record]] = {"": Settings, "head": Head, "draft": Draft}
_HELP = "somebody changed the store past Edgewise, or the disk did: compare with a backup"


def request_key(id: str) -> str:
    """The key under which a request that was carried out is noted."""
    return f"request/{digest_of(id.encode()).removeprefix('sha256:')}"


def problems(store: Reader, known: Chain | None = None) -> Iterator[Diagnostic]:
    """Everything in a store that is not as it was written, the log first.

    Of the log, the first broken entry is named. `known` is an end of the log that was noted elsewhere: without it, a
    log whose last entries were cut off together with what they did cannot be told from a shorter one.
    """
    store.forget()
    try:
        for message in store.storage.problems():
            yield _problem(store, "store", message)
        broken, entries = _walk(store, known)
    except StoreError as fault:
        yield from fault.diagnostics
        return
    if broken is not None:
        yield broken
        return
    yield from _against_log(store, entries)
    yield from _contents(store)


def _walk(store: Reader, known: Chain | None) -> tuple[Diagnostic | None, list[Entry]]:
    """The first problem of the log; and the entries before it."""
    entries: list[Entry] = []
    previous: str | None = None
    end = store.chain()
    for sequence in range(1, end.sequence + 1):
        try:
            entry = store.entry(sequence)
        except StoreError as fault:
            return fault.diagnostics[0], entries
        found = _entry_problem(store, entry, sequence, previous)
        if found is not None or entry is None:
            return found, entries
        if known is not None and known.sequence == sequence and known.digest != entry.digest:
            message = f"expected the entry {sequence} with the digest {known.digest}, found {entry.digest}"
            return _problem(store, entry_key(sequence), message), entries
        entries.append(entry)
        previous = entry.digest
    if previous != end.digest:
        message = f"expected the log to end with {end.digest}, found {previous}"
        return _problem(store, entry_key(end.sequence) if entries else "chain", message), entries
    behind = [key for key in store.storage.keys("audit") if key > entry_key(end.sequence)]
    if behind:
        message = f"expected the log to end with the entry {end.sequence}, found another behind it"
        return _problem(store, behind[0], message), entries
    if known is not None and known.sequence > end.sequence:
        message = f"expected at least {known.sequence} entries of the log, found {end.sequence}"
        return _problem(store, entry_key(end.sequence + 1), message), entries
    return None, entries


def _entry_problem(store: Reader, entry: Entry | None, sequence: int, previous: str | None) -> Diagnostic | None:
    key = entry_key(sequence)
    if entry is None:
        return _problem(store, key, f"expected the entry {sequence} of the log, found none")
    if entry.sequence != sequence:
        return _problem(store, key, f"expected the entry {sequence}, found the entry {entry.sequence} in its place")
    if entry.digest != entry.expected_digest:
        message = f"expected an entry with the digest {entry.digest}, found {entry.expected_digest}: it was changed"
        return _problem(store, key, message)
    if entry.previous != previous:
        return _problem(
            store, key, f"expected an entry that follows {previous}, found one that follows {entry.previous}"
        )
    return None


def _against_log(store: Reader, entries: list[Entry]) -> Iterator[Diagnostic]:
    """Records that differ from what the log says they were last."""
    settings: dict[str, object] = {}
    heads: dict[str, object] = {}
    drafts: dict[str, object] = {}
    for entry in entries:
        if entry.action == "publish":
            heads[str(entry.details["environment"])] = entry.result["head"]
            drafts.pop(entry.subject, None)
        elif entry.action == "discard":
            drafts.pop(entry.subject, None)
        elif "draft" in entry.result:
            drafts[entry.subject] = entry.result["draft"]
        elif "settings" in entry.result:
            settings["settings"] = entry.result["settings"]
    yield from _records(store, "", settings)
    yield from _records(store, "head", heads)
    yield from _records(store, "draft", drafts)
    wanted = {request_key(entry.request) for entry in entries}
    for key in sorted(wanted.symmetric_difference(store.storage.keys("request"))):
        message = "expected a note for each request of the log, and no other"
        yield _problem(store, key, f"{message}, found {'none' if key in wanted else 'this'}")


def _records(store: Reader, kind: str, wanted: dict[str, object]) -> Iterator[Diagnostic]:
    """The records of a kind, where the log says what they are; `settings` has none."""
    standing = {key.partition("/")[2] for key in store.storage.keys(kind)} if kind else set()
    for name in sorted({*standing, *wanted}):
        key = f"{kind}/{name}" if kind else name
        raw = store.storage.get(key)
        try:
            found = None if raw is None else decode(_RECORDS[kind], raw, f"{store.place} {key}")
        except StoreError as fault:
            yield from fault.diagnostics
            continue
        if (None if found is None else found.to_json()) != wanted.get(name):
            yield _problem(store, key, f"expected the {kind or name} as the log says, found it changed")


def _contents(store: Reader) -> Iterator[Diagnostic]:
    """Revisions and content that are not what their digests say."""
    trees: dict[str, str] = {}
    for key in store.storage.keys("revision"):
        try:
            trees.setdefault(store.revision(f"sha256:{key.partition('/')[2]}").tree, key)
        except StoreError as fault:
            yield _problem(store, key, fault.diagnostics[0].message)
    for name in store.drafts():
        trees.setdefault(store.draft(name).tree, f"draft/{name}")
    checked: set[str] = set()
    for tree, key in trees.items():
        try:
            for digest in store.tree(tree).values():
                if digest not in checked:
                    checked.add(digest)
                    store.bytes(digest)
        except StoreError as fault:
            yield _problem(store, key, fault.diagnostics[0].message)


def _problem(store: Reader, key: str, message: str) -> Diagnostic:
    return error("store-damaged", message, Place(f"{store.place} {key}"), _HELP)
