"""Opens what answers requests: a host alone, or with the stages that its registry configures."""

from __future__ import annotations

from typing import Protocol

from .decide import Engine, OnError
from .host import Host
from .messages import HttpRequest, HttpResponse
from .tables import Tables


class Answering(Protocol):
    """What an adapter calls."""

    def owns(self, target: str) -> bool:
        """Whether a target's path is one of its own routes."""
        ...

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of HTTP; nothing is raised."""
        ...


def open_host(
    tables: Tables, engine: Engine, *, target: str, on_error: OnError | None = None, keys: str | None = None
) -> Answering:
    """A host for an adapter that brings no cloud: `keys` is the text of `service.keys`, None for none.

    A mistake in the keys is told to `on_error`, and costs what needs keys. Raises `ValueError` on tables of another
    version.
    """
    host = Host(tables, engine, target=target, on_error=on_error)
    if tables.get("service") is None:
        return host
    from .service import Keys, KeysError, Ports, Service, read_keys  # a host alone does without

    try:
        found = read_keys(keys)
    except KeysError as error:
        found = Keys()
        if on_error is not None:
            on_error(error)
    on_failure = None if on_error is None else lambda error, _: on_error(error)
    return Service(tables, host, Ports(keys=found, on_failure=on_failure))
