"""A host: tables and an engine, made into decisions and answers of HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from .decide import Decider, Engine, OnError
from .decided import Decided
from .encode import Encoded, Request
from .http import Router
from .leaves import Leaf, Leaves, Replacement
from .messages import HttpRequest, HttpResponse
from .serve import Serve, Served, server
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
        self._leaves = Leaves(tables)

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
        """Value, status and age of every feature that the program reads, to explain."""
        return self._serve(request, at)

    def read_decided(self, decided: Decided) -> list[Served]:
        """The same of a request that was decided, with what is known of its visitor."""
        known = decided.http.known or self._decider.unknown
        return self._serve(decided.request or {}, decided.at, known)

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

    def decide_request(self, request: HttpRequest) -> Decided:
        """The first half of `respond`."""
        return self._router.decide(request)

    def render_decided(self, decided: Decided, replaced: Mapping[int, Replacement] | None = None) -> HttpResponse:
        """The second half of `respond`, with other outcomes for some decisions."""
        if not replaced or decided.codes is None:
            return self._router.render(decided)
        codes = decided.codes
        others = {number: self._leaves.fragments(number, codes, other) for number, other in replaced.items()}
        return self._router.render(decided, others)

    def leaf(self, decision: int, codes: Sequence[int]) -> Leaf:
        """The outcome of a decision, by its number in the registry's order. Raises `LookupError` on bad codes."""
        return self._leaves.leaf(decision, codes)

    def neutral_of(self, decision: int) -> Replacement:
        """The neutral outcome of a decision, as what stands for its own."""
        return self._leaves.neutral_of(decision)

    @cached_property
    def _serve(self) -> Serve:
        return server(self._tables)

    @property
    def decisions(self) -> list[str]:
        """The decisions' names, in the registry's order."""
        return self._decider.names
