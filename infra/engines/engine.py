"""What every engine is: batches of requests in, texts of answers out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from decision_engine.artefact import tables_json
from decision_engine.hosts.python.tables import Tables
from decision_engine.ir import Program
from feature_registry.nearest import suggestion
from infra.errors import RefusedRequestError

Request: TypeAlias = dict[str, object]
Batch: TypeAlias = Sequence[tuple[Request, int]]
"""Requests, each with its time in ms UTC."""


class Engine(Protocol):
    """Decides requests; a context manager, since some engines run a process."""

    name: str

    def answers(self, batch: Batch) -> list[str]:
        """The answer's text of each request (docs/reference/host.md). Raises RefusedRequestError."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class InProcess:
    """The part of a context manager for engines that hold nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def host_tables(program: Program) -> Tables:
    """The tables as a host reads them from an artefact."""
    document: Tables = json.loads(tables_json(program))
    return document


def refusal(index: int, code: str, message: str, request: Request, decisions: Iterable[str]) -> RefusedRequestError:
    """The error of a refused request; with the nearest name when it asks for an unknown decision."""
    known = list(decisions)
    asked = request.get("decisions") if code == "unknown-decision" else None
    unknown = [name for name in asked if name not in known] if isinstance(asked, list) else []
    help_line = suggestion(unknown[0], known, "decisions") if unknown else None
    return RefusedRequestError(index, code, message, help_line)
