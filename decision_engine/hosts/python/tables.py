"""The shape of `tables.json`, which drives both hosts; docs/reference/host.md says what each member means."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Input(TypedDict):
    """One element of the vector; `kind` says which of the other members stand."""

    kind: str
    at: int
    levels: NotRequired[list[str]]
    tag: NotRequired[str]
    operand: NotRequired[str]
    automaton: NotRequired[int]
    versions: NotRequired[list[str]]


class Feature(TypedDict):
    """How one feature is read, checked, aged (`max_age` in ms) and put into the vector."""

    name: str
    type: str
    path: list[str]
    default: bool | float | str | list[str] | None
    values: list[str] | None
    low: float | None
    high: float | None
    max_age: int | None
    purposes: list[str]
    inputs: list[Input]
    reading: NotRequired[str]


class NamedHash(TypedDict):
    """Where the place of `before` + id + `after` by a named bucketing goes."""

    at: int
    bucketing: str
    before: str
    after: str


class Unit(TypedDict):
    """Where the two hashes of a unit's id go, and its places by named bucketings."""

    name: str
    a: int | None
    b: int | None
    named: NotRequired[list[NamedHash]]


class Clock(TypedDict):
    """A time zone: pairs of (start in ms UTC, offset in minutes) sorted by start, and where local time goes."""

    zone: str
    weekday: int | None
    minute: int | None
    changes: list[list[int]]


class Automaton(TypedDict):
    """A deterministic automaton over classes of code points; -1 in `next` is dead."""

    bounds: list[int]
    next: list[int]
    accepting: list[bool]


class Leaf(TypedDict):
    """A static outcome as fragments of JSON text; `outcome` and `payload` are None where a ranking fills them in.

    `ask` stands where the rule is unsure: the time in ms within which the cloud may be asked.
    """

    outcome: str | None
    payload: int | None
    tail: str
    ofrep: str
    ask: NotRequired[int]


class Item(TypedDict):
    """One candidate of a ranking: its key as JSON text and the number of its payload."""

    outcome: str
    payload: int


class Ranking(TypedDict):
    """The ordered candidates behind leaf `leaf`, at `codes[at]`: a count, then so many item numbers."""

    leaf: int
    at: int
    top: int
    items: list[Item]


class Decision(TypedDict):
    """A decision; `name` is JSON text, quotes included."""

    name: str
    neutral: Leaf
    leaves: list[Leaf]
    rankings: list[Ranking]


class Identity(TypedDict):
    """The unit that a first-party cookie names; `max_age` in seconds."""

    unit: str
    cookie: str
    max_age: int
    set_cookie: bool


class Service(TypedDict):
    """What the stages around `decide` are configured by; None for a stage that a registry does not configure.

    Each stage knows the shape of its own table.
    """

    gate: NotRequired[Any]
    profile: NotRequired[Any]
    modes: NotRequired[Any]
    hybrid: NotRequired[Any]
    delivery: NotRequired[Any]
    records: NotRequired[Any]


class Zones(TypedDict):
    """The offsets of all time zones.

    A list of `starts` is minutes since 1970: the first start, and how much later each other one is. A history is a
    number of such a list, offsets in minutes that begin again after the last one, and the names of its zones in groups
    `FRONT:REST REST` between commas.
    """

    starts: list[list[int]]
    histories: list[list[Any]]


class Visitor(TypedDict):
    """What features of a visitor need; stands where a feature reads the group `local`."""

    zones: Zones


class Tables(TypedDict):
    """All of `tables.json`."""

    tables: int
    ir: int
    registry: str
    width: int
    codes: int
    features: list[Feature]
    units: list[Unit]
    now: int | None
    clocks: list[Clock]
    automata: list[Automaton]
    payloads: list[str]
    decisions: list[Decision]
    identity: Identity | None
    service: NotRequired[Service]
    visitor: NotRequired[Visitor]
