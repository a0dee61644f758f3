"""From request to answer: encode, the engine's `decide`, render, and what happens when one of them fails."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from .encode import Encode, Request, encoder
from .errors import MESSAGES, RequestError
from .messages import Known
from .render import Renderer
from .tables import Tables

Engine: TypeAlias = Callable[[list[float]], Sequence[int]]
"""The numeric `decide`: vector in, codes out."""

OnError: TypeAlias = Callable[[BaseException], None]
"""Told of every exception that became a neutral answer, to count and log it."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Decider:
    """One registry's tables with one engine."""

    def __init__(self, tables: Tables, engine: Engine, on_error: OnError | None) -> None:
        self._engine = engine
        self._on_error = on_error
        self.encode: Encode = encoder(tables)
        self.unknown = _known_of_nobody(tables)
        self.renderer = Renderer(tables)
        self.names: list[str] = [json.loads(decision["name"]) for decision in tables["decisions"]]
        self.numbers = {name: number for number, name in enumerate(self.names)}
        self.everything: Sequence[int] = range(len(self.names))

    def select(self, request: Request) -> Sequence[int]:
        """The numbers of the decisions asked for. Raises `RequestError` on a bad list or an unknown name."""
        if "decisions" not in request:
            return self.everything
        asked = request["decisions"]
        if type(asked) is not list or not all(type(name) is str for name in asked):
            raise RequestError("bad-decisions")
        for name in asked:
            if name not in self.numbers:
                raise RequestError("unknown-decision", _unknown(name))
        return sorted({self.numbers[name] for name in asked})

    def codes(self, request: Request, at: int, known: Known | None = None) -> Sequence[int]:
        """Encode and decide; raises what the engine raises."""
        return self._engine(self.encode(request, at, known).vector)

    def answer(self, request: Request, at: int, chosen: Sequence[int]) -> str:
        """The answer's text; raises what the engine raises."""
        return self.renderer.answer(self.codes(request, at), at, chosen)

    def failed(self, error: BaseException) -> None:
        """Tell the hook of an exception; a failing hook must not cost the shopper an answer."""
        if self._on_error is not None:
            try:
                self._on_error(error)
            except Exception:
                return


def _known_of_nobody(tables: Tables) -> Known | None:
    """What holds of a visitor whom nobody asked, where there is a consent gate: nothing is allowed."""
    gate = (tables.get("service") or {}).get("gate")
    if gate is None:
        return None
    return Known(tuple(purpose["name"] for purpose in gate["configuration"]["purposes"]), may_store=False)


def _unknown(name: str) -> str:
    message = MESSAGES["unknown-decision"]
    return f"{message} `{name}`" if _PLAIN_NAME.fullmatch(name) else message
