"""Exceptions of stores. Each is a RegistryError, so that whoever shows a registry's problems shows these.

StoreError          a store refuses, or cannot do, what was asked: code, message, place, help
└── ConflictError   somebody else changed the same thing; both sides are in it

StaleError          what a commit expected does not stand there; stores catch it and try again
"""

from __future__ import annotations

from feature_registry.diagnostics import Diagnostic, Place, error
from feature_registry.errors import RegistryError
from feature_registry.stores.conflicts import Conflict


class StoreError(RegistryError):
    """A store refuses what was asked, or cannot do it. Nothing of it was written. `code` stands in `STORE_CODES`."""

    def __init__(self, code: str, message: str, place: str, help: str | None = None) -> None:
        self.code = code
        super().__init__([error(code, message, Place(place), help)])


class ConflictError(StoreError):
    """Somebody else changed the same thing. `conflict` shows the state both began with, theirs and yours."""

    def __init__(self, code: str, message: str, place: str, help: str, conflict: Conflict) -> None:
        super().__init__(code, message, place, help)
        self.conflict = conflict
        self.diagnostics = (*self.diagnostics, *_sides(code, place, conflict))
        self.args = ("\n".join(map(str, self.diagnostics)),)


class StaleError(Exception):
    """A record is not as the commit expected it; nothing was written."""


def _sides(code: str, place: str, conflict: Conflict) -> list[Diagnostic]:
    return [
        error(code, one.told, Place(place, pointer=clash.pointer + one.pointer))
        for clash in conflict.clashes
        for one in clash.differences
    ]
