"""What a request says of each feature: value, status and age, for people. No decision takes this way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from .encode import Request, encoder, group, reader
from .messages import Known
from .tables import Feature, Tables
from .values import TEXT_GROUPS, Status, Value, acceptor, parsing_acceptor


class Served(NamedTuple):
    """A feature as served: `value` is None where it has none; `age` is in ms, None when no timestamp is known."""

    name: str
    value: Value | None
    status: Status
    age: int | None


class Serve(Protocol):
    """Gives every feature of a request, in the tables' order."""

    def __call__(self, request: Request, at: int, known: Known | None = None) -> list[Served]:
        """As of `at` (ms UTC); `known` is what is known of the visitor besides."""
        ...


def server(tables: Tables) -> Serve:
    """Prepare the tables."""
    encode = encoder(tables)
    values = [_value(feature) for feature in tables["features"]]

    def serve(request: Request, at: int, known: Known | None = None) -> list[Served]:
        statuses = encode(request, at, known).statuses
        facts = {} if known is None or known.features is None else known.features
        return [
            Served(name, value(request, status, facts), status, age)
            for value, (name, status, age) in zip(values, statuses, strict=True)
        ]

    return serve


def _value(feature: Feature) -> Callable[[Request, Status, Mapping[str, object]], Value | None]:
    """Prepare the value that goes with a status."""
    name, read, accept = feature["name"], reader(feature["path"]), acceptor(feature)
    accept_read = parsing_acceptor(feature) if feature["path"][0] in TEXT_GROUPS else accept
    default = None if feature["default"] is None else accept(feature["default"])

    def value(request: Request, status: Status, known: Mapping[str, object]) -> Value | None:
        if status is not Status.PRESENT:
            return None if status is Status.DENIED else default
        if name in known:
            return accept(known[name])
        given = group(request, "features")
        return accept(given[name]) if name in given else accept_read(read(request))

    return value
