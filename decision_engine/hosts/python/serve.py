"""What a request says of each feature: value, status and age, for people. No decision takes this way."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .encode import Request, encoder, group, reader
from .tables import Feature, Tables
from .values import TEXT_GROUPS, Status, Value, acceptor, parsing_acceptor


class Served(NamedTuple):
    """A feature as served: `value` is None where it has none; `age` is in ms, None when no timestamp is known."""

    name: str
    value: Value | None
    status: Status
    age: int | None


def server(tables: Tables) -> Callable[[Request, int], list[Served]]:
    """Prepare the tables: (request, ms UTC) -> every feature, in the tables' order."""
    encode = encoder(tables)
    values = [_value(feature) for feature in tables["features"]]

    def serve(request: Request, at: int) -> list[Served]:
        statuses = encode(request, at).statuses
        return [
            Served(name, value(request, status), status, age)
            for value, (name, status, age) in zip(values, statuses, strict=True)
        ]

    return serve


def _value(feature: Feature) -> Callable[[Request, Status], Value | None]:
    """Prepare the value that goes with a status."""
    name, read, accept = feature["name"], reader(feature["path"]), acceptor(feature)
    accept_read = parsing_acceptor(feature) if feature["path"][0] in TEXT_GROUPS else accept
    default = None if feature["default"] is None else accept(feature["default"])

    def value(request: Request, status: Status) -> Value | None:
        if status is not Status.PRESENT:
            return None if status is Status.DENIED else default
        given = group(request, "features")
        return accept(given[name]) if name in given else accept_read(read(request))

    return value
