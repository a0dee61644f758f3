"""The lane of profiles in the tables of an artefact, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypedDict


class Group(TypedDict):
    """Features that are kept together: for `ttl` ms a copy is used before a newer one is looked for."""

    name: str
    ttl: int


class ProfileFeature(TypedDict):
    """A feature that profiles may hold. `id` stands for its name and version; `group` is a place in the groups."""

    id: str
    name: str
    path: str
    group: int


class StoreTable(TypedDict):
    """What the KV may take, for how long an absence is believed, both in ms; how many visitors are remembered.

    `warm` is how many of the listed visitors are asked for in advance.
    """

    timeout: int
    absent: int
    entries: int
    warm: int


class StickyTable(TypedDict):
    """The cookie of sticky assignments, and how old it may be, in ms."""

    cookie: str
    max_age: int


class ProfileTable(TypedDict):
    """Where a token comes from, how old it may be in ms, what it may hold; `tenant` goes into pseudonyms."""

    tenant: str
    cookie: str
    header: str | None
    max_age: int
    groups: list[Group]
    features: list[ProfileFeature]
    store: StoreTable | None
    sticky: StickyTable | None


class Profile(NamedTuple):
    """What is known of a visitor: raw values by feature, and when they were written, in ms UTC, by path."""

    features: Mapping[str, object]
    timestamps: Mapping[str, int]
