"""What a store keeps, as records: settings, heads, revisions, drafts with their approvals, and entries of the log."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from feature_registry.stores.errors import StoreError
from feature_registry.stores.storage import digest_of
from feature_registry.stores.text import canonical, pretty

FORMAT: Literal[1] = 1

Digest = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]


class Record(BaseModel):
    """A record: immutable, with no keys but its own. Times are milliseconds UTC, as the clock of the writer said."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True)

    def to_json(self) -> dict[str, JsonValue]:
        """The record as JSON."""
        found: dict[str, JsonValue] = self.model_dump(mode="json")
        return found

    def encoded(self) -> bytes:
        """The record as it is kept."""
        return pretty(self.to_json())


class Rules(Record):
    """What publishing to an environment asks for: approvals by so many people, none of whom changed the draft."""

    approvals: Annotated[int, Field(ge=0, le=20)]


class Settings(Record):
    """What is settled when a store is made."""

    format: Literal[1] = FORMAT
    environments: dict[str, Rules]


DEFAULT_SETTINGS = Settings(
    environments={"dev": Rules(approvals=0), "staging": Rules(approvals=1), "production": Rules(approvals=2)}
)


class Head(Record):
    """The revision that an environment runs; None before the first. `sequence` is the log's entry that set it."""

    environment: str
    sequence: int = 0
    revision: Digest | None = None

    @property
    def etag(self) -> str:
        """Names this state of the head: publishing asks for it."""
        return "0" if self.revision is None else f"{self.sequence}-{self.revision[7:]}"


class Approval(Record):
    """One person's word that a draft, as its content is, may go to an environment."""

    by: str
    environment: str
    tree: Digest
    at: int


class Revision(Record):
    """Content that was published, where it came from, and who answers for it. Nothing of it ever changes.

    `registry` is the registry's digest, as artefacts name it: it says what is decided. `tree` is the digest of the list
    of files: it says which bytes they are. `parent` is the revision that it replaced. `author` began the draft;
    `editors` are all who changed it, the author among them.
    """

    registry: Digest
    tree: Digest
    parent: Digest | None
    environment: str
    author: str
    editors: tuple[str, ...]
    published_by: str
    at: int
    message: str
    approvals: tuple[Approval, ...]

    @property
    def id(self) -> str:
        """The digest of all of it."""
        return digest_of(canonical(self.to_json()))


class Draft(Record):
    """Content that is being worked on. `tree` names it; `base` is the revision that it changes.

    `editors` are all who changed it, the one who began it first. Approvals are for `tree`: an edit removes them.
    `sequence` is the log's entry that made this content.
    """

    name: str
    sequence: int
    base: Digest | None
    tree: Digest
    editors: tuple[str, ...]
    changed_by: str
    changed_at: int
    approvals: tuple[Approval, ...] = ()

    @property
    def etag(self) -> str:
        """Names this content of the draft: edits ask for it."""
        return f"{self.sequence}-{self.tree[7:]}"


class Published(Record):
    """What publishing did."""

    revision: Digest
    head: Head


class Entry(Record):
    """One write, as the log keeps it. `previous` is the digest of the entry before it, so that none can be changed.

    `arguments` is the digest of what the request asked for; `result` is what it was answered.
    """

    sequence: int
    previous: Digest | None
    at: int
    by: str
    request: str
    action: str
    subject: str
    details: dict[str, JsonValue]
    arguments: Digest
    result: dict[str, JsonValue]
    digest: str = ""

    @property
    def expected_digest(self) -> str:
        """The digest that the entry must have."""
        return digest_of(canonical({key: value for key, value in self.to_json().items() if key != "digest"}))

    def sealed(self) -> Entry:
        """The entry with its digest."""
        return self.model_copy(update={"digest": self.expected_digest})


class Chain(Record):
    """The end of the log."""

    sequence: int = 0
    digest: Digest | None = None


class Done(Record):
    """A request that was carried out: the log's entry holds what it was answered."""

    sequence: int


class Tree(Record):
    """The files of a content: name -> digest."""

    files: dict[str, Digest]


R = TypeVar("R", bound=Record)


def decode(kind: type[R], raw: bytes, place: str) -> R:
    """A record that a store keeps. Raises StoreError when it is damaged."""
    try:
        return kind.model_validate_json(raw)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        at = "/".join(map(str, first["loc"]))
        message = f"expected {kind.__name__.lower()} as JSON, found a record that is damaged at `/{at}`"
        raise damaged(message, place) from None


def damaged(message: str, place: str) -> StoreError:
    """The error of what is not as the store wrote it."""
    help_line = "`edgewise store verify` tells all damage; take the store from a backup"
    return StoreError("store-damaged", message, place, help_line)
