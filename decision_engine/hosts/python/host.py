"""A host: tables and an engine, made into decisions and answers of HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from .decide import Decider, Engine, OnError
from .encode import Encoded, Request
from .http import Router
from .messages import HttpRequest, HttpResponse
from .serve import Served, server
from .tables import Tables

VERSION = 2
"""The version of the tables, and of the ir behind them, that this host reads."""


class Host:
    """Everything a request needs around one engine; docs/reference/host.md is its contract.

    `target` is the name that `/.edgewise/release` gives. `on_error` is told of every exception that became a neutral
    answer. Raises `ValueError` on tables of another version.
    """

    def __init__(self, tables: Tables, engine: Engine, *, target: str, on_error: OnError | None = None) -> None:
        if (tables["tables"], tables["ir"]) != (VERSION, VERSION):
            found = f"tables {tables['tables']} of ir {tables['ir']}"
            raise ValueError(f"expected tables {VERSION} of ir {VERSION}, found {found}")
        self._decider = Decider(tables, engine, on_error)
        self._tables = tables
        self._router = Router(tables, self._decider, target)

    def decide(self, request: Request, at: int) -> str:
        """The answer's text at `at` (ms UTC). Raises `RequestError` on a bad `decisions` list, and nothing else."""
        chosen = self._decider.select(request)
        try:
            return self._decider.answer(request, at, chosen)
        except Exception as error:
            self._decider.failed(error)
            return self._decider.renderer.neutral(at)

    def encode(self, request: Request, at: int) -> Encoded:
        """The vector of a request, and how each feature came to its value."""
        return self._decider.encode(request, at)

    def read(self, request: Request, at: int) -> list[Served]:
        """Value, status and age of every feature that the program reads, to explain; prepared anew with each call."""
        return server(self._tables)(request, at)

    def render(self, codes: Sequence[int], request: Request, at: int) -> str:
        """The answer's text for codes that were decided elsewhere, with the decisions that the request asks for.

        Raises `RequestError` on a bad `decisions` list, `LookupError` for codes that are not in the tables.
        """
        return self._decider.renderer.answer(codes, at, self._decider.select(request))

    def neutral(self, at: int) -> str:
        """The answer's text with the neutral outcomes of all decisions."""
        return self._decider.renderer.neutral(at)

    def owns(self, target: str) -> bool:
        """Whether a target's path is one of the host's own routes."""
        return self._router.owns(target)

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of HTTP; nothing is raised."""
        return self._router.respond(request)
