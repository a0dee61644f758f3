"""Exceptions of replay.

ReplayError             sessions cannot be replayed: all problems, with places
├── MapError            the map is broken, or does not fit the table
└── RequestFileError    the file of requests cannot be read, or holds bad rows
"""

from __future__ import annotations

from collections.abc import Iterable

from feature_registry import Diagnostic, in_order
from infra.errors import RequestsError


class ReplayError(RequestsError):
    """Sessions cannot be replayed. `diagnostics` holds all problems, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        super().__init__(in_order(diagnostics))


class MapError(ReplayError):
    """The map is broken, or names columns that the table has not."""


class RequestFileError(ReplayError):
    """The file of requests cannot be read, or holds bad rows."""
