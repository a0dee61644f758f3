"""Exceptions of the registry.

RegistryError    a registry cannot be used: all its problems, with places
"""

from __future__ import annotations

from collections.abc import Iterable

from feature_registry.diagnostics import Diagnostic, in_order, render


class RegistryError(Exception):
    """A registry has at least one error. `diagnostics` holds all its problems, warnings included, sorted by place."""

    exit_code = 1

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__(render(self.diagnostics))
