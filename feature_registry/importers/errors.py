"""Exceptions of importers.

ImportingError     the document is not one of its format; all problems with their places
NotCarriedError    one construct has no equal in a registry; the importer catches it and reports it
"""

from __future__ import annotations

from feature_registry.errors import RegistryError


class ImportingError(RegistryError):
    """The document is not one of its format. `diagnostics` holds all problems."""


class NotCarriedError(Exception):
    """A construct cannot be carried over. `construct` is its stable name, `reason` a sentence, `at` its pointer."""

    def __init__(self, construct: str, reason: str, at: str = "") -> None:
        self.construct, self.reason, self.at = construct, reason, at
        super().__init__(reason)
