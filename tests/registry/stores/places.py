"""Places for stores: a folder, a file, a table with a bucket on a local server; and a small registry to put there."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from decision_engine.operators import SIGNATURES
from feature_registry.stores import (
    DEFAULT_SETTINGS,
    Draft,
    Edit,
    Published,
    PutFile,
    Request,
    Settings,
    Storage,
    Store,
    open_storage,
)
from feature_registry.stores.storage import Commit, Write

KINDS = ("file", "sqlite", "dynamodb")
START = 1_763_719_200_000

REGISTRY: dict[str, Any] = {
    "features": {"country": {"type": "category", "from": "geo.country"}},
    "cohorts": {
        "dach": {"feature": "country", "in": ["DE", "AT", "CH"]},
        "nordics": {"feature": "country", "in": ["SE", "NO"]},
    },
    "payloads": {"hero_a": {"value": {"title": "Hello"}}, "hero_b": {"value": {"title": "Hallo"}}},
    "decisions": {
        "home_hero": {
            "rules": [{"if": {"cohort": "dach"}, "show": "hero_b"}, {"if": {"cohort": "nordics"}, "show": "hero_b"}],
            "otherwise": "hero_a",
        }
    },
}


def france(*more: str) -> dict[str, Any]:
    return {"feature": "country", "in": ["FR", *more]}


@dataclass
class Place:
    """Where a store is, and how to open it: with a clock that ticks, and requests that count."""

    address: str
    kind: str
    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    ticks: Iterator[int] = field(default_factory=lambda: itertools.count(START))

    def storage(self) -> Storage:
        return open_storage(self.address)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        with closing(self.storage()) as storage:
            yield self.store(storage)

    def store(self, storage: Storage) -> Store:
        return Store(storage, SIGNATURES, lambda: next(self.ticks))

    def request(self, by: str = "ann") -> Request:
        return Request(f"r{next(self.counter)}", by)

    def setup(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        with closing(open_storage(self.address, create=True)) as storage:
            self.store(storage).setup(self.request("root"), settings)

    def publish(self, store: Store, edits: Sequence[Edit], environment: str = "dev", name: str = "first") -> Published:
        draft = store.start(self.request(), name, environment)
        draft = store.edit(self.request(), name, edits, draft.etag)
        for one in range(store.settings().environments[environment].approvals):
            store.approve(self.request(f"approver {one}"), name, environment, draft.tree)
        return self.publish_draft(store, draft, environment)

    def publish_draft(self, store: Store, draft: Draft, environment: str = "dev") -> Published:
        head_etag = store.head(environment).etag
        return store.publish(
            self.request(), draft.name, environment, etag=draft.etag, head_etag=head_etag, message="because"
        )


def registry_file(**changes: Any) -> PutFile:
    return PutFile("shop.json", json.dumps({**REGISTRY, **changes}).encode())


def overwrite(storage: Storage, key: str, value: bytes | None) -> None:
    """Change a record past the store."""
    storage.commit(Commit([Write(key, value, storage.get(key))], {}))


def local_place(kind: str, folder: Path) -> Place:
    return Place(f"{kind}:{folder / ('store' if kind == 'file' else 'store.db')}", kind)
