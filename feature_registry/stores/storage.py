"""What a store asks of the place where it keeps things: records by key, content by digest, and commits that are whole.

Records are small, and change; content is of any size, and never does. All rules of a store stand above this protocol,
so that every storage keeps them alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Write:
    """One record of a commit: its value from then on, and what stands there before. None: there is no record."""

    key: str
    value: bytes | None
    before: bytes | None


@dataclass(frozen=True, slots=True)
class Folder:
    """Files that people may want to look at: name -> digest of the content, `before` the commit and `after` it."""

    name: str
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Commit:
    """Records to write together, the content that they speak of, by digest, and folders to show."""

    writes: Sequence[Write]
    content: Mapping[str, bytes]
    folders: Sequence[Folder] = ()


class Storage(Protocol):
    """A place for records and content. Keys are lower-case words, digits, `-` and `_`, parted by at most one `/`.

    INVARIANT (whole commits): after a fault at any moment, kill -9 and loss of power among them, either all records of
    a commit stand or none, and all content that a standing record speaks of is there. A commit that returned stays.
    """

    @property
    def place(self) -> str:
        """Its address, for messages."""

    def get(self, key: str) -> bytes | None:
        """The record, as the last commit left it."""

    def keys(self, kind: str) -> Sequence[str]:
        """The keys that begin with `kind/`, sorted."""

    def content(self, digest: str) -> bytes | None:
        """The content with the digest; the caller compares the two."""

    def commit(self, commit: Commit) -> None:
        """Write everything, or raise StaleError when a record is not as a write expects it before, or StoreError."""

    def problems(self) -> Sequence[str]:
        """What the storage finds wrong with itself, as messages; records and content are the store's to check."""

    def close(self) -> None:
        """Let go of files and connections."""


def digest_of(content: bytes) -> str:
    """The name of content: `sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
