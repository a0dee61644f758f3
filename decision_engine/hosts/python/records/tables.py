"""The shape of the records' tables, and of what a request says of itself, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict

from ..consent import Outcome
from .trace import Trace

EDGE, CLOUD, FALLBACK, NEUTRAL = "edge", "cloud", "fallback", "neutral"
"""Serving modes: where an outcome came from."""

DEGRADES = ("full", "cloud-assisted", "local-only", "emergency")
"""Degrade modes, in the order of what they leave out."""

STAGES = ("gate", "profile", "decide", "hybrid", "deliver")
"""The stages of a request whose times are counted."""

ROUTES = ("/.edgewise/decide", "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/{key}", "page", "other")
"""What a request can be told of its path: a route, a page of the storefront, or something else."""

METHODS = ("GET", "HEAD", "POST", "other")


class FieldTable(TypedDict):
    """A field and its treatment: `clear`, `bucket` or `hmac`; `form` says what a clear value looks like."""

    name: str
    treatment: str
    form: str
    values: list[str]
    bounds: list[float]


class WatchedFeature(TypedDict):
    """A feature whose statuses, ages and values are counted. `scale` is None where values are not."""

    name: str
    type: str
    version: int
    max_age: int | None
    scale: str | None
    labels: list[str]


class RecordsTable(TypedDict):
    """The records as artefacts carry them; times in ms. `models` are those that a decision reads, as `NAME@DIGEST`."""

    purpose: str
    tenant: str
    fields: list[FieldTable]
    dropped: list[str]
    rate: float
    readings: float
    minimum_cell: int
    sensitive_decisions: list[str]
    sensitive_experiments: list[str]
    repeat_after: int
    queue: int
    batch: int
    flush_after: int
    trace: str
    features: list[WatchedFeature]
    models: dict[str, list[str]]
    digests: dict[str, str]


class Reading(Protocol):
    """How one feature was read."""

    @property
    def name(self) -> str:
        """The feature's name."""

    @property
    def value(self) -> object:
        """The value; None where there is none."""

    @property
    def status(self) -> str:
        """How it came to its value."""

    @property
    def age(self) -> int | None:
        """In ms; None where no timestamp is known."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What another place than the edge's program said of a decision."""

    mode: str
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One request, as the stages saw it. The recorder reads it at once; `codes` and `vector` may change afterwards.

    `chosen` are the numbers of the decisions that were answered, with their leaves in `codes`; `neutral` says that an
    exception made all of them neutral. `denied` are purposes. `unit` is the raw id: it becomes a pseudonym or nothing.
    `stages` are ms in the order of `STAGES`, None where one did not run. `readings` come with the requests for which
    `wants_readings` asks, of any features. `quiet` asks for counts only.
    """

    at: int
    chosen: Sequence[int]
    codes: Sequence[int]
    neutral: bool = False
    replaced: Mapping[int, Replaced] | None = None
    degrade: str = DEGRADES[0]
    denied: Sequence[str] = ()
    quiet: bool = False
    gate: Outcome | None = None
    unit: str | None = None
    fields: Mapping[str, object] | None = None
    trace: Trace | None = None
    status: int = 200
    method: str = "GET"
    route: str = ROUTES[0]
    duration: float | None = None
    stages: Sequence[float | None] | None = None
    readings: Sequence[Reading] | None = None
    vector: Sequence[float] | None = None
    scores: Sequence[tuple[str, float]] | None = None


def known_route(route: str) -> str:
    """The route as records tell it."""
    return route if route in ROUTES else ROUTES[-1]


def known_method(method: str) -> str:
    """The method as records tell it."""
    return method if method in METHODS else METHODS[-1]


def known_degrade(degrade: str) -> str:
    """The degrade mode as records tell it."""
    return degrade if degrade in DEGRADES else DEGRADES[0]
